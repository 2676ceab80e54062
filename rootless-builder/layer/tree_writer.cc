// Making files as an archive says, below a root that is never left: every entry's parent comes from
// DirectoryCursor, and the last part of a path is only ever made, replaced or removed, never written through.
//
// Tested by apply_test.cc and layer_fuzz.cc.
#include "rootless-builder/layer/tree_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <optional>

namespace guard::builder {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";

uint64_t HashOf(std::string_view path) { return std::hash<std::string_view>()(path); }

std::string Join(const std::string& directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  std::string path = directory;
  path += '/';
  path += name;
  return path;
}

Result<void> SetTimes(int dir, const std::string& name, int64_t mtime, uint32_t nanoseconds) {
  const timespec times[2] = {{.tv_sec = mtime, .tv_nsec = nanoseconds},
                             {.tv_sec = mtime, .tv_nsec = nanoseconds}};
  if (utimensat(dir, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
    return FailErrno("set the time of", name);
  return {};
}

Result<void> WriteAt(int file, std::string_view bytes, uint64_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FailErrno("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return {};
}

}  // namespace

void TreeWriter::Touch(std::string_view path) {
  if (options_.form != WhiteoutForm::kApply || !options_.whiteouts) return;
  // With everything above it: what is removed from a directory leaves what this layer put there.
  while (touched_.insert(HashOf(path)).second) {
    const size_t slash = path.rfind('/');
    if (slash == path.npos) return;
    path = path.substr(0, slash);
  }
}

bool TreeWriter::Touched(std::string_view path) const { return touched_.contains(HashOf(path)); }

Result<void> TreeWriter::NoteMade() {
  for (std::string& path : cursor_.made()) {
    implied_.push_back(path);
    directories_[path] = {.attributes = {.mode = S_IFDIR | 0755}};
    Touch(path);
    if (options_.form == WhiteoutForm::kOverlay && whited_out_.contains(path)) {
      return Fail("the layer has files in '" + path + "', which it removes without making it again");
    }
  }
  cursor_.made().clear();
  return {};
}

Result<int> TreeWriter::EnterParent(std::string_view path, std::string& name) {
  const size_t slash = path.rfind('/');
  const std::string_view parent = slash == path.npos ? std::string_view() : path.substr(0, slash);
  name = path.substr(slash == path.npos ? 0 : slash + 1);
  const int dir = TRY(cursor_.Enter(parent, DirectoryCursor::Missing::kMake));
  TRY_VOID(NoteMade());
  if (parent_ != cursor_.physical() || directories_.empty()) {
    parent_ = cursor_.physical();
    // A directory that was there keeps its time, unless the layer has an entry for it.
    if (!directories_.contains(parent_)) {
      struct stat status{};
      if (fstat(dir, &status) != 0) return FailErrno("read the directory", parent_);
      directories_[parent_] = {.mtime = status.st_mtim.tv_sec,
                               .mtime_nsec = static_cast<uint32_t>(status.st_mtim.tv_nsec),
                               .times_only = true};
    }
  }
  return dir;
}

Result<void> TreeWriter::Clear(int parent, const std::string& name) {
  if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return FailErrno("remove", Join(parent_, name));
  // What was known about the directory and below it is about something else now.
  cursor_.Forget();
  link_cursor_.Forget();
  const std::string path = Join(parent_, name);
  directories_.erase(path);
  for (auto it = directories_.lower_bound(path + "/");
       it != directories_.end() && it->first.starts_with(path + "/");) {
    it = directories_.erase(it);
  }
  // Forget closed the parent; it is opened again from the root.
  const int again = TRY(cursor_.Enter(parent_, DirectoryCursor::Missing::kFail));
  return RemoveTree(again, name);
}

Result<void> TreeWriter::Add(const Entry& entry, TarReader& content) {
  std::string path = entry.path;
  if (!options_.target.empty()) path = path.empty() ? options_.target : options_.target + "/" + path;
  if (entry.path.empty()) {
    // The archive's own root: the directory that it is unpacked to belongs to somebody else, a layer's is its
    // own.
    if (!S_ISDIR(entry.attributes.mode)) return Fail("the archive's root is no directory");
    if (options_.whiteouts) {
      directories_[""] = {entry.attributes, entry.mtime, entry.mtime_nsec, entry.xattrs, false};
    }
    return {};
  }
  std::string name;
  int parent = TRY(EnterParent(path, name));

  if (options_.whiteouts && name.starts_with(kWhiteout)) {
    if (name == kOpaqueMarker) return MakeOpaque(std::string(parent_));  // which changes there
    const std::string removed = name.substr(kWhiteout.size());
    // Other programs' notes to themselves (.wh..wh.plnk) are no whiteouts.
    if (removed.starts_with(kWhiteout)) return {};
    if (removed.empty() || removed == "." || removed == "..") {
      return Fail("the layer has a whiteout without a name in '" + parent_ + "'");
    }
    return AddWhiteout(parent, removed, Join(parent_, removed));
  }

  const std::string physical = Join(parent_, name);
  Touch(physical);
  if (entry.hard_link) return AddHardLink(entry, parent, name);
  if (S_ISDIR(entry.attributes.mode)) return AddDirectory(entry, parent, name);
  if (S_ISREG(entry.attributes.mode)) return AddFile(entry, parent, name, content);
  TRY_VOID(Clear(parent, name));
  parent = TRY(cursor_.Enter(parent_, DirectoryCursor::Missing::kFail));
  return AddOther(entry, parent, name);
}

Result<void> TreeWriter::AddDirectory(const Entry& entry, int parent, const std::string& name) {
  const std::string path = Join(parent_, name);
  if (mkdirat(parent, name.c_str(), 0700) != 0) {
    if (errno != EEXIST) return FailErrno("make the directory", path);
    struct stat status{};
    if (fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return FailErrno("read", path);
    if (!S_ISDIR(status.st_mode)) {
      TRY_VOID(Clear(parent, name));
      parent = TRY(cursor_.Enter(parent_, DirectoryCursor::Missing::kFail));
      if (mkdirat(parent, name.c_str(), 0700) != 0) return FailErrno("make the directory", path);
    }
  }
  if (whited_out_.contains(path)) TRY_VOID(SetOpaqueAttribute(parent, name));
  directories_[path] = {entry.attributes, entry.mtime, entry.mtime_nsec, entry.xattrs, false};
  return {};
}

Result<void> TreeWriter::SetXattrs(int file, const Entry& entry) {
  for (const auto& [name, value] : entry.xattrs) {
    // Other namespaces are the host's own affair (SELinux labels, ACLs); overlayfs's and ours would be
    // believed.
    if (!name.starts_with("user.") || name.starts_with("user.overlay.") || ownership_.IsOwnXattr(name))
      continue;
    if (fsetxattr(file, name.c_str(), value.data(), value.size(), 0) != 0) {
      return FailErrno("set the extended attribute " + name + " of", entry.path);
    }
  }
  return {};
}

Result<void> TreeWriter::AddFile(const Entry& entry, int parent, const std::string& name,
                                 TarReader& content) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd file(openat(parent, name.c_str(), kFlags, 0600));
  if (!file && errno == EEXIST) {
    TRY_VOID(Clear(parent, name));
    parent = TRY(cursor_.Enter(parent_, DirectoryCursor::Missing::kFail));
    file = Fd(openat(parent, name.c_str(), kFlags, 0600));
  }
  if (!file) return FailErrno("make the file", entry.path);
  uint64_t end = 0;
  if (entry.size != 0) {
    TarReader::Piece piece;
    while (TRY(content.NextPiece(piece))) {
      if (piece.offset > entry.size || piece.bytes.size() > entry.size - piece.offset) {
        return Fail("'" + entry.path + "' has more content than its header says");
      }
      TRY_VOID(WriteAt(file.get(), piece.bytes, piece.offset, entry.path));
      end = std::max(end, piece.offset + piece.bytes.size());
    }
  }
  if (end < entry.size && ftruncate(file.get(), static_cast<off_t>(entry.size)) != 0) {
    return FailErrno("write", entry.path);
  }
  TRY_VOID(SetXattrs(file.get(), entry));
  TRY_VOID(ownership_.Set(parent, name, entry.attributes));
  const timespec time = {.tv_sec = entry.mtime, .tv_nsec = entry.mtime_nsec};
  const timespec times[2] = {time, time};
  if (futimens(file.get(), times) != 0) return FailErrno("set the time of", entry.path);
  return {};
}

Result<void> TreeWriter::AddOther(const Entry& entry, int parent, const std::string& name) {
  switch (entry.attributes.mode & S_IFMT) {
    case S_IFLNK:
      if (symlinkat(entry.link.c_str(), parent, name.c_str()) != 0)
        return FailErrno("make the symlink", entry.path);
      TRY_VOID(ownership_.Set(parent, name, entry.attributes));
      break;
    case S_IFIFO:
      if (mkfifoat(parent, name.c_str(), 0600) != 0) return FailErrno("make the named pipe", entry.path);
      TRY_VOID(ownership_.Set(parent, name, entry.attributes));
      break;
    case S_IFCHR:
      if (entry.attributes.rdev == 0) {
        return Fail("the layer has '" + entry.path +
                    "' as the device 0/0, which means a removed file to overlayfs");
      }
      [[fallthrough]];
    case S_IFBLK: TRY_VOID(ownership_.MakeNode(parent, name, entry.attributes)); break;
    default: return Fail("'" + entry.path + "' is of a type that an image cannot hold");
  }
  return SetTimes(parent, name, entry.mtime, entry.mtime_nsec);
}

Result<void> TreeWriter::CopyFrom(const LowerFile& lower, int parent, const std::string& name) {
  const int from = lower.directory.get();
  if (S_ISLNK(lower.status.st_mode)) {
    std::string link(static_cast<size_t>(lower.status.st_size) + 1, '\0');
    const ssize_t size = readlinkat(from, lower.name.c_str(), link.data(), link.size());
    if (size < 0 || static_cast<size_t>(size) == link.size())
      return FailErrno("read the symlink", lower.name);
    link.resize(static_cast<size_t>(size));
    return symlinkat(link.c_str(), parent, name.c_str()) == 0 ? Result<void>()
                                                              : FailErrno("make the symlink", name);
  }
  const Fd source(openat(from, lower.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!source) return FailErrno("open", lower.name);
  const Fd made(openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made) return FailErrno("make the file", name);
  std::string buffer(size_t{256} << 10, '\0');
  for (uint64_t done = 0;;) {
    const ssize_t got = pread(source.get(), buffer.data(), buffer.size(), static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", lower.name);
    if (got == 0) break;
    TRY_VOID(WriteAt(made.get(), {buffer.data(), static_cast<size_t>(got)}, done, name));
    done += static_cast<uint64_t>(got);
  }
  Entry entry;
  entry.path = name;
  std::string names(size_t{64} << 10, '\0');
  const ssize_t size = flistxattr(source.get(), names.data(), names.size());
  if (size < 0 && errno != ENOTSUP) return FailErrno("read the extended attributes of", name);
  for (ssize_t at = 0; at < size;) {
    const std::string attribute = names.c_str() + at;
    at += static_cast<ssize_t>(attribute.size()) + 1;
    std::string value(size_t{64} << 10, '\0');
    const ssize_t length = fgetxattr(source.get(), attribute.c_str(), value.data(), value.size());
    if (length < 0) return FailErrno("read the extended attribute " + attribute + " of", name);
    entry.xattrs.emplace_back(attribute, value.substr(0, static_cast<size_t>(length)));
  }
  return SetXattrs(made.get(), entry);
}

Result<void> TreeWriter::TakeFromBelow(const std::string& target) {
  // What this layer has, removed or hides is its own affair.
  struct stat status{};
  for (size_t slash = target.find('/');; slash = target.find('/', slash + 1)) {
    const std::string path = target.substr(0, slash);
    if (whited_out_.contains(path) || opaque_.contains(path)) return {};
    if (slash == target.npos) break;
  }
  const size_t slash = target.rfind('/');
  const std::string directory = slash == target.npos ? std::string() : target.substr(0, slash);
  std::string name = target.substr(directory.empty() ? 0 : slash + 1);
  link_cursor_.Forget();
  if (const auto here = link_cursor_.Enter(directory, DirectoryCursor::Missing::kFail)) {
    // Through a link of this layer it would be another file.
    if (link_cursor_.physical() != directory) return {};
    if (fstatat(*here, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return {};
  }
  std::optional<LowerFile> found = TRY(FindLowerFile(options_.below, options_.overlay_prefix, target));
  if (!found) return {};
  const LowerFile& lower = *found;
  const Attributes attributes = TRY(ownership_.Get(lower.directory.get(), lower.name, lower.status));
  const int parent = TRY(EnterParent(target, name));
  if (parent_ != directory) return {};
  TRY_VOID(CopyFrom(lower, parent, name));
  TRY_VOID(ownership_.Set(parent, name, attributes));
  took_from_below_ = true;
  const timespec time = lower.status.st_mtim;
  return SetTimes(parent, name, time.tv_sec, static_cast<uint32_t>(time.tv_nsec));
}

Result<void> TreeWriter::AddHardLink(const Entry& entry, int parent, const std::string& name) {
  std::string target = options_.target.empty() ? entry.link : Join(options_.target, entry.link);
  const auto missing = [&] {
    return Fail("'" + entry.path + "' is a hard link to '" + entry.link +
                    "', which is neither in the same archive nor a file below it",
                "the archive is damaged or was made by a broken tool");
  };
  if (entry.link.empty()) return missing();
  const size_t slash = target.rfind('/');
  const std::string folder = slash == target.npos ? std::string() : target.substr(0, slash);
  const std::string target_name = target.substr(slash == target.npos ? 0 : slash + 1);
  struct stat from{}, to{};
  const auto find = [&] {
    auto directory = link_cursor_.Enter(folder, DirectoryCursor::Missing::kFail);
    const bool there = directory && fstatat(*directory, target_name.c_str(), &from, AT_SYMLINK_NOFOLLOW) == 0;
    return there && !S_ISDIR(from.st_mode) && !(S_ISCHR(from.st_mode) && from.st_rdev == 0);
  };
  bool found = find();
  if (!found && !options_.below.empty()) {
    const std::string path = Join(parent_, name);
    TRY_VOID(TakeFromBelow(target));
    std::string again;
    parent = TRY(EnterParent(path, again));
    found = find();
  }
  if (!found) return missing();
  if (fstatat(parent, name.c_str(), &to, AT_SYMLINK_NOFOLLOW) == 0) {
    if (to.st_dev == from.st_dev && to.st_ino == from.st_ino) return {};
    if (S_ISDIR(to.st_mode) &&
        Join(link_cursor_.physical(), target_name).starts_with(Join(parent_, name) + "/")) {
      return missing();  // it would go with the directory it replaces
    }
    TRY_VOID(Clear(parent, name));
    parent = TRY(cursor_.Enter(parent_, DirectoryCursor::Missing::kFail));
  }
  const auto directory = link_cursor_.Enter(folder, DirectoryCursor::Missing::kFail);
  if (!directory) return missing();
  if (linkat(*directory, target_name.c_str(), parent, name.c_str(), 0) != 0)
    return FailErrno("link", entry.path);
  return {};
}

Result<void> TreeWriter::SetOpaqueAttribute(int dir, const std::string& name) {
  const Fd directory(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const std::string attribute = options_.overlay_prefix + "opaque";
  if (!directory || fsetxattr(directory.get(), attribute.c_str(), "y", 1, 0) != 0) {
    return FailErrno("mark as opaque", Join(parent_, name));
  }
  return {};
}

Result<void> TreeWriter::AddWhiteout(int parent, const std::string& name, const std::string& path) {
  struct stat status{};
  const bool there = fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (options_.form == WhiteoutForm::kOverlay) {
    whited_out_.insert(path);
    if (!there) {
      if (mknodat(parent, name.c_str(), S_IFCHR | 0600, 0) != 0) return FailErrno("make the whiteout", path);
      return {};
    }
    // A file of this layer hides what is below by itself.
    return S_ISDIR(status.st_mode) ? SetOpaqueAttribute(parent, name) : Result<void>();
  }
  if (!there) return {};
  if (!Touched(path)) return Clear(parent, name);
  if (!S_ISDIR(status.st_mode)) return {};
  return MakeOpaque(path);
}

Result<void> TreeWriter::MakeOpaque(const std::string& path) {
  const int dir = TRY(cursor_.Enter(path, DirectoryCursor::Missing::kFail));
  if (options_.form == WhiteoutForm::kOverlay) {
    opaque_.insert(path);
    return SetOpaqueAttribute(dir, ".");
  }
  link_cursor_.Forget();
  const Fd copy(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  cursor_.Forget();
  parent_ = "\n";
  if (!copy) return FailErrno("open the directory", path);
  return RemoveOthers(copy.get(), path);
}

Result<void> TreeWriter::RemoveOthers(int dir, const std::string& path) {
  for (const std::string& name : TRY(ListDirectory(dir))) {
    const std::string child = Join(path, name);
    if (!Touched(child)) {
      directories_.erase(child);
      TRY_VOID(RemoveTree(dir, name));
      continue;
    }
    const Fd below(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (below) TRY_VOID(RemoveOthers(below.get(), child));
  }
  return {};
}

Result<void> TreeWriter::Finish() {
  // What lies below first: a directory may get a mode that lets nobody in.
  for (auto it = directories_.rbegin(); it != directories_.rend(); ++it) {
    const auto& [path, state] = *it;
    auto dir = cursor_.Enter(path, DirectoryCursor::Missing::kFail);
    if (!dir) {
      if (state.times_only) continue;  // removed since
      return Fail(dir.error());
    }
    if (!state.times_only) {
      Entry entry;
      entry.path = path;
      entry.xattrs = state.xattrs;
      TRY_VOID(SetXattrs(*dir, entry));
      TRY_VOID(ownership_.Set(*dir, ".", state.attributes));
    }
    TRY_VOID(SetTimes(*dir, ".", state.mtime, state.mtime_nsec));
  }
  return {};
}

}  // namespace guard::builder

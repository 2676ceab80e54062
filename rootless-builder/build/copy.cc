// Every destination is opened inside the root (openat2), then worked on by descriptor and last name, so that
// no symlink in an image leads out of it. Content goes by copy_file_range, which shares blocks where the
// filesystem can. Tested by tests/unit/build/copy_test.cc.
#include "rootless-builder/build/copy.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <map>

namespace guard::builder {

namespace {

timespec MtimeOf(const struct stat& info) { return info.st_mtim; }

Result<void> SetTime(int dir, const std::string& name, timespec mtime) {
  timespec times[2] = {{0, UTIME_OMIT}, mtime};
  times[0] = mtime;
  if (utimensat(dir, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
    return FailErrno("set the time of", name);
  return {};
}

Result<void> CopyBytes(int from, int to, const std::string& name) {
  bool by_kernel = true;
  std::string buffer;
  for (;;) {
    if (by_kernel) {
      ssize_t moved = copy_file_range(from, nullptr, to, nullptr, size_t{1} << 30, 0);
      if (moved > 0) continue;
      if (moved == 0) return {};
      if (errno == EINTR) continue;
      if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM)
        return FailErrno("copy", name);
      by_kernel = false;
      buffer.resize(size_t{256} << 10);
    }
    ssize_t got = read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", name);
    if (got == 0) return {};
    for (ssize_t done = 0; done < got;) {
      ssize_t wrote = write(to, buffer.data() + done, static_cast<size_t>(got - done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return FailErrno("write", name);
      done += wrote;
    }
  }
}

// Extended attributes that belong to an image's content: user.* that are not our own (security.capability is
// in Attributes).
Result<void> CopyXattrs(int from, int to, Ownership& source, Ownership& target) {
  char names[64 << 10];
  ssize_t size = flistxattr(from, names, sizeof names);
  for (const char* at = names; size > 0 && at < names + size; at += std::string_view(at).size() + 1) {
    std::string name = at;
    if (!name.starts_with("user.") || name.starts_with("user.overlay.") || source.IsOwnXattr(name) ||
        target.IsOwnXattr(name))
      continue;
    char value[64 << 10];
    ssize_t length = fgetxattr(from, at, value, sizeof value);
    if (length < 0 || fsetxattr(to, at, value, static_cast<size_t>(length), 0) != 0)
      return FailErrno("keep the attribute", name);
  }
  return {};
}

std::string ParentOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}
std::string NameOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

class Copier {
 public:
  Copier(const SourceTree* tree, const CopyTarget& target) : tree_(tree), target_(target) {}

  Result<void> Copy(const std::vector<SourceRoot>& roots) {
    for (const SourceRoot& root : roots) {
      if (root.files.empty()) continue;
      if (root.directory)
        TRY_VOID(CopyDirectory(root));
      else
        TRY_VOID(CopyOneFile(root));
    }
    return {};
  }

  Result<void> Write(const std::vector<NewFile>& files) {
    for (const NewFile& file : files) {
      auto [dir, name] = TRY(PlaceFor(file.name));
      TRY_VOID(Clear(dir.get(), name, false));
      Fd made(openat(dir.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
      if (!made) return FailErrno("make", target_.destination);
      if (file.content >= 0) {
        TRY_VOID(CopyBytes(file.content, made.get(), file.name));
      } else {
        for (size_t done = 0; done < file.text.size();) {
          ssize_t wrote = write(made.get(), file.text.data() + done, file.text.size() - done);
          if (wrote < 0 && errno == EINTR) continue;
          if (wrote < 0) return FailErrno("write", file.name);
          done += static_cast<size_t>(wrote);
        }
      }
      Attributes attributes;
      attributes.mode = S_IFREG | file.mode;
      TRY_VOID(target_.ownership->Set(dir.get(), name, Wanted(attributes)));
      TRY_VOID(SetTime(dir.get(), name, {file.mtime, 0}));
    }
    return {};
  }

 private:
  Attributes Wanted(Attributes attributes) const {
    if (target_.owner) attributes.uid = target_.owner->first, attributes.gid = target_.owner->second;
    mode_t type = attributes.mode & S_IFMT;
    if (target_.mode && type != S_IFLNK)
      attributes.mode = type | target_.mode->Apply(attributes.mode & 07777, type == S_IFDIR);
    return attributes;
  }

  std::pair<uid_t, gid_t> Owner() const { return target_.owner.value_or(std::pair<uid_t, gid_t>(0, 0)); }

  Fd OpenTarget(const std::string& path, int flags) { return OpenInRoot(target_.root, path, flags); }

  // The directory and name that a single file goes to.
  Result<std::pair<Fd, std::string>> PlaceFor(const std::string& name) {
    std::string destination = CleanRelative(target_.destination);
    bool into = target_.is_directory || destination.empty();
    if (!into) {
      Fd there = OpenTarget(destination, O_PATH | O_DIRECTORY);
      into = static_cast<bool>(there);
    }
    std::string path = into ? (destination.empty() ? name : destination + "/" + name) : destination;
    // A symlink in the last place is followed to what it names, as long as that is inside.
    std::string parent = ParentOf(path);
    TRY_VOID(MakeDirectoryInRoot(target_.root, *target_.ownership, parent, Owner(), target_.mtime));
    Fd dir = OpenTarget(parent, O_RDONLY | O_DIRECTORY);
    if (!dir) return FailErrno("open", "/" + parent);
    return std::pair(std::move(dir), NameOf(path));
  }

  // Takes away what a new entry replaces.
  Result<void> Clear(int dir, const std::string& name, bool directory) {
    struct stat there;
    if (fstatat(dir, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (S_ISDIR(there.st_mode) && !directory)
      return Fail("cannot copy a file over the directory " + Shown(name));
    if (unlinkat(dir, name.c_str(), 0) != 0) return FailErrno("replace", Shown(name));
    return {};
  }

  std::string Shown(const std::string& name) const {
    return (target_.destination.ends_with('/') ? target_.destination : target_.destination + "/") + name;
  }

  Result<void> CopyOneFile(const SourceRoot& root) {
    auto [dir, name] = TRY(PlaceFor(root.name));
    const SourceFile& file = root.files[0];
    Fd from = OpenInRoot(tree_->root, ParentOf(file.path), O_RDONLY | O_DIRECTORY);
    if (!from) return FailErrno("read", file.path);
    return CopyEntry(from.get(), NameOf(file.path), file, dir.get(), name);
  }

  // files are in pre-order, so a stack of open directories follows the walk.
  struct Level {
    std::string relative;
    Fd from, to;
    timespec mtime;
    bool set_time = false;
  };

  Result<void> Leave(std::vector<Level>& stack) {
    if (stack.back().set_time) TRY_VOID(SetTime(stack.back().to.get(), ".", stack.back().mtime));
    stack.pop_back();
    return {};
  }

  Result<void> CopyDirectory(const SourceRoot& root) {
    std::string destination = CleanRelative(target_.destination);
    std::vector<Level> stack;
    const SourceFile& top = root.files[0];
    TRY_VOID(MakeDirectoryInRoot(target_.root, *target_.ownership, destination, Owner(), target_.mtime));
    Level first{.relative = "",
                .from = OpenInRoot(tree_->root, top.path, O_RDONLY | O_DIRECTORY),
                .to = OpenTarget(destination, O_RDONLY | O_DIRECTORY),
                .mtime = MtimeOf(top.on_disk)};
    if (!first.from) return FailErrno("read", top.path);
    if (!first.to) return FailErrno("open", target_.destination);
    stack.push_back(std::move(first));
    for (size_t i = 1; i < root.files.size(); ++i) {
      const SourceFile& file = root.files[i];
      std::string parent = ParentOf(file.relative);
      while (stack.back().relative != parent) TRY_VOID(Leave(stack));
      Level& level = stack.back();
      std::string name = NameOf(file.relative);
      if ((file.attributes.mode & S_IFMT) != S_IFDIR) {
        TRY_VOID(CopyEntry(level.from.get(), NameOf(file.path), file, level.to.get(), name));
        continue;
      }
      Level next = TRY(EnterDirectory(level, file, name));
      stack.push_back(std::move(next));
    }
    while (!stack.empty()) TRY_VOID(Leave(stack));
    return {};
  }

  Result<Level> EnterDirectory(Level& level, const SourceFile& file, const std::string& name) {
    Level next{.relative = file.relative, .mtime = MtimeOf(file.on_disk), .set_time = true};
    next.from = Fd(
        openat(level.from.get(), NameOf(file.path).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.from) return FailErrno("read", file.path);
    if (mkdirat(level.to.get(), name.c_str(), 0700) != 0) {
      if (errno != EEXIST) return FailErrno("make directory", Shown(file.relative));
      struct stat there;
      if (fstatat(level.to.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
          !S_ISDIR(there.st_mode)) {
        // A symlink to a directory stays, and what is copied goes behind it; a file is in the way.
        std::string path = CleanRelative(target_.destination + "/" + file.relative);
        next.to = S_ISLNK(there.st_mode) ? OpenInRoot(target_.root, path, O_RDONLY | O_DIRECTORY) : Fd();
        if (!next.to) return Fail("cannot copy a directory over the file " + Shown(file.relative));
        next.set_time = false;
        return next;
      }
    }
    next.to = Fd(openat(level.to.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.to) return FailErrno("open", Shown(file.relative));
    TRY_VOID(target_.ownership->Set(next.to.get(), ".", Wanted(file.attributes)));
    return next;
  }

  Result<void> CopyEntry(int from, const std::string& from_name, const SourceFile& file, int to,
                         const std::string& name) {
    TRY_VOID(Clear(to, name, false));
    mode_t type = file.attributes.mode & S_IFMT;
    if (type == S_IFREG && file.on_disk.st_nlink > 1) {
      auto key = std::pair(file.on_disk.st_dev, file.on_disk.st_ino);
      auto known = linked_.find(key);
      if (known != linked_.end() &&
          linkat(known->second.first.get(), known->second.second.c_str(), to, name.c_str(), 0) == 0)
        return {};
      if (known == linked_.end()) linked_.emplace(key, std::pair(Fd(dup(to)), name));
    }
    switch (type) {
      case S_IFREG: {
        Fd source(openat(from, from_name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!source) return FailErrno("read", "'" + file.path + "' in " + tree_->label);
        Fd made(openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!made) return FailErrno("make", Shown(name));
        TRY_VOID(CopyBytes(source.get(), made.get(), file.path));
        if (tree_->ownership != nullptr)
          TRY_VOID(CopyXattrs(source.get(), made.get(), *tree_->ownership, *target_.ownership));
        break;
      }
      case S_IFLNK:
        if (symlinkat(file.link.c_str(), to, name.c_str()) != 0) return FailErrno("make", Shown(name));
        break;
      case S_IFIFO:
        if (mknodat(to, name.c_str(), S_IFIFO | 0600, 0) != 0) return FailErrno("make", Shown(name));
        break;
      default: TRY_VOID(target_.ownership->MakeNode(to, name, Wanted(file.attributes)));
    }
    TRY_VOID(target_.ownership->Set(to, name, Wanted(file.attributes)));
    return SetTime(to, name, MtimeOf(file.on_disk));
  }

  const SourceTree* tree_;
  const CopyTarget& target_;
  std::map<std::pair<dev_t, ino_t>, std::pair<Fd, std::string>> linked_;
};

}  // namespace

Result<bool> MakeDirectoryInRoot(int root, Ownership& ownership, const std::string& path,
                                 std::pair<uid_t, gid_t> owner, std::optional<int64_t> mtime) {
  std::string clean = CleanRelative(path);
  if (clean.empty()) return false;
  if (Fd there = OpenInRoot(root, clean, O_PATH)) {
    struct stat info;
    if (fstat(there.get(), &info) == 0 && S_ISDIR(info.st_mode)) return false;
    return Fail("/" + clean + " is there and is no directory");
  }
  std::string parent = ParentOf(clean), name = NameOf(clean);
  TRY(MakeDirectoryInRoot(root, ownership, parent, owner, mtime));
  Fd dir = OpenInRoot(root, parent, O_RDONLY | O_DIRECTORY);
  if (!dir) return FailErrno("open", "/" + parent);
  if (mkdirat(dir.get(), name.c_str(), 0700) != 0) {
    int number = errno;
    struct stat info;
    if (number == EEXIST && fstatat(dir.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(info.st_mode))
      return Fail("/" + clean + " is a symlink that leads nowhere",
                  "remove it in an earlier step, or copy to where it points");
    return FailErrno("make directory", "/" + clean, number);
  }
  Attributes attributes;
  attributes.mode = S_IFDIR | 0755;
  attributes.uid = owner.first, attributes.gid = owner.second;
  TRY_VOID(ownership.Set(dir.get(), name, attributes));
  if (mtime) TRY_VOID(SetTime(dir.get(), name, {*mtime, 0}));
  return true;
}

Result<void> CopyInto(const SourceTree& tree, const std::vector<SourceRoot>& roots,
                      const CopyTarget& target) {
  return Copier(&tree, target).Copy(roots);
}

Result<void> WriteInto(const std::vector<NewFile>& files, const CopyTarget& target) {
  return Copier(nullptr, target).Write(files);
}

}  // namespace guard::builder

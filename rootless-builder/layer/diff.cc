// The walk over what is there after a step, beside what was there before.
//
// A layer also has the directories above each of its entries, unchanged as they may be: programs that unpack
// layers into directories of their own (Docker's and Podman's overlay drivers, and we) would otherwise make
// such directories with modes and owners of their own invention, which then hide the right ones.
//
// Removed directories are whiteouts of their names, and a directory that was replaced by another is compared
// child by child: no layer of ours is opaque, as only overlayfs would know.
//
// Tested by diff_test.cc, and by diff_pair_test.cc for both forms against each other.
#include "rootless-builder/layer/diff.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <map>

#include "rootless-builder/layer/before.h"

namespace guard::builder {
namespace {

constexpr int kDepth = 2000;

std::string Join(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

// The attributes of an open file that images keep: user.* without overlayfs's and our own.
Result<void> ReadXattrs(int file, Ownership& ownership, Entry& entry) {
  std::string names(1024, '\0');
  ssize_t size = 0;
  while ((size = flistxattr(file, names.data(), names.size())) < 0) {
    if (errno == ENOTSUP) return {};
    if (errno != ERANGE || names.size() > (size_t{1} << 20))
      return FailErrno("list the attributes of", entry.path);
    names.resize(names.size() * 4);
  }
  for (const char* name = names.data(); name < names.data() + size; name += std::strlen(name) + 1) {
    const std::string_view text(name);
    if (!text.starts_with("user.") || text.starts_with("user.overlay.") || ownership.IsOwnXattr(name))
      continue;
    std::string value(65536, '\0');
    const ssize_t length = fgetxattr(file, name, value.data(), value.size());
    if (length < 0) return FailErrno("read the attribute " + std::string(text) + " of", entry.path);
    value.resize(static_cast<size_t>(length));
    entry.xattrs.emplace_back(text, std::move(value));
  }
  std::ranges::sort(entry.xattrs);
  return {};
}

class Walker {
 public:
  explicit Walker(const DiffWalk& walk) : walk_(walk) {}

  Result<uint64_t> Run(const std::string& root, const BeforeEntry& before) {
    struct stat status{};
    const Fd directory = TRY(OpenDirectory(root));
    if (fstat(directory.get(), &status) != 0) return FailErrno("read", root);
    Seen seen = TRY(See(directory.get(), ".", "", status, walk_.ownership));
    // The root's time changes with every name in it, mount points included: it is not the image's.
    Entry was = before.entry();
    was.mtime = seen.entry.mtime;
    was.mtime_nsec = seen.entry.mtime_nsec;
    if (was != seen.entry) TRY_VOID(Emit(seen.entry, -1));
    const auto inside = TRY(before.Open());
    TRY_VOID(Directory(directory.get(), "", inside.get(), Complete(directory.get()), 0));
    return count_;
  }

 private:
  // Whether what is not in the directory is not there at all.
  bool Complete(int directory) const {
    if (walk_.overlay_prefix.empty()) return true;
    char value = 0;
    return fgetxattr(directory, (walk_.overlay_prefix + "opaque").c_str(), &value, 1) == 1 && value == 'y';
  }

  bool Ignored(const std::string& path) const {
    return std::ranges::any_of(walk_.options.ignore, [&](const std::string& ignored) {
      return path == ignored || (path.starts_with(ignored) && path[ignored.size()] == '/');
    });
  }
  bool HasIgnoredChild(const std::string& path) const {
    return std::ranges::any_of(walk_.options.ignore, [&](const std::string& ignored) {
      const size_t slash = ignored.rfind('/');
      return slash != ignored.npos && ignored.substr(0, slash) == path;
    });
  }

  Result<void> Emit(const Entry& entry, int content) {
    for (Entry& parent : parents_) {
      if (!parent.path.empty() && parent.path.size() < entry.path.size()) {
        TRY_VOID(walk_.writer.Add(parent, -1));
        ++count_;
      }
    }
    parents_.clear();
    ++count_;
    return walk_.writer.Add(entry, content);
  }

  Result<void> Directory(int dir, const std::string& path, const BeforeDirectory* before, bool complete,
                         int depth) {
    if (depth > kDepth) return Fail("'" + path.substr(0, 200) + "...' is too deep for a layer");
    const std::vector<std::string> names = TRY(ListDirectory(dir));
    std::vector<std::pair<std::string, struct stat>> there;
    std::vector<std::string> gone;
    for (const std::string& name : names) {
      if (Ignored(Join(path, name))) continue;
      struct stat status{};
      if (fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return FailErrno("read", Join(path, name));
      const bool whiteout = !walk_.overlay_prefix.empty() && IsOverlayWhiteout(status);
      if (whiteout || S_ISSOCK(status.st_mode)) {
        if (before && TRY(before->Find(name))) gone.push_back(name);
      } else {
        there.emplace_back(name, status);
      }
    }
    if (complete && before) {
      for (std::string& name : TRY(before->Names())) {
        if (!std::ranges::binary_search(names, name) && !Ignored(Join(path, name)))
          gone.push_back(std::move(name));
      }
      std::ranges::sort(gone);
    }
    for (const std::string& name : gone) {
      Entry whiteout;
      whiteout.path = Join(path, name);
      whiteout.whiteout = true;
      TRY_VOID(Emit(whiteout, -1));
    }
    for (const auto& [name, status] : there) TRY_VOID(Child(dir, path, name, status, before, depth));
    return {};
  }

  Result<void> Child(int dir, const std::string& directory, const std::string& name,
                     const struct stat& status, const BeforeDirectory* before, int depth) {
    const std::string path = Join(directory, name);
    std::unique_ptr<BeforeEntry> was;
    if (before) was = TRY(before->Find(name));
    if (was && !S_ISDIR(status.st_mode) && was->Untouched(status)) return {};
    Seen now = TRY(See(dir, name, path, status, walk_.ownership));
    if (S_ISDIR(now.entry.attributes.mode)) return Subdirectory(now, was.get(), depth);
    if (was && TRY(Same(*was, now))) return {};
    const bool regular = S_ISREG(now.entry.attributes.mode);
    if (status.st_nlink > 1) {
      const auto [first, is_new] = links_.try_emplace({status.st_dev, status.st_ino}, path);
      if (!is_new) {
        Entry link = now.entry;
        link.hard_link = true;
        link.link = first->second;
        link.size = 0;
        link.xattrs.clear();
        return Emit(link, -1);
      }
    }
    return Emit(now.entry, regular ? now.file.get() : -1);
  }

  Result<void> Subdirectory(Seen& now, const BeforeEntry* was, int depth) {
    const int dir = now.file.get();
    if (!walk_.overlay_prefix.empty()) {
      for (const char* feature : {"redirect", "metacopy"}) {
        if (fgetxattr(dir, (walk_.overlay_prefix + feature).c_str(), nullptr, 0) >= 0) {
          return Fail(
              "'" + now.entry.path + "' was renamed by overlayfs's " + feature + ", which no layer can hold",
              "overlayfs has to be mounted with redirect_dir=off and metacopy=off");
        }
      }
    }
    const bool was_directory = was && S_ISDIR(was->entry().attributes.mode);
    bool same = false;
    if (was_directory) {
      Entry old = was->entry();
      old.path = now.entry.path;
      if (HasIgnoredChild(now.entry.path)) old.mtime = now.entry.mtime, old.mtime_nsec = now.entry.mtime_nsec;
      same = old == now.entry;
    }
    const size_t parents = parents_.size();
    if (same) {
      parents_.push_back(now.entry);
    } else {
      TRY_VOID(Emit(now.entry, -1));
    }
    std::unique_ptr<BeforeDirectory> inside;
    if (was_directory) inside = TRY(was->Open());
    TRY_VOID(Directory(dir, now.entry.path, inside.get(), Complete(dir), depth + 1));
    if (same && parents_.size() > parents) parents_.resize(parents);
    return {};
  }

  static Result<bool> Same(const BeforeEntry& was, const Seen& now) {
    Entry old = was.entry();
    old.path = now.entry.path;
    if (old != now.entry) return false;
    if (!S_ISREG(now.entry.attributes.mode)) return true;
    return was.SameContent(now.file.get());
  }

  const DiffWalk& walk_;
  uint64_t count_ = 0;
  std::vector<Entry> parents_;  // unchanged directories above, not yet in the layer
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
};

Result<size_t> ReadFully(int file, char* buffer, size_t size, off_t offset) {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = pread(file, buffer + done, size - done, offset + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", "a file");
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

constexpr size_t kPiece = size_t{128} << 10;

}  // namespace

bool IsOverlayWhiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == 0; }

Result<Seen> See(int dir, const std::string& name, const std::string& path, const struct stat& on_disk,
                 Ownership& ownership) {
  Seen seen;
  seen.on_disk = on_disk;
  Entry& entry = seen.entry;
  entry.path = path;
  entry.attributes = TRY(ownership.Get(dir, name, on_disk));
  entry.mtime = on_disk.st_mtim.tv_sec;
  entry.mtime_nsec = static_cast<uint32_t>(on_disk.st_mtim.tv_nsec);
  if (S_ISREG(entry.attributes.mode)) entry.size = static_cast<uint64_t>(on_disk.st_size);
  if (S_ISLNK(on_disk.st_mode)) {
    char target[PATH_MAX];
    const ssize_t size = readlinkat(dir, name.c_str(), target, sizeof target);
    if (size < 0) return FailErrno("read the symlink", path);
    entry.link.assign(target, static_cast<size_t>(size));
  }
  if (S_ISREG(on_disk.st_mode) || S_ISDIR(on_disk.st_mode)) {
    seen.file = Fd(openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    // A file that its owner may not read: ours, so that we may open it up for a moment.
    if (!seen.file && errno == EACCES && fchmodat(dir, name.c_str(), on_disk.st_mode | 0500, 0) == 0) {
      seen.file = Fd(openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
      const int number = errno;
      if (fchmodat(dir, name.c_str(), on_disk.st_mode & 07777, 0) != 0) return FailErrno("change", path);
      errno = number;
    }
    if (!seen.file) return FailErrno("open", path);
    TRY_VOID(ReadXattrs(seen.file.get(), ownership, entry));
  }
  return seen;
}

Result<bool> SameBytes(int a, int b) {
  std::string left(kPiece, '\0'), right(kPiece, '\0');
  for (off_t offset = 0;; offset += static_cast<off_t>(kPiece)) {
    const size_t have = TRY(ReadFully(a, left.data(), kPiece, offset));
    const size_t other = TRY(ReadFully(b, right.data(), kPiece, offset));
    if (have != other || std::memcmp(left.data(), right.data(), have) != 0) return false;
    if (have < kPiece) return true;
  }
}

Result<uint64_t> WalkChanges(const DiffWalk& walk, const std::string& root, const BeforeEntry& before) {
  return Walker(walk).Run(root, before);
}

}  // namespace guard::builder

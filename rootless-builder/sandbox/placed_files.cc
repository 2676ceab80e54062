// Tested by tests/e2e/sandbox_chroot.sh.
#include "rootless-builder/sandbox/placed_files.h"

#include <sys/sysmacros.h>

#include <cerrno>
#include <filesystem>

namespace guard::builder {
namespace {

struct Device {
  const char* name;
  unsigned big, small;
};
constexpr Device kDevices[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                               {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

std::string PathOf(const Fd& dir, const std::string& name = ".") {
  return "/proc/self/fd/" + std::to_string(dir.get()) + "/" + name;
}

Result<void> Likeness(const std::string& path, const struct stat& status) {
  timespec times[2] = {status.st_atim, status.st_mtim};
  if (lchown(path.c_str(), status.st_uid, status.st_gid) != 0 ||
      (!S_ISLNK(status.st_mode) && chmod(path.c_str(), status.st_mode & 07777) != 0) ||
      utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    return SystemFail("cannot copy the attributes of " + path, errno);
  }
  return {};
}

// Files, directories and symlinks with owners, modes and times; anything else is refused.
Result<void> Copy(const std::string& from, const std::string& to) {
  struct stat status;
  if (lstat(from.c_str(), &status) != 0) return SystemFail("cannot copy " + from, errno);
  std::error_code failed;
  if (S_ISDIR(status.st_mode)) {
    if (mkdir(to.c_str(), 0700) != 0) return SystemFail("cannot make " + to, errno);
    std::filesystem::directory_iterator entries(from, failed), end;
    for (; !failed && entries != end; entries.increment(failed)) {
      std::string name = entries->path().filename().string();
      TRY_VOID(Copy(from + "/" + name, to + "/" + name));
    }
  } else if (S_ISLNK(status.st_mode)) {
    std::filesystem::copy_symlink(from, to, failed);
  } else if (S_ISREG(status.st_mode)) {
    std::filesystem::copy_file(from, to, failed);
  } else {
    return Fail("cannot copy " + from + ": it is neither file, directory nor symlink");
  }
  if (failed) return Fail("cannot copy " + from + ": " + failed.message());
  return Likeness(to, status);
}

timespec ChangeTime(const Fd& dir) {
  struct stat status{};
  fstat(dir.get(), &status);
  return status.st_mtim;
}

}  // namespace

Result<void> PlacedFiles::Rewrite(int root, const std::string& path, const std::string& text) {
  Fd place = TRY(OpenOrMake(root, path, false, &made_));
  std::string name = "/proc/self/fd/" + std::to_string(place.get());
  Rewritten item;
  item.content = TRY(ReadSmallFile(name));
  item.before = ChangeTime(place);
  item.file.Reset(open(name.c_str(), O_WRONLY | O_CLOEXEC));
  if (!item.file.valid() || ftruncate(item.file.get(), 0) != 0 || !WriteAll(item.file.get(), text)) {
    return SystemFail("cannot write /" + path, errno);
  }
  rewritten_.push_back(std::move(item));
  return {};
}

Result<void> PlacedFiles::MakeDevices(int root) {
  for (const Device& device : kDevices) {
    Fd dev = TRY(OpenOrMake(root, "dev", true, &made_));
    Item item;
    item.parent.Reset(open(PathOf(dev).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    item.before = ChangeTime(item.parent);
    item.name = device.name;
    int failed = mknodat(item.parent.get(), device.name, S_IFCHR | 0666, makedev(device.big, device.small));
    if (failed && errno == EEXIST) continue;
    if (failed && std::string_view(device.name) == "null") {
      // A file does for what is thrown away and for an empty input; for nothing else.
      failed = mknodat(item.parent.get(), device.name, S_IFREG | 0666, 0);
    }
    if (failed) continue;
    fchmodat(item.parent.get(), device.name, 0666, 0);
    item.after = ChangeTime(item.parent);
    items_.push_back(std::move(item));
  }
  return {};
}

Result<void> PlacedFiles::PlaceOne(int root, const RunMount& mount, const std::string& aside) {
  std::string target = RelativeToRoot(mount.target);
  if (target.empty()) return Fail("a mount on / would hide the step's root");
  auto [folder, name] = SplitLast(target);
  Item item;
  Fd parent = TRY(OpenOrMake(root, folder.empty() ? "." : folder, true, &made_));
  item.parent.Reset(open(PathOf(parent).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!item.parent.valid()) return SystemFail("cannot open /" + folder, errno);
  item.name = name;
  item.before = ChangeTime(item.parent);
  std::string keep = aside + "/" + std::to_string(items_.size());
  if (renameat(item.parent.get(), name.c_str(), AT_FDCWD, keep.c_str()) == 0) {
    item.aside = keep;
  } else if (errno != ENOENT) {
    return SystemFail("cannot move /" + target + " out of the way", errno);
  }
  items_.push_back(std::move(item));
  Item& placed = items_.back();
  std::string path = PathOf(placed.parent, name);
  if (mount.kind == RunMount::Kind::kTmpfs) {
    if (mkdir(path.c_str(), 0700) != 0 || chmod(path.c_str(), mount.mode & 07777) != 0) {
      return SystemFail("cannot make /" + target, errno);
    }
  } else if (mount.read_only || mount.discard_changes) {
    TRY_VOID(Copy(mount.source, path));
  } else if (rename(mount.source.c_str(), path.c_str()) == 0) {
    placed.return_to = mount.source;
  } else {
    return SystemFail("cannot move " + mount.source + " to /" + target, errno,
                      "a writable mount and the step's root must be on one file system");
  }
  placed.after = ChangeTime(placed.parent);
  return {};
}

Result<void> PlacedFiles::Place(const RunSpec& spec, const std::string& aside) {
  Fd root(open(spec.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return SystemFail("cannot open the step's root " + spec.root, errno);
  TRY_VOID(MakeDevices(root.get()));
  Result<std::string> resolv = ReadSmallFile("/etc/resolv.conf");
  for (const auto& [path, text] : GeneratedFiles(spec, resolv ? *resolv : "")) {
    TRY_VOID(Rewrite(root.get(), path, text));
  }
  for (const RunMount& mount : spec.mounts) TRY_VOID(PlaceOne(root.get(), mount, aside));
  return {};
}

Result<void> PlacedFiles::TakeOut() {
  Result<void> result;
  auto complain = [&](const std::string& what, int error) {
    if (result) result = SystemFail(what, error);
  };
  for (; !items_.empty(); items_.pop_back()) {
    Item& item = items_.back();
    timespec now = ChangeTime(item.parent);
    bool untouched = now.tv_sec == item.after.tv_sec && now.tv_nsec == item.after.tv_nsec;
    int dir = item.parent.get();
    if (!item.return_to.empty()) {
      if (renameat(dir, item.name.c_str(), AT_FDCWD, item.return_to.c_str()) != 0) {
        complain("cannot move " + item.return_to + " back", errno);
      }
    } else {
      std::error_code failed;
      std::filesystem::remove_all(PathOf(item.parent, item.name), failed);
      if (failed) complain("cannot remove " + item.name + " from the step's root", failed.value());
    }
    if (!item.aside.empty() && renameat(AT_FDCWD, item.aside.c_str(), dir, item.name.c_str()) != 0) {
      complain("cannot put " + item.name + " back", errno);
    }
    timespec times[2] = {{0, UTIME_OMIT}, item.before};
    if (untouched) futimens(dir, times);
  }
  for (Rewritten& item : rewritten_) {
    timespec times[2] = {{0, UTIME_OMIT}, item.before};
    if (ftruncate(item.file.get(), 0) != 0 || lseek(item.file.get(), 0, SEEK_SET) != 0 ||
        !WriteAll(item.file.get(), item.content) || futimens(item.file.get(), times) != 0) {
      complain("cannot restore a file of /etc", errno);
    }
  }
  rewritten_.clear();
  RemoveMade(made_);
  return result;
}

}  // namespace guard::builder

// Thin over the kernel's calls, so that every place that handles files of others resolves them the same way.
// Tested by tests/unit/base/files_test.cc.
#include "policies/base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace guard {

Fd::~Fd() {
  if (fd_ >= 0) {
    int kept = errno;
    close(fd_);
    errno = kept;
  }
}

std::unexpected<Error> FailErrno(std::string_view what, std::string_view path, int number) {
  if (number == 0) number = errno;
  std::string message = "cannot " + std::string(what) + " " + std::string(path) + ": ";
  return Fail(message + strerror(number));
}

Fd OpenInRoot(int root, std::string_view path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  std::string text(path.empty() ? "." : path);
  for (int tries = 0;; ++tries) {
    long fd = syscall(SYS_openat2, root, text.c_str(), &how, sizeof how);
    if (fd >= 0) return Fd(static_cast<int>(fd));
    // EAGAIN: something was renamed meanwhile, so that the kernel could not be sure of "..".
    if (errno != EINTR && (errno != EAGAIN || tries > 100)) return {};
  }
}

Result<Fd> OpenDirectory(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailErrno("open", path);
  return fd;
}

Result<std::string> ReadWholeFile(int fd, std::string_view name, uint64_t limit) {
  std::string text;
  struct stat info;
  if (fstat(fd, &info) != 0) return FailErrno("read", name);
  if (S_ISDIR(info.st_mode)) return FailErrno("read", name, EISDIR);
  size_t used = 0;
  text.resize(std::min<uint64_t>(static_cast<uint64_t>(info.st_size), limit) + 1);
  for (;;) {
    ssize_t got = read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", name);
    if (got == 0) break;
    used += static_cast<size_t>(got);
    if (used > limit) return Fail(std::string(name) + " is larger than " + std::to_string(limit) + " bytes");
    if (used == text.size()) text.resize(text.size() * 2);
  }
  text.resize(used);
  return text;
}

Result<std::string> ReadWholeFile(const std::string& path, uint64_t limit) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return FailErrno("open", path);
  return ReadWholeFile(fd.get(), path, limit);
}

Result<void> WriteFileAtomically(const std::string& path, std::string_view text, mode_t mode) {
  std::string beside = path + ".XXXXXX";
  Fd fd(mkostemp(beside.data(), O_CLOEXEC));
  if (!fd) return FailErrno("write", path);
  auto fail = [&](int number) {
    unlink(beside.c_str());
    return FailErrno("write", path, number);
  };
  for (size_t done = 0; done < text.size();) {
    ssize_t wrote = write(fd.get(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail(errno);
    done += static_cast<size_t>(wrote);
  }
  if (fchmod(fd.get(), mode) != 0 || fsync(fd.get()) != 0 || rename(beside.c_str(), path.c_str()) != 0)
    return fail(errno);
  return {};
}

Result<std::vector<std::string>> ListDirectory(int dir) {
  int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : fdopendir(copy);
  if (stream == nullptr) {
    if (copy >= 0) close(copy);
    return FailErrno("list", "directory");
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* item = readdir(stream)) {
    std::string_view name = item->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  int number = errno;
  closedir(stream);
  if (number != 0) return FailErrno("list", "directory", number);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> RemoveTree(int dir, const std::string& name) {
  if (unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM && errno != EACCES) return FailErrno("remove", name);
  Fd inside(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!inside && errno == EACCES && fchmodat(dir, name.c_str(), 0700, 0) == 0)
    inside = Fd(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!inside) return FailErrno("remove", name);
  auto names = TRY(ListDirectory(inside.get()));
  struct stat info;
  if (!names.empty() && fstat(inside.get(), &info) == 0 && (info.st_mode & 0700) != 0700)
    fchmod(inside.get(), 0700);
  for (const std::string& child : names) TRY_VOID(RemoveTree(inside.get(), child));
  if (unlinkat(dir, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return FailErrno("remove", name);
  return {};
}

Result<void> RemoveTree(const std::string& path) { return RemoveTree(AT_FDCWD, path); }

Result<void> MakeDirectories(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) return {};
  if (errno == EEXIST) {
    struct stat info;
    if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return FailErrno("make directory", path, ENOTDIR);
  }
  size_t slash = path.find_last_of('/');
  if (errno != ENOENT || slash == std::string::npos || slash == 0) return FailErrno("make directory", path);
  TRY_VOID(MakeDirectories(path.substr(0, slash), mode));
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return FailErrno("make directory", path);
  return {};
}

}  // namespace guard

// Descriptors with an owner, paths that cannot leave a root, and errors that name the path.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/error.h"

namespace guard {

// A file descriptor that is closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// "cannot open /x/y: Permission denied", from errno or the number given.
std::unexpected<Error> FailErrno(std::string_view what, std::string_view path, int number = 0);

// Opens `path` as if `root` were /: symlinks and ".." are resolved inside it, also absolute ones (openat2,
// RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS). Returns an empty Fd with errno set where it fails.
Fd OpenInRoot(int root, std::string_view path, int flags, mode_t mode = 0);
Result<Fd> OpenDirectory(const std::string& path);

Result<std::string> ReadWholeFile(const std::string& path, uint64_t limit);
Result<std::string> ReadWholeFile(int fd, std::string_view name, uint64_t limit);
// Written beside, synced and renamed: a reader sees the old or the new text.
Result<void> WriteFileAtomically(const std::string& path, std::string_view text, mode_t mode = 0644);

// The names in a directory, sorted, without "." and "..".
Result<std::vector<std::string>> ListDirectory(int dir);
// Removes a file or a tree, whatever its permissions (directories that we own are opened up first), without
// following symlinks. Nothing there is no error.
Result<void> RemoveTree(int dir, const std::string& name);
Result<void> RemoveTree(const std::string& path);
// mkdir -p.
Result<void> MakeDirectories(const std::string& path, mode_t mode = 0755);

}  // namespace guard

// The few things that every file here says to the kernel: owned descriptors, errors with their errno, and
// paths that are resolved inside a root and never leave it.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "policies/base/error.h"

namespace guard::builder {

// An open descriptor with one owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// "cannot mount /proc: Operation not permitted", from the errno that is passed.
std::unexpected<Error> SystemFail(std::string_view what, int error, std::string hint = {});
std::string ErrorText(int error);

// openat2 with RESOLVE_IN_ROOT: `path` is read as if `root` were "/", for symlinks too. `flags` get
// O_CLOEXEC. Gives -1 with errno set.
int OpenInRoot(int root, const std::string& path, int flags, mode_t mode = 0);

// "/a//b/./c" -> {"a", "b", "c"} joined: "a/b/c". ".." parts are kept for the kernel to resolve.
std::string RelativeToRoot(std::string_view path);
// {"a/b", "c"} of "a/b/c".
std::pair<std::string, std::string> SplitLast(std::string_view path);

Result<std::string> ReadSmallFile(const std::string& path, size_t limit = 1u << 20);
// Writes it in one write(2), as the files of /proc want it. Gives false with errno set.
bool WriteWhole(const std::string& path, std::string_view text);
bool WriteAll(int fd, std::string_view bytes);

}  // namespace guard::builder

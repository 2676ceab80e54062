// Tested by tls_test.cc and config_test.cc.
#include "webhook/http/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace guard {
namespace {

std::unexpected<Error> Failed(const std::string& what, const std::string& path) {
  return Fail("cannot " + what + " " + path + ": " + std::strerror(errno));
}

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

Result<std::string> ReadTextFile(const std::string& path, size_t limit) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return Failed("read", path);
  struct stat info{};
  if (::fstat(file.fd, &info) != 0) return Failed("read", path);
  if (!S_ISREG(info.st_mode)) return Fail(path + " is no regular file");
  std::string text;
  char part[16384];
  while (true) {
    ssize_t got = ::read(file.fd, part, sizeof(part));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read", path);
    if (got == 0) return text;
    text.append(part, static_cast<size_t>(got));
    if (text.size() > limit) return Fail(path + " is larger than " + std::to_string(limit) + " bytes");
  }
}

Result<void> WriteTextFile(const std::string& path, const std::string& text, unsigned mode) {
  std::string beside = path + ".new";
  ::unlink(beside.c_str());
  Descriptor file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  if (file.fd < 0) return Failed("write", beside);
  size_t done = 0;
  while (done < text.size()) {
    ssize_t put = ::write(file.fd, text.data() + done, text.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Failed("write", beside);
    done += static_cast<size_t>(put);
  }
  if (::fsync(file.fd) != 0 || std::rename(beside.c_str(), path.c_str()) != 0) return Failed("write", path);
  return {};
}

}  // namespace guard

// Tested by tests/unit/auditor/walk_test.cc and tests/e2e/bad_input.sh.
#include "auditor/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace guard {

namespace {

Error ReadError(const std::string& name, std::string message) {
  Error error;
  error.message = std::move(message);
  error.place.file = name;
  return error;
}

Result<std::string> Drain(int fd, const std::string& name, size_t expected, size_t limit) {
  std::string text;
  size_t size = 0;
  text.resize(expected + 1);
  while (true) {
    if (size == text.size()) text.resize(text.size() * 2);
    ssize_t got = read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(ReadError(name, std::string("cannot read: ") + std::strerror(errno)));
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > limit)
      return Fail(
          ReadError(name, "larger than " + std::to_string(limit >> 20) + " MiB, which is more than is read"));
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<std::string> ReadWholeFile(const std::string& path, size_t limit) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return Fail(ReadError(path, std::string("cannot read: ") + std::strerror(errno)));
  struct stat info;
  size_t expected = fstat(fd, &info) == 0 && info.st_size > 0 ? static_cast<size_t>(info.st_size) : 4096;
  Result<std::string> text = expected > limit
                                 ? Fail(ReadError(path, "larger than " + std::to_string(limit >> 20) +
                                                            " MiB, which is more than is read"))
                                 : Drain(fd, path, expected, limit);
  close(fd);
  return text;
}

Result<std::string> ReadStandardInput(size_t limit) { return Drain(STDIN_FILENO, "<stdin>", 1 << 16, limit); }

}  // namespace guard

// Who makes a file here locks it at once; who cleans up locks a file before removing it. Between making and
// locking a cleaner may win: the maker sees that the file has no name any more, and makes another.
//
// Tested by store_test.cc and tests/e2e/store_kill.sh.
#include "rootless-builder/image/blob_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace guard::builder {
namespace {

std::string RandomName() {
  unsigned char bytes[12];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) bytes[0] = static_cast<unsigned char>(getpid());
  std::string name;
  for (const unsigned char byte : bytes) {
    name += "0123456789abcdef"[byte >> 4];
    name += "0123456789abcdef"[byte & 15];
  }
  return name;
}

}  // namespace

Result<IngestFile> IngestFile::Make(const std::string& store_directory) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    IngestFile file;
    std::string path = store_directory + "/ingest/" + RandomName();
    file.fd_ = Fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
    if (!file.fd_) {
      if (errno == EEXIST) continue;
      return FailErrno("write", path);
    }
    file.path_ = std::move(path);
    if (flock(file.fd_.get(), LOCK_EX) != 0) return FailErrno("lock", file.path_);
    struct stat status{};
    if (fstat(file.fd_.get(), &status) != 0) return FailErrno("read", file.path_);
    if (status.st_nlink != 0) return file;
    file.path_.clear();
  }
  return Fail("cannot write into '" + store_directory + "/ingest': files there vanish at once");
}

IngestFile::~IngestFile() {
  if (!path_.empty()) unlink(path_.c_str());
}

Result<void> IngestFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return FailErrno("write", path_);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<void> IngestFile::Sync() {
  if (fdatasync(fd_.get()) != 0) return FailErrno("sync", path_);
  return {};
}

Result<void> IngestFile::MoveTo(const std::string& path) {
  if (rename(path_.c_str(), path.c_str()) != 0) return FailErrno("write", path);
  path_.clear();
  return {};
}

uint64_t RemoveLeftovers(const std::string& store_directory) {
  uint64_t bytes = 0;
  const std::string folder = store_directory + "/ingest";
  auto directory = OpenDirectory(folder);
  if (!directory) return 0;
  auto names = ListDirectory(directory->get());
  if (!names) return 0;
  for (const std::string& name : *names) {
    const Fd file(openat(directory->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status{};
    if (!file || flock(file.get(), LOCK_EX | LOCK_NB) != 0 || fstat(file.get(), &status) != 0) continue;
    if (unlinkat(directory->get(), name.c_str(), 0) == 0) bytes += static_cast<uint64_t>(status.st_size);
  }
  return bytes;
}

}  // namespace guard::builder

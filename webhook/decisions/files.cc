// System calls of the decision log, each with an error that names the file.
// Tested by tests/unit/decisions/log_test.cc, rotation_test.cc.
#include "webhook/decisions/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace guard {

namespace {

constexpr size_t kSeqDigits = 12;
constexpr mode_t kMode = 0640;  // a collector in the same group may read

std::string FolderOf(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string ReadLockOwner(int fd) {
  char text[32];
  ssize_t size = pread(fd, text, sizeof text, 0);
  std::string_view digits(text, size > 0 ? static_cast<size_t>(size) : 0);
  return std::string(digits.substr(0, digits.find_first_not_of("0123456789")));
}

}  // namespace

OpenFile::~OpenFile() {
  if (fd_ >= 0) close(fd_);
}

Error SystemError(std::string_view action, const std::string& path, int error_number) {
  Error error;
  char buffer[256];
  error.message = "cannot " + std::string(action) + ": " + strerror_r(error_number, buffer, sizeof buffer);
  error.place.file = path;
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
    error.hint = "make room, or keep fewer or smaller old files";
  return error;
}

std::string RotatedName(const std::string& path, uint64_t seq) {
  std::string digits = std::to_string(seq);
  return path + '.' + std::string(digits.size() < kSeqDigits ? kSeqDigits - digits.size() : 0, '0') + digits;
}

std::pair<std::string, uint64_t> SplitRotatedName(const std::string& path) {
  size_t dot = path.rfind('.');
  if (dot == std::string::npos || path.size() - dot - 1 < kSeqDigits) return {path, 0};
  const char* end = path.data() + path.size();
  uint64_t seq = 0;
  auto [stop, problem] = std::from_chars(path.data() + dot + 1, end, seq);
  if (problem != std::errc() || stop != end || seq == 0) return {path, 0};
  return {path.substr(0, dot), seq};
}

Result<std::vector<RotatedFile>> RotatedFiles(const std::string& path) {
  std::string folder = FolderOf(path);
  DIR* dir = opendir(folder.c_str());
  if (!dir) return Fail(SystemError("list the folder", folder, errno));
  std::string prefix = path.substr(0, path.rfind('/') + 1);
  std::vector<RotatedFile> files;
  while (const dirent* entry = readdir(dir)) {
    auto [log, seq] = SplitRotatedName(prefix + entry->d_name);
    if (seq && log == path) files.push_back({prefix + entry->d_name, seq});
  }
  closedir(dir);
  std::sort(files.begin(), files.end(),
            [](const RotatedFile& a, const RotatedFile& b) { return a.seq < b.seq; });
  return files;
}

Result<std::shared_ptr<OpenFile>> OpenLogFile(const std::string& path, OpenMode mode) {
  int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
  if (mode == OpenMode::kNew) flags |= O_CREAT | O_EXCL;
  auto file = std::make_shared<OpenFile>(open(path.c_str(), flags, kMode));
  if (file->fd() < 0 && errno == ELOOP)
    return Fail(Error{"a symbolic link cannot be a decision log", {path}, {}, 1, "name the file itself"});
  if (file->fd() < 0) return Fail(SystemError("open the decision log", path, errno));
  struct stat status{};
  if (fstat(file->fd(), &status) != 0) return Fail(SystemError("look at the decision log", path, errno));
  if (!S_ISREG(status.st_mode)) return Fail(Error{"a decision log has to be a regular file", {path}});
  return file;
}

bool Exists(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0;
}

Result<std::shared_ptr<OpenFile>> LockLog(const std::string& path) {
  std::string name = path + ".lock";
  auto file = std::make_shared<OpenFile>(
      open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, kMode));
  if (file->fd() < 0) return Fail(SystemError("make the lock of the decision log", name, errno));
  if (flock(file->fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Fail(SystemError("lock the decision log", name, errno));
    std::string owner = ReadLockOwner(file->fd());
    return Fail(
        Error{"another process writes this decision log" + (owner.empty() ? "" : " (pid " + owner + ")"),
              {path},
              {},
              1,
              "give every process a log of its own"});
  }
  std::string owner = std::to_string(getpid()) + '\n';
  // Who holds it is a courtesy: the lock holds without.
  if (ftruncate(file->fd(), 0) != 0 || pwrite(file->fd(), owner.data(), owner.size(), 0) < 0) return file;
  return file;
}

Result<void> RenameNew(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  int problem = errno;
  // Not every file system can promise not to replace; under the lock, looking first is as good.
  if (problem == EINVAL && !Exists(to)) {
    if (rename(from.c_str(), to.c_str()) == 0) return {};
    problem = errno;
  }
  Error error = SystemError("rename the decision log to " + to, from, problem);
  return Fail(std::move(error));
}

Result<void> SyncFolder(const std::string& path) {
  std::string folder = FolderOf(path);
  OpenFile dir(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.fd() < 0 || fsync(dir.fd()) != 0) return Fail(SystemError("sync the folder", folder, errno));
  return {};
}

Result<void> WriteAll(int fd, const std::string& path, std::string_view bytes, size_t* written) {
  *written = 0;
  while (*written < bytes.size()) {
    ssize_t count = write(fd, bytes.data() + *written, bytes.size() - *written);
    if (count > 0)
      *written += static_cast<size_t>(count);
    else if (count == 0 || errno != EINTR)
      return Fail(SystemError("write to the decision log", path, count == 0 ? EIO : errno));
  }
  return {};
}

}  // namespace guard

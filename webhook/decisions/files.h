// The files of a log: the one that grows, the rotated ones beside it, and the lock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/error.h"

namespace guard {

// An open file, closed with the last who holds it.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// "cannot ACTION PATH: what errno says", with the number as a name where that helps.
Error SystemError(std::string_view action, const std::string& path, int error_number);

struct RotatedFile {
  std::string path;
  uint64_t seq = 0;  // of its last record
};

// decisions.jsonl -> decisions.jsonl.000000001234
std::string RotatedName(const std::string& path, uint64_t seq);
// The other way round: the log's path and the seq; a path that is no rotated name comes back with 0.
std::pair<std::string, uint64_t> SplitRotatedName(const std::string& path);
// The rotated files of the log at `path`, oldest first.
Result<std::vector<RotatedFile>> RotatedFiles(const std::string& path);

// Opens a log's file for appending (and for reading its end). kNew: there must be none yet.
enum class OpenMode : uint8_t { kExisting, kNew };
Result<std::shared_ptr<OpenFile>> OpenLogFile(const std::string& path, OpenMode mode);
bool Exists(const std::string& path);

// Fails when another process (or another log in this one) has the log at `path`.
Result<std::shared_ptr<OpenFile>> LockLog(const std::string& path);

// Renames without replacing anything.
Result<void> RenameNew(const std::string& from, const std::string& to);
// Makes names in the folder of `path` durable.
Result<void> SyncFolder(const std::string& path);
// Writes all of `bytes`; on an error, `written` tells how much of it is in the file.
Result<void> WriteAll(int fd, const std::string& path, std::string_view bytes, size_t* written);

}  // namespace guard

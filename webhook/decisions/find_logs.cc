// Which files make up which log, and reading them as a stream. Files are found by name and never by content:
// a line that somebody changed must not hide its file.
//
// Tested by tests/unit/decisions/verify_test.cc, tests/e2e/decision_log.sh.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

#include "webhook/decisions/files.h"
#include "webhook/decisions/verify.h"

namespace guard {

namespace {

constexpr size_t kBlock = size_t{1} << 20;

bool IsLogName(const std::filesystem::path& path) {
  std::string name = path.string();
  if (name.ends_with(".lock")) return false;
  return name.ends_with(".jsonl") || SplitRotatedName(name).second != 0 || Exists(name + ".lock");
}

Result<void> FindBelow(const std::string& folder, std::vector<std::string>* found) {
  namespace fs = std::filesystem;
  std::error_code problem;
  fs::recursive_directory_iterator at(folder, problem), end;
  while (!problem && at != end) {
    std::error_code ignored;
    if (at->is_regular_file(ignored) && IsLogName(at->path())) found->push_back(at->path().string());
    at.increment(problem);
  }
  if (problem) return Fail(SystemError("list the folder", folder, problem.value()));
  return {};
}

}  // namespace

Result<std::vector<LogFiles>> FindLogs(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
      TRY_VOID(FindBelow(path, &found));
    else if (Exists(path))
      found.push_back(path);
    else
      return Fail(SystemError("read the decision log", path, ENOENT));
  }
  // The log's own name comes behind all rotated ones.
  std::map<std::string, std::vector<std::pair<uint64_t, std::string>>> logs;
  for (const std::string& path : found) {
    auto [log, seq] = SplitRotatedName(path);
    logs[log].emplace_back(seq ? seq : UINT64_MAX, path);
  }
  std::vector<LogFiles> result;
  for (auto& [name, files] : logs) {
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    LogFiles log{name, {}};
    for (auto& [seq, path] : files) log.paths.push_back(std::move(path));
    result.push_back(std::move(log));
  }
  return result;
}

Result<LogSummary> VerifyLog(const LogFiles& log, const std::string& head) {
  LogVerifier verifier(head);
  std::string block(kBlock, '\0');
  for (const std::string& path : log.paths) {
    OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.fd() < 0) return Fail(SystemError("read the decision log", path, errno));
    (void)posix_fadvise(file.fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
    verifier.BeginFile(path);
    while (true) {
      ssize_t size = read(file.fd(), block.data(), block.size());
      if (size == 0) break;
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return Fail(SystemError("read the decision log", path, errno));
      verifier.Feed(std::string_view(block).substr(0, static_cast<size_t>(size)));
    }
    verifier.EndFile();
  }
  return verifier.Finish();
}

}  // namespace guard

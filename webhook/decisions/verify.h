// Reads a decision log again and tells whether anybody has changed it since it was written.
//
// What the chain cannot show by itself: lines taken off the very end, and a last line rewritten. Whoever
// keeps the head of a log somewhere else (LogSummary::head, DecisionLogStatus::head) can have it looked for.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard {

enum class LogIssue : uint8_t {
  kChanged,     // a line is not what it was
  kMissing,     // records are not there
  kReordered,   // a record stands in another place
  kDuplicated,  // a record stands there twice
  kTruncated,   // a file or the log ends where no writer ends it
};
std::string_view ToString(LogIssue issue);

struct LogFinding {
  std::string file;
  uint64_t line = 0;
  LogIssue issue = LogIssue::kChanged;
  std::string message;
};

struct LogBreak {
  std::string file;
  uint64_t line = 0;
  std::string time, reason;
  uint64_t debris = 0;  // bytes that are no record
};

// Of both lists only the first are kept; the counts are complete.
inline constexpr size_t kMostLogFindings = 1000;

struct LogSummary {
  std::vector<std::string> files;
  uint64_t bytes = 0, lines = 0, records = 0, decisions = 0;
  std::array<uint64_t, 5> verdicts{};    // as kLogVerdicts, then others
  uint64_t first_seq = 0, last_seq = 0;  // 0: there is no record
  std::string first_time, last_time;     // of records
  std::string head;                      // SHA-256 of the last record
  bool closed = false;                   // the last record is a close record
  uint64_t break_count = 0, finding_count = 0;
  std::vector<LogBreak> breaks;
  std::vector<LogFinding> findings;  // by place
};
inline constexpr std::array<std::string_view, 4> kLogVerdicts = {"allow", "warn", "deny", "steer"};

// Streaming: the files of one log in their order, each in pieces of any size. Memory stays flat.
class LogVerifier {
 public:
  // `head`: the SHA-256 of a record that has to be there; empty: none.
  explicit LogVerifier(std::string head = {});
  ~LogVerifier();

  void BeginFile(std::string name);
  void Feed(std::string_view bytes);
  void EndFile();
  LogSummary Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The files that make up one log, in their order.
struct LogFiles {
  std::string name;  // the path of its newest file, which may not exist
  std::vector<std::string> paths;
};
// What is to be verified: of a folder everything below it that is called like a log (NAME.jsonl, what a lock
// lies beside, and rotated files); of a file just this one. Files of one log are taken together.
Result<std::vector<LogFiles>> FindLogs(const std::vector<std::string>& paths);
Result<LogSummary> VerifyLog(const LogFiles& log, const std::string& head = {});

}  // namespace guard

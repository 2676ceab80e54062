// One line of the log: what makes it a record, and how records name the one before them. The log and its
// verifier share this, so that they never disagree about which bytes are a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/base/arena.h"
#include "policies/document/json.h"

namespace guard {

// The `prev` of the first record ever.
inline constexpr std::string_view kNoRecord =
    "0000000000000000000000000000000000000000000000000000000000000000";

// Bytes behind a record that are no record; every break record that follows some accounts for them.
struct LogDebris {
  uint64_t bytes = 0;
  std::string sha256;
  bool operator==(const LogDebris&) const = default;
};

// Views the line, or the reader that read it, until that reads the next one.
struct LogLine {
  uint64_t seq = 0;
  std::string_view prev;
  std::string_view type;
  std::string_view time;
  std::string_view verdict;  // of a decision
  std::string_view reason;   // of a break
  std::optional<LogDebris> debris;
};

class LogLineReader {
 public:
  // A line without its line break; nothing when it is no record: not one JSON object with "seq" (first),
  // "prev" and "type" as the log writes them.
  std::optional<LogLine> Read(std::string_view line);

 private:
  JsonReader json_;
  Arena arena_;
};

// {"seq":N,"prev":"...", and then the fields.
void AppendLogLine(std::string* out, uint64_t seq, std::string_view prev, std::string_view fields);

}  // namespace guard

// One decision as the log writes it: names and verdicts only, so that no secret of an object can reach a log.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace guard {

// What a guardrail had to say.
struct RecordedGuardrail {
  std::string_view name;
  std::string_view action;  // "deny", "warn", ...
  uint32_t findings = 0;
  uint32_t exempted = 0;
};

// A view: whoever appends it owns the text, which is not needed any more once the call returns.
struct DecisionRecord {
  std::chrono::system_clock::time_point time;
  std::chrono::microseconds evaluation{};  // how long judging took
  std::string_view uid;
  std::string_view profile;
  std::string_view route;
  std::string_view operation;
  std::string_view group, version, resource, subresource;
  std::string_view kind;
  std::string_view namespace_name, name;
  std::string_view user;
  bool dry_run = false;
  std::string_view verdict;  // "allow", "warn", "deny", "steer"
  std::span<const RecordedGuardrail> guardrails;
  std::span<const std::string> exemptions;
  std::string_view policy_set;
  std::string_view error;
};

// Longer texts are cut (and end in U+FFFD), and so are the names in lists; of longer lists "leftOut" counts
// what is not there. So a line stays below kLongestRecord whatever a request says.
inline constexpr size_t kLongestRecordedText = 1024;
inline constexpr size_t kLongestRecordedName = 256;
inline constexpr size_t kMostRecordedRows = 256;
inline constexpr size_t kLongestRecord = size_t{2} << 20;

// Appends the record's fields as JSON, beginning with "time" and without the brackets around them. What is
// empty is left out; bytes that are no UTF-8 become U+FFFD.
void AppendRecordFields(std::string* out, const DecisionRecord& record);

// The pieces, for the log's records about itself.
void AppendRecordedText(std::string* out, std::string_view text, size_t longest = kLongestRecordedText);
void AppendRecordedTime(std::string* out, std::chrono::system_clock::time_point time);

}  // namespace guard

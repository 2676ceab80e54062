// What tests of the decision log share: a record, a chain of lines, a clock that stands.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "policies/base/sha256.h"
#include "webhook/decisions/line.h"
#include "webhook/decisions/log.h"
#include "webhook/decisions/record.h"
#include "webhook/decisions/verify.h"

namespace guard::test {

inline const std::chrono::system_clock::time_point kNow{std::chrono::seconds{1'800'000'000}};

inline DecisionRecord Deny(std::string_view uid = "u1") {
  static constexpr RecordedGuardrail kRows[] = {{"no-privileged", "deny", 1, 0}};
  DecisionRecord record;
  record.time = kNow;
  record.uid = uid;
  record.profile = "ci";
  record.verdict = "deny";
  record.guardrails = kRows;
  return record;
}

inline DecisionLogOptions Options(std::string path) {
  DecisionLogOptions options;
  options.path = std::move(path);
  options.clock = [] { return kNow; };
  return options;
}

// Lines with seq `first` and on, without line breaks.
inline std::vector<std::string> Chain(size_t count, uint64_t first = 1,
                                      std::string prev = std::string(kNoRecord)) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < count; ++i) {
    std::string line;
    AppendLogLine(&line, first + i, prev,
                  "\"time\":\"2027-01-15T08:00:00Z\",\"type\":\"decision\",\"verdict\":\"allow\",\"n\":" +
                      std::to_string(i));
    prev = Sha256Hex(line);
    lines.push_back(std::move(line));
  }
  return lines;
}

inline std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

// The files of one log, called 0, 1, ...
inline LogSummary Verify(const std::vector<std::string>& files, const std::string& head = {},
                         size_t piece = 0) {
  LogVerifier verifier(head);
  for (size_t i = 0; i < files.size(); ++i) {
    verifier.BeginFile(std::to_string(i));
    std::string_view text = files[i];
    for (; piece && text.size() > piece; text.remove_prefix(piece)) verifier.Feed(text.substr(0, piece));
    verifier.Feed(text);
    verifier.EndFile();
  }
  return verifier.Finish();
}

// "file:line issue" of every finding.
inline std::vector<std::string> Told(const LogSummary& summary) {
  std::vector<std::string> told;
  for (const LogFinding& finding : summary.findings)
    told.push_back(finding.file + ":" + std::to_string(finding.line) + " " +
                   std::string(ToString(finding.issue)));
  return told;
}

}  // namespace guard::test

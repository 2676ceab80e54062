// Follows the chain. Where it does not hold, a few things are kept so that one change makes one finding that
// names the line: which records came last, which are missing so far, and which came too early.
//
// Tested by tests/unit/decisions/verify_test.cc, tests/fuzz/decision_log_fuzz.cc.
#include "webhook/decisions/verify.h"

#include <algorithm>
#include <optional>

#include "policies/base/sha256.h"
#include "webhook/decisions/line.h"
#include "webhook/decisions/record.h"

namespace guard {

namespace {

constexpr size_t kRemembered = 1024;  // records that a duplicate is compared with
constexpr size_t kMostGaps = 64;

struct LinePlace {
  uint32_t file = 0;
  uint64_t line = 0;
};

struct Seen {
  uint64_t seq = 0;
  std::string hash;
  LinePlace place;
};

// Records that are missing so far: seq `from` to `to`.
struct Gap {
  uint64_t from = 0, to = 0;
  LinePlace place;  // of the record behind it
};

// Reasons go to a terminal, and a log may hold anything.
std::string Word(std::string_view text) {
  bool plain = !text.empty() && text.size() <= 32 &&
               text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
  return plain ? std::string(text) : "unknown";
}
std::string TimeWord(std::string_view text) {
  bool plain = text.size() <= 32 && text.find_first_not_of("0123456789-:.TZ") == std::string_view::npos;
  return plain ? std::string(text) : std::string();
}

}  // namespace

std::string_view ToString(LogIssue issue) {
  switch (issue) {
    case LogIssue::kChanged: return "changed";
    case LogIssue::kMissing: return "missing";
    case LogIssue::kReordered: return "reordered";
    case LogIssue::kDuplicated: return "duplicated";
    case LogIssue::kTruncated: return "truncated";
  }
  return "";
}

struct LogVerifier::State {
  LogSummary summary;
  std::string wanted_head;
  bool head_seen = false;

  LinePlace place;         // of the current line
  std::string carry;       // of a line that goes on in the next piece
  bool long_line = false;  // it is longer than any record, and its bytes went to the debris
  LogLineReader reader;
  Sha256 hash;

  std::optional<Seen> last;  // where the chain stands
  std::vector<Seen> ring = std::vector<Seen>(kRemembered);
  std::vector<Gap> gaps;
  std::optional<Seen> before_jump;  // where the chain stood before `last` jumped ahead
  std::vector<Seen> early;          // records that came before their turn

  uint64_t debris_lines = 0, debris_bytes = 0;
  Sha256 debris_hash;
  LinePlace debris_place;
  bool debris_open = false;  // its last line has no line break

  std::vector<std::pair<LinePlace, LogFinding>> findings;

  void Report(LinePlace at, LogIssue issue, std::string message) {
    summary.finding_count += 1;
    if (findings.size() < kMostLogFindings)
      findings.push_back({at, {summary.files[at.file], at.line, issue, std::move(message)}});
  }
  std::string Name(LinePlace at) const { return summary.files[at.file] + ":" + std::to_string(at.line); }

  void ReportGap(const Gap& gap) {
    Report(gap.place, LogIssue::kMissing,
           gap.from == gap.to
               ? "record " + std::to_string(gap.from) + " is missing before this line"
               : std::to_string(gap.to - gap.from + 1) + " records (" + std::to_string(gap.from) + " to " +
                     std::to_string(gap.to) + ") are missing before this line");
  }

  void Line(std::string_view line);
  void AddDebris(std::string_view bytes, bool begins_line);
  uint64_t SettleDebris(const LogLine* record);
  void Record(const LogLine& line, std::string_view bytes);
  void Count(const LogLine& line);
  void Follow(const LogLine& line, Seen seen, uint64_t changed_lines);
  void FollowJump(Seen seen);
  bool CameEarly(const LogLine& line);
  void OutOfOrder(const Seen& seen);
  void Advance(Seen seen) {
    ring[seen.seq % kRemembered] = seen;
    last = std::move(seen);
  }
};

void LogVerifier::State::Line(std::string_view bytes) {
  summary.lines += 1;
  if (auto line = reader.Read(bytes))
    Record(*line, bytes);
  else
    AddDebris(bytes, true);
}

void LogVerifier::State::AddDebris(std::string_view bytes, bool begins_line) {
  if (debris_lines == 0) debris_place = place;
  if (begins_line && debris_lines++ > 0) debris_hash.Update("\n"), debris_bytes += 1;
  debris_hash.Update(bytes);
  debris_bytes += bytes.size();
}

// What is behind the last record has to be what the break record before us says. Gives the number of lines
// that nothing accounts for: records that were changed, most likely.
uint64_t LogVerifier::State::SettleDebris(const LogLine* record) {
  bool is_break = record && record->type == "break";
  const LogDebris* told = is_break && record->debris ? &*record->debris : nullptr;
  uint64_t lines = std::exchange(debris_lines, 0);
  uint64_t bytes = std::exchange(debris_bytes, 0);
  bool open = std::exchange(debris_open, false);
  if (lines == 0) {
    if (told)
      Report(place, LogIssue::kMissing,
             "this break record tells of " + std::to_string(told->bytes) +
                 " bytes before it that are not there");
    return 0;
  }
  LogDebris found{bytes, debris_hash.Hex()};
  if (told && *told == found) return 0;
  if (!record || open) {
    Report(debris_place, LogIssue::kTruncated,
           "a line that is cut short (" + std::to_string(bytes) + " bytes), and no break record after it");
  } else if (told) {
    Report(debris_place, LogIssue::kChanged,
           "the bytes here are not those that the break record in " + Name(place) + " tells of");
  } else {
    Report(debris_place, LogIssue::kChanged,
           lines == 1 ? "this line is no record, and no break record accounts for it"
                      : std::to_string(lines) +
                            " lines from here on are no records, and no break record accounts "
                            "for them");
  }
  return lines;
}

void LogVerifier::State::Record(const LogLine& line, std::string_view bytes) {
  uint64_t changed_lines = SettleDebris(&line);
  hash.Update(bytes);
  Seen seen{line.seq, hash.Hex(), place};
  if (seen.hash == wanted_head) head_seen = true;
  Count(line);
  Follow(line, std::move(seen), changed_lines);
}

void LogVerifier::State::Count(const LogLine& line) {
  summary.records += 1;
  if (summary.records == 1) {
    summary.first_seq = line.seq;
    summary.first_time = TimeWord(line.time);
  }
  summary.last_time = TimeWord(line.time);
  summary.closed = line.type == "close";
  if (line.type == "decision") {
    summary.decisions += 1;
    auto at = std::find(kLogVerdicts.begin(), kLogVerdicts.end(), line.verdict);
    summary.verdicts[static_cast<size_t>(at - kLogVerdicts.begin())] += 1;
  } else if (line.type == "break") {
    summary.break_count += 1;
    if (summary.breaks.size() < kMostLogFindings)
      summary.breaks.push_back({summary.files[place.file], place.line, TimeWord(line.time), Word(line.reason),
                                line.debris ? line.debris->bytes : 0});
  }
}

void LogVerifier::State::Follow(const LogLine& line, Seen seen, uint64_t changed_lines) {
  if (!last) {
    bool first_ever = line.prev == kNoRecord;
    if (first_ever != (seen.seq == 1))
      Report(place, LogIssue::kChanged,
             first_ever
                 ? "this record says that it is the first ever, and its seq is " + std::to_string(seen.seq)
                 : "this record has seq 1, and names a record before it");
    Advance(std::move(seen));
    return;
  }
  if (seen.seq == 1 && line.prev == kNoRecord) {
    Report(place, LogIssue::kReordered, "another log begins here");
    for (const Gap& gap : std::exchange(gaps, {})) ReportGap(gap);
    ring.assign(kRemembered, {});
    Advance(std::move(seen));
    return;
  }
  std::optional<Seen> jump = std::exchange(before_jump, std::nullopt);
  if (line.prev == last->hash) {
    if (seen.seq != last->seq + 1) {
      Report(place, LogIssue::kChanged,
             "seq is " + std::to_string(seen.seq) + " where " + std::to_string(last->seq + 1) + " follows");
      seen.seq = last->seq + 1;
    }
    Advance(std::move(seen));
  } else if (seen.seq == last->seq + 1) {
    Report(last->place, LogIssue::kChanged,
           "record " + std::to_string(last->seq) + " here is not the one that record " +
               std::to_string(seen.seq) + " in " + Name(place) + " names as the one before it");
    Advance(std::move(seen));
  } else if (seen.seq > last->seq) {
    if (seen.seq - last->seq - 1 <= changed_lines)
      Advance(std::move(seen));  // the changed lines are those that this one follows
    else if (CameEarly(line))
      Advance(std::move(seen));
    else
      FollowJump(std::move(seen));
  } else if (jump && line.prev == jump->hash && seen.seq == jump->seq + 1) {
    // The chain goes on as if the record before were not there: it is that one which came too early.
    Report(last->place, LogIssue::kReordered,
           "record " + std::to_string(last->seq) + " stands before record " + std::to_string(seen.seq));
    if (early.size() < kMostGaps) early.push_back(*last);
    gaps.pop_back();
    Advance(std::move(seen));
  } else {
    OutOfOrder(seen);
  }
}

// Whether the one record that is missing before this one has been met already.
bool LogVerifier::State::CameEarly(const LogLine& line) {
  auto met =
      std::find_if(early.begin(), early.end(), [&](const Seen& seen) { return seen.hash == line.prev; });
  if (met == early.end() || met->seq != last->seq + 1 || line.seq != met->seq + 1) return false;
  early.erase(met);
  return true;
}

void LogVerifier::State::FollowJump(Seen seen) {
  gaps.push_back({last->seq + 1, seen.seq - 1, place});
  if (gaps.size() > kMostGaps) {
    ReportGap(gaps.front());
    gaps.erase(gaps.begin());
  }
  before_jump = std::move(last);
  Advance(std::move(seen));
}

// A record behind one that comes later in the chain; the chain stays where it is.
void LogVerifier::State::OutOfOrder(const Seen& seen) {
  const Seen& same = ring[seen.seq % kRemembered];
  if (same.seq == seen.seq) {
    Report(place, LogIssue::kDuplicated,
           same.hash == seen.hash ? "the same line as " + Name(same.place)
                                  : "another record with seq " + std::to_string(seen.seq) + ", which is " +
                                        Name(same.place) + " already");
    return;
  }
  Report(place, LogIssue::kReordered,
         "record " + std::to_string(seen.seq) + " stands behind record " + std::to_string(last->seq));
  for (size_t i = 0; i < gaps.size(); ++i) {
    Gap& gap = gaps[i];
    if (seen.seq < gap.from || seen.seq > gap.to) continue;
    Gap rest{seen.seq + 1, gap.to, gap.place};
    gap.to = seen.seq - 1;
    if (rest.from <= rest.to && gaps.size() < kMostGaps) gaps.insert(gaps.begin() + i + 1, rest);
    if (gaps[i].from > gaps[i].to) gaps.erase(gaps.begin() + i);
    break;
  }
}

LogVerifier::LogVerifier(std::string head) : state_(std::make_unique<State>()) {
  state_->wanted_head = std::move(head);
}
LogVerifier::~LogVerifier() = default;

void LogVerifier::BeginFile(std::string name) {
  state_->place = {static_cast<uint32_t>(state_->summary.files.size()), 0};
  state_->summary.files.push_back(std::move(name));
}

void LogVerifier::Feed(std::string_view bytes) {
  State& state = *state_;
  state.summary.bytes += bytes.size();
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    bool whole = end != std::string_view::npos;
    std::string_view piece = bytes.substr(0, end);
    bytes.remove_prefix(whole ? end + 1 : bytes.size());
    if (state.carry.empty() && !state.long_line) state.place.line += 1;
    if (!state.long_line && state.carry.size() + piece.size() > kLongestRecord) {
      state.long_line = true;
      state.summary.lines += 1;
      state.AddDebris(std::exchange(state.carry, {}), true);
    }
    if (state.long_line) {
      state.AddDebris(piece, false);
      if (whole) state.long_line = false;
    } else if (!whole) {
      state.carry += piece;
    } else if (state.carry.empty()) {
      state.Line(piece);
    } else {
      state.carry += piece;
      state.Line(state.carry);
      state.carry.clear();
    }
  }
}

void LogVerifier::EndFile() {
  State& state = *state_;
  if (state.carry.empty() && !state.long_line) return;
  uint64_t records = state.summary.records;
  if (!state.carry.empty()) state.Line(std::exchange(state.carry, {}));
  state.long_line = false;
  if (state.summary.records != records)
    state.Report(state.place, LogIssue::kTruncated, "the file ends without a line break");
  else
    state.debris_open = true;
}

LogSummary LogVerifier::Finish() {
  State& state = *state_;
  if (state.debris_lines > 0) state.SettleDebris(nullptr);
  for (const Gap& gap : state.gaps) state.ReportGap(gap);
  LogSummary& summary = state.summary;
  if (state.last) summary.last_seq = state.last->seq, summary.head = state.last->hash;
  if (summary.files.empty()) summary.files.emplace_back();
  if (summary.records == 0) state.Report({0, 1}, LogIssue::kTruncated, "the log holds no record");
  if (!state.wanted_head.empty() && !state.head_seen)
    state.Report({static_cast<uint32_t>(summary.files.size() - 1), std::max<uint64_t>(state.place.line, 1)},
                 LogIssue::kMissing,
                 "no record has the SHA-256 " + state.wanted_head + " that was asked for");
  std::stable_sort(state.findings.begin(), state.findings.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.file, a.first.line) < std::pair(b.first.file, b.first.line);
  });
  for (auto& [place, finding] : state.findings) summary.findings.push_back(std::move(finding));
  return std::move(summary);
}

}  // namespace guard

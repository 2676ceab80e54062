// Reading and writing what every line of the log has. Tested by tests/unit/decisions/record_test.cc.
#include "webhook/decisions/line.h"

#include <charconv>

#include "policies/base/utf8.h"
#include "webhook/decisions/record.h"

namespace guard {

namespace {

constexpr std::string_view kBegin = "{\"seq\":";

bool IsDigest(std::string_view text) {
  if (text.size() != kNoRecord.size()) return false;
  bool hex = true;
  for (char c : text) hex &= (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');  // without branches
  return hex;
}

std::optional<LogDebris> ReadDebris(const Node& root) {
  const Node* debris = root.Find("debris");
  const Node* bytes = debris ? debris->Find("bytes") : nullptr;
  if (!bytes || bytes->kind != NodeKind::kInt || bytes->integer < 0) return std::nullopt;
  return LogDebris{static_cast<uint64_t>(bytes->integer), std::string(debris->FindString("sha256"))};
}

}  // namespace

std::optional<LogLine> LogLineReader::Read(std::string_view line) {
  if (!line.starts_with(kBegin) || line.size() > kLongestRecord) return std::nullopt;
  arena_.Reset();
  Result<Node> root = json_.ReadValues(line, arena_);
  if (!root || !root->is_map()) return std::nullopt;
  const Node& seq = root->map().front().value;
  if (seq.kind != NodeKind::kInt || seq.integer < 1) return std::nullopt;
  LogLine read;
  read.seq = static_cast<uint64_t>(seq.integer);
  read.prev = root->FindString("prev");
  read.type = root->FindString("type");
  if (!IsDigest(read.prev) || read.type.empty()) return std::nullopt;
  read.time = root->FindString("time");
  read.verdict = root->FindString("verdict");
  read.reason = root->FindString("reason");
  read.debris = ReadDebris(*root);
  return read;
}

void AppendLogLine(std::string* out, uint64_t seq, std::string_view prev, std::string_view fields) {
  char digits[24];
  out->append(kBegin);
  out->append(digits, std::to_chars(digits, digits + sizeof digits, seq).ptr);
  out->append(",\"prev\":\"").append(prev).append("\",").append(fields).push_back('}');
}

}  // namespace guard

// Any bytes as the end of a decision log: what the log would write behind them always verifies, whatever they
// are, unless they hold records of their own that do not fit.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policies/base/sha256.h"
#include "webhook/decisions/line.h"
#include "webhook/decisions/tail.h"
#include "webhook/decisions/verify.h"

namespace {

using namespace guard;

void Check(bool holds) {
  if (!holds) std::abort();
}

LogSummary Verify(std::string_view text, size_t piece) {
  LogVerifier verifier;
  verifier.BeginFile("fuzz");
  for (; text.size() > piece; text.remove_prefix(piece)) verifier.Feed(text.substr(0, piece));
  verifier.Feed(text);
  verifier.EndFile();
  return verifier.Finish();
}

bool HoldsRecords(std::string_view text) {
  LogLineReader reader;
  while (true) {
    size_t end = text.find('\n');
    if (reader.Read(text.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 1 << 16) return 0;
  size_t piece = size_t{data[0]} + 1;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);

  // As a whole log.
  LogSummary at_once = Verify(input, input.size() + 1), in_pieces = Verify(input, piece);
  Check(at_once.finding_count == in_pieces.finding_count && at_once.head == in_pieces.head &&
        at_once.records == in_pieces.records && at_once.lines == in_pieces.lines);
  Check(at_once.findings.size() == std::min<uint64_t>(at_once.finding_count, kMostLogFindings));

  // Behind a good record.
  std::string text;
  AppendLogLine(&text, 1, kNoRecord, "\"type\":\"start\"");
  std::string first_hash = Sha256Hex(text);
  text.append("\n").append(input);
  ReadAt read = [&](uint64_t offset, char* bytes, size_t count) -> Result<void> {
    Check(offset + count <= text.size());
    text.copy(bytes, count, offset);
    return {};
  };
  Result<LogTail> tail = ReadLogTail(read, text.size());
  Check(tail && tail->seq >= 1);
  std::string fields = "\"type\":\"break\",\"reason\":\"torn\"";
  if (tail->debris)
    fields += ",\"debris\":{\"bytes\":" + std::to_string(tail->debris->bytes) + ",\"sha256\":\"" +
              tail->debris->sha256 + "\"}";
  if (tail->line_open) text += '\n';
  AppendLogLine(&text, tail->seq + 1, tail->sha256, fields);
  text += '\n';
  LogSummary summary = Verify(text, piece);
  Check(summary.head ==
            Sha256Hex(std::string_view(text).substr(text.rfind('\n', text.size() - 2) + 1,
                                                    text.size() - 2 - text.rfind('\n', text.size() - 2))) ||
        summary.finding_count > 0);
  if (HoldsRecords(input)) return 0;
  Check(tail->seq == 1 && tail->sha256 == first_hash);
  Check(summary.finding_count == 0 && summary.records == 2);
  return 0;
}

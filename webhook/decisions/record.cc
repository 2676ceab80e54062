// Decisions as JSON, written by hand: it is on the path of every answer, and a tree of values costs ten times
// as much. Tested by tests/unit/decisions/record_test.cc.
#include "webhook/decisions/record.h"

#include <array>
#include <charconv>

#include "policies/base/utf8.h"

namespace guard {

namespace {

// What stands in a JSON string as it is. Bytes above 0x7F are looked at one sequence at a time.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\' && c != 0x7F;
  return plain;
}();

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void AppendNumber(std::string* out, int64_t number) {
  char digits[24];
  out->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void WriteDigits(char* at, unsigned number, unsigned digits) {
  for (unsigned i = digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

void AppendEscaped(std::string* out, unsigned char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out->push_back('\\');
    out->push_back(static_cast<char>(c));
    return;
  }
  out->append("\\u00");
  out->push_back(kDigits[c >> 4]);
  out->push_back(kDigits[c & 15]);
}

// Bytes of the code point that `text` begins with, 0 when it begins with none.
size_t SequenceSize(std::string_view text) {
  unsigned char c = static_cast<unsigned char>(text[0]);
  size_t size = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  if (c < 0xC2 || size > text.size()) return 0;
  return FindInvalidUtf8(text.substr(0, size)) == std::string_view::npos ? size : 0;
}

// `key` with its punctuation, then the text; or nothing where there is no text.
void AppendField(std::string* out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out->append(key);
  AppendRecordedText(out, text);
}

void AppendGuardrails(std::string* out, std::span<const RecordedGuardrail> guardrails) {
  if (guardrails.empty()) return;
  out->append(",\"guardrails\":[");
  for (size_t i = 0; i < guardrails.size() && i < kMostRecordedRows; ++i) {
    const RecordedGuardrail& row = guardrails[i];
    out->append(i ? ",{\"name\":" : "{\"name\":");
    AppendRecordedText(out, row.name, kLongestRecordedName);
    out->append(",\"action\":");
    AppendRecordedText(out, row.action, kLongestRecordedName);
    out->append(",\"findings\":");
    AppendNumber(out, row.findings);
    if (row.exempted) {
      out->append(",\"exempted\":");
      AppendNumber(out, row.exempted);
    }
    out->push_back('}');
  }
  out->push_back(']');
}

void AppendExemptions(std::string* out, std::span<const std::string> exemptions) {
  if (exemptions.empty()) return;
  out->append(",\"exemptions\":[");
  for (size_t i = 0; i < exemptions.size() && i < kMostRecordedRows; ++i) {
    if (i) out->push_back(',');
    AppendRecordedText(out, exemptions[i], kLongestRecordedName);
  }
  out->push_back(']');
}

}  // namespace

void AppendRecordedText(std::string* out, std::string_view text, size_t longest) {
  bool cut = text.size() > longest;
  if (cut) text = text.substr(0, longest);
  out->push_back('"');
  size_t plain = 0;
  for (size_t at = 0; at < text.size();) {
    unsigned char c = static_cast<unsigned char>(text[at]);
    if (kPlain[c]) {
      ++at;
      continue;
    }
    size_t size = c < 0x80 ? 1 : SequenceSize(text.substr(at));
    if (size > 1) {
      at += size;
      continue;
    }
    out->append(text, plain, at - plain);
    if (c < 0x80)
      AppendEscaped(out, c);
    else if (!cut || at + 4 <= text.size())  // the cut's own mark stands for a sequence that it cut
      out->append(kReplacement);
    plain = ++at;
  }
  out->append(text, plain);
  if (cut) out->append(kReplacement);
  out->push_back('"');
}

void AppendRecordedTime(std::string* out, std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  auto day = floor<days>(time);
  year_month_day date(day);
  auto since = floor<microseconds>(time - day);
  auto seconds = static_cast<unsigned>(since / 1s);
  auto micros = static_cast<unsigned>((since % 1s).count());
  char text[32] = "\"0000-00-00T00:00:00.000000Z\"";
  WriteDigits(text + 1, static_cast<unsigned>(static_cast<int>(date.year())) % 10000, 4);
  WriteDigits(text + 6, static_cast<unsigned>(date.month()), 2);
  WriteDigits(text + 9, static_cast<unsigned>(date.day()), 2);
  WriteDigits(text + 12, seconds / 3600, 2);
  WriteDigits(text + 15, seconds / 60 % 60, 2);
  WriteDigits(text + 18, seconds % 60, 2);
  WriteDigits(text + 21, micros, 6);
  out->append(text);
}

void AppendRecordFields(std::string* out, const DecisionRecord& record) {
  out->append("\"time\":");
  AppendRecordedTime(out, record.time);
  out->append(",\"type\":\"decision\"");
  AppendField(out, R"(,"uid":)", record.uid);
  AppendField(out, R"(,"profile":)", record.profile);
  AppendField(out, R"(,"route":)", record.route);
  AppendField(out, R"(,"operation":)", record.operation);
  AppendField(out, R"(,"group":)", record.group);
  AppendField(out, R"(,"version":)", record.version);
  AppendField(out, R"(,"resource":)", record.resource);
  AppendField(out, R"(,"subresource":)", record.subresource);
  AppendField(out, R"(,"kind":)", record.kind);
  AppendField(out, R"(,"namespace":)", record.namespace_name);
  AppendField(out, R"(,"name":)", record.name);
  AppendField(out, R"(,"user":)", record.user);
  if (record.dry_run) out->append(",\"dryRun\":true");
  AppendField(out, R"(,"verdict":)", record.verdict);
  AppendGuardrails(out, record.guardrails);
  AppendExemptions(out, record.exemptions);
  size_t rows = std::max(record.guardrails.size(), record.exemptions.size());
  if (rows > kMostRecordedRows) {
    out->append(",\"leftOut\":");
    AppendNumber(out, static_cast<int64_t>(rows - kMostRecordedRows));
  }
  AppendField(out, R"(,"policySet":)", record.policy_set);
  AppendField(out, R"(,"error":)", record.error);
  out->append(",\"micros\":");
  AppendNumber(out, record.evaluation.count());
}

}  // namespace guard

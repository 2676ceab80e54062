// Tested by tests/unit/base/error_test.cc.
#include "policies/base/error.h"

#include <algorithm>
#include <vector>

namespace guard {

namespace {

constexpr size_t kWidest = 120;  // source lines are cut to this many bytes around the caret

// The byte offset of the code point with this 0-based index.
size_t ByteOfColumn(std::string_view line, size_t index) {
  size_t at = 0;
  while (at < line.size() && index > 0) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;
    --index;
  }
  return at;
}

}  // namespace

std::string ToString(const Place& place) {
  std::string text = place.file;
  if (place.line == 0) return text;
  if (!text.empty()) text += ':';
  text += std::to_string(place.line);
  if (place.column != 0) text += ':' + std::to_string(place.column);
  return text;
}

std::string ToString(const Error& error) {
  std::string place = ToString(error.place);
  return place.empty() ? error.message : place + ": " + error.message;
}

std::string Render(const Error& error) {
  std::string text = ToString(error);
  if (!error.line_text.empty() && error.place.column != 0) {
    std::string_view line = error.line_text;
    size_t caret = error.place.column - 1;
    if (size_t byte = ByteOfColumn(line, caret); byte > kWidest * 2 / 3) {
      size_t skipped = caret - std::min<size_t>(caret, kWidest / 2);
      line.remove_prefix(ByteOfColumn(line, skipped));
      caret -= skipped;
    }
    line = line.substr(0, ByteOfColumn(line, kWidest));
    std::string number = std::to_string(error.place.line);
    std::string margin(number.size(), ' ');
    text += "\n" + number + " | ";
    for (char c : line) text += c == '\t' ? ' ' : c;
    uint32_t length = std::max<uint32_t>(1, std::min<uint32_t>(error.caret_length, kWidest));
    text += "\n" + margin + " | " + std::string(caret, ' ') + std::string(length, '^');
  }
  if (!error.hint.empty()) {
    text += "\n  hint: ";
    for (const char c : error.hint) text.append(c == '\n' ? "\n        " : std::string_view(&c, 1));
  }
  return text;
}

uint32_t EditDistance(std::string_view a, std::string_view b) {
  constexpr size_t kLongest = 64;  // names longer than this are never typos of one another
  if (a.size() > kLongest || b.size() > kLongest) return a == b ? 0 : kLongest;
  std::vector<uint32_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (uint32_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (uint32_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (uint32_t j = 1; j <= b.size(); ++j) {
      uint32_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

}  // namespace guard

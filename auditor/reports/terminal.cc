// Tested by tests/unit/reports/terminal_test.cc.
#include "auditor/reports/terminal.h"

#include <algorithm>
#include <iterator>

namespace guard {

namespace {

// Decodes one code point; advances `at` by at least one byte. Malformed input gives U+FFFD.
char32_t Decode(std::string_view text, size_t* at) {
  unsigned char lead = static_cast<unsigned char>(text[*at]);
  int length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || *at + static_cast<size_t>(length) > text.size()) return ++*at, 0xFFFD;
  char32_t code = length == 1 ? lead : lead & (0x7F >> length);
  for (int i = 1; i < length; ++i) {
    unsigned char next = static_cast<unsigned char>(text[*at + static_cast<size_t>(i)]);
    if ((next & 0xC0) != 0x80) return ++*at, 0xFFFD;
    code = code << 6 | (next & 0x3F);
  }
  *at += static_cast<size_t>(length);
  return code;
}

struct Range {
  char32_t first, last;
};

// Unicode's East Asian Width W and F and the emoji that terminals draw wide, in ranges coarse enough to read.
constexpr Range kWide[] = {{0x1100, 0x115F},  {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97F},
                           {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                           {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
                           {0x20000, 0x3FFFD}};
constexpr Range kZero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
                           {0x064B, 0x065F}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x200B, 0x200F},
                           {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

template <size_t n>
bool In(const Range (&ranges)[n], char32_t code) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](Range r) { return r.first <= code && code <= r.last; });
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t begin = at;
    char32_t code = Decode(text, &at);
    bool directional = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    if (code == '\t')
      out += ' ';
    else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xFFFD || directional)
      out += "\xEF\xBF\xBD";
    else
      out.append(text, begin, at - begin);
  }
  return out;
}

uint32_t DisplayWidth(std::string_view printable) {
  uint32_t width = 0;
  for (size_t at = 0; at < printable.size();) {
    char32_t code = Decode(printable, &at);
    width += In(kZero, code) ? 0 : In(kWide, code) ? 2 : 1;
  }
  return width;
}

std::string Wrap(std::string_view text, uint32_t indent, uint32_t width) {
  std::string out;
  uint32_t room = width > indent + 20 ? width - indent : 20, column = 0;
  while (!text.empty()) {
    size_t end = std::min(text.find_first_of(" \n"), text.size());
    std::string_view word = text.substr(0, end);
    bool line_ends = end < text.size() && text[end] == '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
    uint32_t needed = DisplayWidth(word);
    if (column != 0 && column + 1 + needed > room) {
      out += '\n' + std::string(indent, ' ');
      column = 0;
    }
    if (column != 0) out += ' ', ++column;
    out += word;
    column += needed;
    if (line_ends && !text.empty()) out += '\n' + std::string(indent, ' '), column = 0;
  }
  return out;
}

std::string Painter::operator()(Style style, std::string_view text) const {
  static constexpr std::string_view kCodes[] = {"",           "\x1b[1m",    "\x1b[2m",
                                                "\x1b[1;34m", "\x1b[32m",   "\x1b[1;31m",
                                                "\x1b[1;33m", "\x1b[1;35m", "\x1b[36m"};
  if (!on_ || style == Style::kPlain) return std::string(text);
  return std::string(kCodes[static_cast<size_t>(style)]) + std::string(text) + "\x1b[0m";
}

std::string Painter::Severe(Severity severity, std::string_view text) const {
  static constexpr Style kStyles[] = {Style::kCyan, Style::kBlue, Style::kYellow, Style::kRed,
                                      Style::kMagenta};
  return (*this)(kStyles[static_cast<size_t>(severity)], text);
}

}  // namespace guard

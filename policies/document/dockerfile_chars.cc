// Tested by tests/unit/document/dockerfile_words_test.cc.
#include "policies/document/dockerfile_chars.h"

#include <algorithm>
#include <iterator>

namespace guard {

namespace {

struct Range {
  uint32_t first, last;
};

// Beyond ASCII: spaces, punctuation, symbols, surrogates, private use and what is no Unicode.
constexpr Range kNoLetters[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},       {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x2C2, 0x2C5},   {0x2D2, 0x2DF},   {0x300, 0x36F},     {0x2000, 0x2070},
    {0x2072, 0x207E}, {0x2080, 0x208F}, {0x20A0, 0x2101}, {0x2190, 0x2BFF},   {0x2E00, 0x2E7F},
    {0x3000, 0x3004}, {0x3008, 0x3030}, {0xD800, 0xF8FF}, {0xFE00, 0xFE6F},   {0xFF00, 0xFF20},
    {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0xFFFFFFFF},
};

// Beyond ASCII: controls, spaces other than U+0020, format characters, surrogates, private use,
// non-characters.
constexpr Range kNoPrint[] = {
    {0x80, 0xA0},     {0xAD, 0xAD},       {0x600, 0x605},        {0x61C, 0x61C},   {0x6DD, 0x6DD},
    {0x70F, 0x70F},   {0x1680, 0x1680},   {0x180E, 0x180E},      {0x2000, 0x200F}, {0x2028, 0x202F},
    {0x205F, 0x206F}, {0x3000, 0x3000},   {0xD800, 0xF8FF},      {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF}, {0xE0000, 0xE00FF}, {0xE01F0, 0xFFFFFFFF},
};

template <size_t N>
bool In(const Range (&ranges)[N], uint32_t value) {
  const Range* found = std::lower_bound(std::begin(ranges), std::end(ranges), value,
                                        [](const Range& range, uint32_t v) { return range.last < v; });
  return found != std::end(ranges) && found->first <= value;
}

}  // namespace

CodePoint DecodeCodePoint(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  CodePoint invalid{0x110000u + first, 1};
  uint32_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < size) return invalid;
  uint32_t value = first & (0x7Fu >> size);
  for (uint32_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return invalid;
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return invalid;
  return {value, size};
}

bool IsUnicodeSpace(uint32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool IsUnicodeLetter(uint32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return !In(kNoLetters, c);
}

bool IsPrintable(uint32_t c) {
  if (c < 0x80) return c >= 0x20 && c != 0x7F;
  return !In(kNoPrint, c);
}

size_t LeadingSpace(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    CodePoint point = DecodeCodePoint(text, at);
    if (!IsUnicodeSpace(point.value)) break;
    at += point.size;
  }
  return at;
}

std::string_view TrimSpace(std::string_view text) {
  text.remove_prefix(LeadingSpace(text));
  while (!text.empty()) {
    size_t last = text.size() - 1;
    while (last > 0 && text.size() - last < 4 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
      --last;
    CodePoint point = DecodeCodePoint(text, last);
    if (point.size != text.size() - last || !IsUnicodeSpace(point.value)) break;
    text.remove_suffix(point.size);
  }
  return text;
}

}  // namespace guard

// Code points of UTF-8 text: CEL counts and indexes strings by them, never by bytes.
//
// Text is valid UTF-8 by the time it is a CEL string; should it not be, every function here still ends within
// the text: a byte that continues nothing belongs to the code point before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace guard::cel {

inline bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Where code point number `index` begins; the text's size for the one behind the last; npos beyond that.
inline size_t OffsetOf(std::string_view text, uint64_t index) {
  constexpr size_t kStride = 64;
  size_t at = 0;
  while (text.size() - at > kStride) {
    uint32_t begun = 0;
    for (size_t i = 0; i < kStride; ++i) begun += !Continues(text[at + i]);
    if (begun > index) break;
    index -= begun, at += kStride;
  }
  for (; at < text.size(); ++at) {
    if (Continues(text[at])) continue;
    if (index == 0) return at;
    --index;
  }
  return index == 0 ? at : std::string_view::npos;
}

// Bytes of the code point that begins at `at`, which is within the text.
inline size_t LengthAt(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && Continues(text[end])) ++end;
  return end - at;
}

constexpr uint32_t kReplacement = 0xFFFD;

// The code point that begins at `at`; moves `at` behind it. A byte that begins none is kReplacement.
inline uint32_t DecodeAt(std::string_view text, size_t& at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  uint32_t first = byte(at);
  size_t length = first < 0x80   ? 1
                  : first < 0xC2 ? 0
                  : first < 0xE0 ? 2
                  : first < 0xF0 ? 3
                  : first < 0xF5 ? 4
                                 : 0;
  if (length == 1) return ++at, first;
  if (length == 0 || text.size() - at < length) return ++at, kReplacement;
  uint32_t point = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!Continues(text[at + i])) return ++at, kReplacement;
    point = point << 6 | (byte(at + i) & 0x3Fu);
  }
  bool overlong = point < (length == 3 ? 0x800u : length == 4 ? 0x10000u : 0x80u);
  if (overlong || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return ++at, kReplacement;
  at += length;
  return point;
}

inline void AppendCodePoint(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

inline bool IsValidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    size_t begin = at;
    if (DecodeAt(text, at) == kReplacement && text.substr(begin, at - begin) != "\xEF\xBF\xBD") return false;
  }
  return true;
}

}  // namespace guard::cel

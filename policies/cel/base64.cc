// Tested by tests/unit/cel/lib_encoders_test.cc.
#include "policies/cel/base64.h"

#include <array>
#include <cstdint>

namespace guard::cel {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> kSextets = [] {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return table;
}();

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

}  // namespace

void EncodeBase64(std::string_view bytes, char* text) {
  for (size_t at = 0, to = 0; at < bytes.size(); at += 3, to += 4) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
    }
    for (size_t i = 0; i < 4; ++i) {
      text[to + i] = at + i <= bytes.size() ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
    }
  }
}

bool DecodeBase64(std::string_view text, char* bytes, size_t* size, size_t* bad) {
  size_t sextets = 0, at = 0;
  uint32_t group = 0;
  *size = 0;
  for (; at < text.size(); ++at) {
    if (IsLineEnd(text[at])) continue;
    int8_t sextet = kSextets[static_cast<unsigned char>(text[at])];
    if (sextet < 0) break;
    group = group << 6 | static_cast<uint32_t>(sextet);
    if (++sextets % 4 != 1) bytes[(*size)++] = static_cast<char>(group >> (6 - 2 * ((sextets - 1) % 4)));
  }
  size_t missing = (4 - sextets % 4) % 4;
  *bad = at;
  if (at < text.size()) {  // padding: all of it, and nothing behind it
    if (missing == 3) return false;
    for (size_t i = at; i < text.size(); ++i) {
      if (IsLineEnd(text[i])) continue;
      if (text[i] != '=' || missing == 0) return false;
      --missing;
    }
    return missing == 0;
  }
  if (missing == 3) return *bad = text.size() - 1, false;
  return true;
}

}  // namespace guard::cel

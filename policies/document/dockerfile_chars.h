// Code points as Go's programs see them, where Dockerfiles need it: what is white space, what is a letter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace guard {

struct CodePoint {
  uint32_t value = 0;
  uint32_t size = 1;  // in bytes
};

// The code point at an offset inside the text. A byte that is no UTF-8 is a code point of its own, above
// Unicode's.
CodePoint DecodeCodePoint(std::string_view text, size_t at);

bool IsUnicodeSpace(uint32_t code_point);
// ASCII letters exactly; beyond ASCII what is neither space, punctuation, symbol nor private use.
bool IsUnicodeLetter(uint32_t code_point);
// Whether Go's strconv.Quote writes it as it is.
bool IsPrintable(uint32_t code_point);

// How many bytes of white space the text begins with.
size_t LeadingSpace(std::string_view text);
std::string_view TrimSpace(std::string_view text);

}  // namespace guard

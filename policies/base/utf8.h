// UTF-8 as RFC 3629 defines it: where a text stops being it, counting and writing code points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace guard {

// The byte offset of the first sequence that is no UTF-8 (overlong, surrogate, above U+10FFFF, cut off, stray
// continuation), or npos.
size_t FindInvalidUtf8(std::string_view text);

// Code points in valid UTF-8 (in other text: bytes that are no continuation).
size_t CountCodePoints(std::string_view text);

// How many bytes the first `count` code points take; the whole text when it holds fewer.
size_t BytesOfCodePoints(std::string_view text, size_t count);

// Writes one code point at `out` (room for four bytes) and returns how many bytes it took.
size_t EncodeUtf8(uint32_t code_point, char* out);

}  // namespace guard

// The values of CEL literals: numbers, strings, bytes.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "policies/base/arena.h"
#include "policies/cel/ast.h"

namespace guard::cel {

// Digits (decimal, or hexadecimal behind 0x) to their number; nothing when 64 bits cannot hold it.
std::optional<uint64_t> ParseMagnitude(std::string_view digits);

// A floating-point literal; nothing when it is beyond the largest double. Too small becomes 0.
std::optional<double> ParseDouble(std::string_view text);

// What stands between the quotes, unescaped and copied into the arena. Line breaks become \n. `at` is the
// offset of `body` in the expression's text, for the spans of issues.
struct QuotedText {
  std::string_view body;
  uint32_t at = 0;
  bool raw = false;
  bool bytes = false;
};
std::string_view Unescape(const QuotedText& text, Arena& arena, std::vector<Issue>& issues);

}  // namespace guard::cel

// A document's own words in a message: cut and made printable, as they may be long, or escape sequences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace guard {

// At most `longest` bytes of the text (whole characters, "..." behind them), with control characters as \x1b.
std::string Printable(std::string_view text, size_t longest = 1000);

}  // namespace guard

// Where things of YAML begin and end in its text, as far as libyaml's marks do not say.
#pragma once

#include <cstdint>
#include <string_view>

namespace guard {

// Past white space, line breaks and comments.
uint32_t SkipYamlBlank(std::string_view text, uint32_t at);

// Past the anchor and tag of a value, and what is blank behind them. `non_specific` becomes true for a tag
// that is just "!".
uint32_t SkipYamlProperties(std::string_view text, uint32_t at, bool* non_specific = nullptr);

// The end of a block scalar: that of its last line that is not blank; `end` is libyaml's.
uint32_t EndOfBlockScalar(std::string_view text, uint32_t begin, uint32_t end);

}  // namespace guard

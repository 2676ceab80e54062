// Go's durations ("1m30s", "500ms", "1.5h"), which HEALTHCHECK takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace guard::builder {

// In nanoseconds; empty where the text is none, or too long for 64 bits.
std::optional<int64_t> ParseGoDuration(std::string_view text);

}  // namespace guard::builder

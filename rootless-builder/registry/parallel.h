// Some jobs side by side; the first that fails ends the others.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

#include "policies/base/error.h"

namespace guard::builder {

// Calls `job` with 0 .. count-1, at most `threads` at a time. Each gets a token that says when to give up.
// The error is that of the lowest number that failed by itself.
Result<void> SideBySide(size_t count, int threads, const std::stop_token& stop,
                        const std::function<Result<void>(size_t index, const std::stop_token& stop)>& job);

}  // namespace guard::builder

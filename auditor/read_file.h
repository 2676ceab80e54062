// Whole files into strings, with a bound, and without waiting for a pipe that nobody writes to.
#pragma once

#include <cstddef>
#include <string>

#include "policies/base/error.h"

namespace guard {

// The bytes of a file; an error with the path as its place when it cannot be read or is larger than `limit`.
Result<std::string> ReadWholeFile(const std::string& path, size_t limit);
// All of standard input.
Result<std::string> ReadStandardInput(size_t limit);

}  // namespace guard

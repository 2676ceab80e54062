// Runs helm or kubectl for `--render`: no shell, standard input empty, output bounded in size and time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policies/base/error.h"

namespace guard {

struct ProgramLimits {
  size_t output = size_t{64} << 20;
  std::chrono::seconds time{60};
};

// What the program wrote to standard output. An error when it is not there, ends with another status than 0
// (the message holds the last line it wrote to standard error), or exceeds a limit (then it is killed).
Result<std::string> RunProgram(const std::vector<std::string>& arguments, const ProgramLimits& limits = {});

}  // namespace guard

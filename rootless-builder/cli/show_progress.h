// Progress on standard error: BuildKit's plain lines, a terminal's moving ones, or nothing.
#pragma once

#include <memory>
#include <string>

#include "rootless-builder/build/progress.h"

namespace guard::builder {

// `style`: auto (tty on a terminal, else plain), plain, tty, quiet, rawjson. An error for another word.
Result<std::unique_ptr<BuildProgress>> MakeProgress(const std::string& style);

// "12.3s", "345ms"-like durations and sizes: "130.4MB".
std::string ShowSize(uint64_t bytes);

}  // namespace guard::builder

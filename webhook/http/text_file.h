// Small files, whole: configuration, certificates, keys.
#pragma once

#include <string>

#include "policies/base/error.h"

namespace guard {

// Refuses what is larger than `limit`, and what is no regular file.
Result<std::string> ReadTextFile(const std::string& path, size_t limit = size_t{4} << 20);

// Writes beside the path and renames, so that no reader sees half a file. `mode`: its permissions.
Result<void> WriteTextFile(const std::string& path, const std::string& text, unsigned mode = 0644);

}  // namespace guard

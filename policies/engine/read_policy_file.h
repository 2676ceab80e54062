// One file of a policy set from the disk: what folders of guardrails and of Kubernetes' policies share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "policies/base/error.h"

namespace guard {

// An error about the file or folder as a whole.
Error ErrorAt(const std::filesystem::path& path, std::string message, std::string hint = {});

// The text of the file; `what` it is not, when it has more than `largest` bytes ("guardrail").
Result<std::string> ReadPolicyFile(const std::filesystem::path& path, uintmax_t largest,
                                   const std::string& what);

}  // namespace guard

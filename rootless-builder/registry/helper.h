// docker-credential-NAME: programs that keep credentials (docker's credential helper protocol).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "rootless-builder/registry/credentials.h"

namespace guard::builder {

inline constexpr std::chrono::seconds kHelperTimeout{60};

// `get`: nothing where the helper says that it knows none. Run without a shell, from $PATH; its output is
// never repeated.
Result<std::optional<Credential>> AskHelper(const std::string& helper, const std::string& server,
                                            std::chrono::milliseconds timeout = kHelperTimeout);
// `store` and `erase`.
Result<void> TellHelper(const std::string& helper, const std::string& command, const std::string& text,
                        std::chrono::milliseconds timeout = kHelperTimeout);

}  // namespace guard::builder

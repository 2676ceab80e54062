// Command lines of build tools that rootless-builder has no stand-in for, as `docker` understands them.
#pragma once

#include <string>
#include <vector>

#include "policies/base/error.h"

namespace guard::steering {

// `buildctl [--addr ...] build --frontend dockerfile.v0 ...` and buildctl-daemonless.sh, as
// `docker buildx build`. Whatever has no counterpart is an error whose text goes on "container 'x' ...".
Result<std::vector<std::string>> TranslateBuildctl(const std::vector<std::string>& words);

// `img build`, `img push` and the like, as `docker`.
Result<std::vector<std::string>> TranslateImg(const std::vector<std::string>& words);

}  // namespace guard::steering

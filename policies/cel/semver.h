// Semantic versions (semver.org 2.0.0): reading and precedence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/base/error.h"

namespace guard::cel {

struct Semver {
  uint64_t major = 0, minor = 0, patch = 0;
  std::string_view prerelease;  // "alpha.1"; a view of what was read
  std::string_view build;       // has no part in precedence
};

// Views `text`.
Result<Semver> ParseSemver(std::string_view text);

// What Kubernetes calls normalising: a leading "v" goes, so do leading zeros, and a missing minor or patch
// version is 0.
Result<std::string> NormalizeSemver(std::string_view text);

int Compare(const Semver& a, const Semver& b);  // -1, 0, 1
std::string ToString(const Semver& version);

}  // namespace guard::cel

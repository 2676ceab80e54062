// What a set of guardrails must have besides being loadable: `guardctl policy lint`.
#pragma once

#include <vector>

#include "policies/engine/policy_set.h"

namespace guard {

// Everything that is missing or not written as the others are, each at its place.
std::vector<Error> LintPolicies(const PolicySet& set);

}  // namespace guard

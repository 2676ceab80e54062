// A guardrail's examples are its tests: `guardctl policy test`.
#pragma once

#include <vector>

#include "policies/engine/policy_set.h"

namespace guard {

// Every example that does not come out as it should, at its place in the guardrail's file: a bad one without
// a finding, a good one with one, one that cannot be evaluated, a fix that does not help. Examples are judged
// one by one.
std::vector<Error> RunExamples(const PolicySet& set, const Guardrail& guardrail);

}  // namespace guard

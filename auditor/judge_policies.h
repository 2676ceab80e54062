// Kubernetes' own policies about an object of a file: as if it were created now.
#pragma once

#include <vector>

#include "policies/engine/evaluate.h"
#include "policies/engine/vap.h"

namespace guard {

// Appends what the policies have against a resource, each message once for a rule.
void JudgePolicies(const Subject& resource, AdmissionPolicyJudge& judge, std::vector<Finding>* findings);

}  // namespace guard

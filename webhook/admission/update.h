// Which updates are judged anew, and which only must not get worse: a controller that removes a finalizer
// from a pod that was admitted under other rules must not be stopped.
#pragma once

#include <span>
#include <vector>

#include "policies/engine/evaluate.h"
#include "webhook/admission/request.h"

namespace guard {

// Whether the update changes what would run: a pod's containers or their images (as Pod Security admission
// has it), the pods that an object with templates makes, or else the object's spec.
bool ChangesWhatRuns(const AdmissionRequest& request, std::span<const Subject> before,
                     std::span<const Subject> after);

// Takes away the findings that the object had before: same guardrail, place and message.
void KeepNewFindings(std::span<const Finding> before, std::vector<Finding>* findings);

}  // namespace guard

// The types of a job of a CI system, for the same reason as those of a pod.
#pragma once

#include "policies/cel/type.h"

namespace guard {

// The type of `job`: what projections of CI files (policies/subjects/gitlab_ci.h) make.
const cel::Type* JobType(cel::TypePool& pool);

}  // namespace guard

// The types of a stage of a Dockerfile, for the same reason as those of a pod.
#pragma once

#include "policies/cel/type.h"

namespace guard {

// The type of `stage`, as policies/subjects/dockerfile.h makes it.
const cel::Type* StageType(cel::TypePool& pool);

}  // namespace guard

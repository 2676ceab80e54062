// The types of a service of a compose file, for the same reason as those of a pod.
#pragma once

#include "policies/cel/type.h"

namespace guard {

// The type of `service`, as policies/subjects/compose.h makes it.
const cel::Type* ServiceType(cel::TypePool& pool);

}  // namespace guard

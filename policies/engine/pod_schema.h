// The types of a PodSpec and of everything in it, so that a typo in a guardrail is an error when it loads and
// not a rule that never fires.
#pragma once

#include "policies/cel/type.h"

namespace guard {

// The type of `pod`: PodSpec (core/v1, Kubernetes 1.0 to 1.37) with the fields that a pod subject adds. Its
// object types are closed; what the API declares as int-or-string or as a quantity is dyn.
const cel::Type* PodType(cel::TypePool& pool);

// The type of `request`: AdmissionRequest (admission.k8s.io/v1); object, oldObject and options are dyn.
const cel::Type* AdmissionRequestType(cel::TypePool& pool);

}  // namespace guard

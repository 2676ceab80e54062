// The functions of the project in CEL: guard.*.
#pragma once

#include "policies/cel/environment.h"

namespace guard {

// Adds all of them: those about paths and images (lib_guard.cc) and those about builds (lib_guard_builds.cc).
void RegisterGuard(cel::Environment& env);

void RegisterBuildTools(cel::Environment& env);

}  // namespace guard

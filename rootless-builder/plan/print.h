// A plan for people and golden tests: what `build --dry-run` shows.
#pragma once

#include <string>

#include "rootless-builder/plan/plan.h"

namespace guard::builder {

std::string Print(const Plan& plan);

}  // namespace guard::builder

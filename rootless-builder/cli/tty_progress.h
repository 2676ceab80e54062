// Progress on a terminal: one line a step that moves while it works, the last lines of what it prints below
// it.
#pragma once

#include <memory>

#include "rootless-builder/build/progress.h"

namespace guard::builder {

std::unique_ptr<BuildProgress> MakeTtyProgress();

}  // namespace guard::builder

// COPY, ADD and WORKDIR: a planned step with its inputs becomes files in a root filesystem.
#pragma once

#include <optional>
#include <string>

#include "rootless-builder/build/inputs.h"
#include "rootless-builder/build/trees.h"

namespace guard::builder {

struct CopyPlace {
  std::string root;        // the step's root filesystem
  std::string users_root;  // where names of users are looked up: the root, also for COPY --link
  std::optional<int64_t> epoch;
};

// `tree` is what input.roots were selected in.
Result<void> CopyFor(const CopyStep& step, const CopyInput& input, const SourceTree& tree,
                     const CopyPlace& place, Store& store, Ownership& ownership);

Result<void> MakeWorkdir(const WorkdirStep& step, const std::string& root, std::optional<int64_t> epoch,
                         Ownership& ownership);

}  // namespace guard::builder

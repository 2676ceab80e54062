// What a store can do without.
#pragma once

#include <string>

#include "rootless-builder/image/store.h"

namespace guard::builder {

// The record of one step; an error for one that is missing or damaged.
Result<StepRecord> ReadStep(const std::string& directory, const std::string& hex);

// Store::Prune, with the store locked for this process alone.
Result<Store::Pruned> PruneStore(const Store& store, bool all, int64_t older_than_seconds);

}  // namespace guard::builder

// Indexes of several platforms in the store, as `manifest` commands make them piece by piece.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rootless-builder/cli/place.h"

namespace guard::builder {

// The index of that name, or a new one where there is none.
Result<Index> FindList(Store& store, const std::string& name, bool& existed);
Result<Descriptor> KeepList(Store& store, const std::string& name, const Index& index);
// What an image of the store adds to an index: itself, or its parts.
Result<std::vector<Descriptor>> ListEntries(Store& store, const Descriptor& image);
// An entry of the same digest or platform is replaced.
void PutEntry(Index& index, const Descriptor& entry);

// Brings an image's manifests and configurations (no layers) from its registry into the store.
Result<Descriptor> FetchImage(Store& store, Transfer& transfer, const std::string& reference);
// The store's image, or the registry's.
Result<Descriptor> FindOrFetch(Store& store, Transfer& transfer, const std::string& reference);

// After a build: the image `name` goes into the index `list`; `temporary` is a name to be taken away.
Result<void> AddToList(const std::string& list, const std::string& name, const std::string& store,
                       const std::string& temporary);

}  // namespace guard::builder

// What becomes of a built image: names, registries, archives, files, and the notes that scripts ask for.
#pragma once

#include <string>
#include <vector>

#include "rootless-builder/cli/build_command.h"

namespace guard::builder {

struct Delivery {
  Descriptor target;  // the manifest, or the index of several platforms
  Digest image_id;    // docker's: the configuration's digest; of several platforms the index's
};

Result<Delivery> Deliver(const std::vector<BuiltImage>& images, const BuildWishes& wishes, OpenPlace& place,
                         Trees& trees, BuildProgress& progress, const FetchLayer& fetch);

// All files of a stack of layers, as an archive in the store (its blob) or as files in a directory.
Result<Descriptor> FlattenToTar(Trees& trees, const std::vector<LayerRef>& layers,
                                std::optional<int64_t> epoch);
Result<void> FlattenToDirectory(Trees& trees, const std::vector<LayerRef>& layers,
                                const std::string& directory);

}  // namespace guard::builder

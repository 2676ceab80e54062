// Images in files: OCI layouts as directories and archives, and docker's archives (`docker save`, `docker
// load`).
#pragma once

#include <string>
#include <vector>

#include "rootless-builder/image/store.h"

namespace guard::builder {

// An image with everything that it points to, as an OCI layout in a directory (made, or added to).
Result<void> ExportLayout(Store& store, const Descriptor& target, const std::vector<std::string>& names,
                          const std::string& directory);
// The same as a tar, written to an open file.
Result<void> ExportOciArchive(Store& store, const Descriptor& target, const std::vector<std::string>& names,
                              int file);
// As docker's newer versions save: an OCI layout that also has the manifest.json of older ones. One platform.
Result<void> ExportDockerArchive(Store& store, const Descriptor& target,
                                 const std::vector<std::string>& names, int file);

// Reads an archive of either kind into the store, every digest checked. Gives the images with the names that
// the archive has for them; without a name they have none ("").
Result<std::vector<NamedImage>> ImportArchive(Store& store, int file);

}  // namespace guard::builder

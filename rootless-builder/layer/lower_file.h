// A file of the layers below the one that is unpacked: a hard link may name one, and then the layer has to
// have it itself, as overlayfs cannot link across layers.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/files.h"

namespace guard::builder {

struct LowerFile {
  Fd directory;  // that it is in
  std::string name;
  struct stat status{};
};

// `layers` are unpacked in overlayfs's own form, topmost first; `overlay_prefix` as in TreeWriterOptions. A
// regular file or a symlink at `path` (clean, relative), seen as through an overlay of the layers; nothing
// where there is none, or where a symlink is on the way: archives name what they link to by its real place.
Result<std::optional<LowerFile>> FindLowerFile(const std::vector<std::string>& layers,
                                               const std::string& overlay_prefix, std::string_view path);

}  // namespace guard::builder

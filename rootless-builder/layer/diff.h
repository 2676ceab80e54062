// What a step changed: an overlay's upper directory, or a plain directory against what it was, becomes a list
// of entries.
//
// An entry is there only if it differs from what lies below it (attributes, time, content, links), so that
// every sandbox gives the same layer: a copy-up that changed nothing is left out. The time of a directory
// counts (fontconfig trusts it).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rootless-builder/layer/entry.h"
#include "rootless-builder/layer/write.h"

namespace guard::builder {

struct DiffOptions {
  // Paths (relative, as Entry::path) that never get into a layer with what is below them: mount points that
  // were made for a step and are still empty, /etc/resolv.conf where it was bind-mounted, and what
  // --ignore-path names.
  std::vector<std::string> ignore;
};

// The changes of `upper`, sorted by path, handed to `writer` with their content. `lowers` are the unpacked
// layers below, topmost first. Returns how many there were.
Result<uint64_t> DiffOverlay(const std::string& upper, const std::vector<std::string>& lowers,
                             std::string_view overlay_xattr_prefix, Ownership& ownership,
                             const DiffOptions& options, LayerWriter& writer);

// For plain directories: what a tree is before a step, and what is different afterwards.
class TreeSnapshot {
 public:
  virtual ~TreeSnapshot() = default;
};
Result<std::unique_ptr<TreeSnapshot>> TakeSnapshot(const std::string& root, Ownership& ownership);
Result<uint64_t> DiffTree(const TreeSnapshot& before, const std::string& root, Ownership& ownership,
                          const DiffOptions& options, LayerWriter& writer);

}  // namespace guard::builder

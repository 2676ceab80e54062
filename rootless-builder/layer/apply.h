// Reading layers that others made, and unpacking them: whatever is in them stays below the root.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rootless-builder/image/store.h"
#include "rootless-builder/layer/entry.h"

namespace guard::builder {

struct UnpackLimits {
  uint64_t bytes = uint64_t{64} << 30;  // of the uncompressed tar
  uint64_t entries = 5'000'000;
  uint32_t path_bytes = 4096;
  uint32_t depth = 1000;
};

enum class WhiteoutForm : uint8_t {
  kOverlay,  // one layer a directory: 0/0 devices and the opaque attribute, for MountOverlay
  kApply,    // one directory for all layers: what is whited out is removed
};

struct Unpacked {
  Digest diff_id;  // of the tar that was read, to be compared by the caller with the configuration's
  uint64_t bytes = 0, entries = 0;
  // Directories that the layer has files in but no entry for; they were made 0755, root's. With kOverlay they
  // hide the attributes of a directory below: such a tree is right only where no layer below has that
  // directory.
  std::vector<std::string> implied;
  // A hard link named a file of a layer below, which is in this tree now: such a tree is right above these
  // only.
  bool took_from_below = false;
};

// Unpacks a packed layer (its compression is told by its first bytes and must agree with the media type)
// below the directory `root`, which is never left: each entry's parent is resolved inside it, part by part,
// without symlinks followed at the last part. A damaged or cut layer is an error; what was written until then
// is the caller's to throw away. `below`: with kOverlay, the trees of the layers below, topmost first.
Result<Unpacked> Unpack(Store& store, const Descriptor& layer, int root, Ownership& ownership,
                        WhiteoutForm form, std::string_view overlay_xattr_prefix,
                        const UnpackLimits& limits = {}, std::vector<std::string> below = {});

// The entries of a tar in any dialect and packing, for ADD of archives, docker load and tests. `content`
// reads the current entry's bytes while `visit` runs.
class EntryContent {
 public:
  virtual ~EntryContent() = default;
  virtual Result<size_t> Read(char* buffer, size_t size) = 0;  // 0: the end
};
Result<void> ReadArchive(int archive, const UnpackLimits& limits,
                         const std::function<Result<void>(const Entry&, EntryContent&)>& visit);
// Whether a file is an archive that ADD unpacks: tar, plain or with gzip, bzip2, xz or zstd, told by content.
bool IsArchive(int file);
// Unpacks such an archive below root/target as ADD does: owners as in the archive, existing directories kept.
Result<void> UnpackArchive(int archive, int root, const std::string& target, Ownership& ownership,
                           const UnpackLimits& limits = {});

}  // namespace guard::builder

// Manifests and indexes of both families: no text is both, and what is read is written so that it is read
// again.
#include <cstdlib>

#include "rootless-builder/image/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace guard::builder;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  bool manifest = false, index = false;
  for (const std::string_view type : {media::kOciManifest, media::kDockerManifest}) {
    const auto read = ParseManifest(text, type);
    if (!read) continue;
    manifest = true;
    if (!ParseManifest(Serialize(*read), type)) std::abort();
  }
  for (const std::string_view type : {media::kOciIndex, media::kDockerList}) {
    const auto read = ParseIndex(text, type);
    if (!read) continue;
    index = true;
    if (!ParseIndex(Serialize(*read), type)) std::abort();
    (void)Choose(*read, HostPlatform(), "x");
  }
  if (manifest && index) std::abort();
  return 0;
}

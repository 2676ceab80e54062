// Image manifests and indexes, of OCI's and Docker's families (image-spec, manifest.md and image-index.md).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/image/descriptor.h"

namespace guard::builder {

struct Manifest {
  MediaFamily family = MediaFamily::kOci;
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
  std::map<std::string, std::string> annotations;
  std::optional<Descriptor> subject;
  std::string artifact_type;
};

struct Index {
  MediaFamily family = MediaFamily::kOci;
  std::vector<Descriptor> manifests;
  std::map<std::string, std::string> annotations;
  std::optional<Descriptor> subject;
  std::string artifact_type;
};

// At most 4 MiB, as registries take. `media_type` is what the answer or the descriptor said, and must agree
// with the text's own.
Result<Manifest> ParseManifest(std::string_view json, std::string_view media_type);
Result<Index> ParseIndex(std::string_view json, std::string_view media_type);
std::string Serialize(const Manifest& manifest);
std::string Serialize(const Index& index);
std::string_view MediaType(const Manifest& manifest);
std::string_view MediaType(const Index& index);

// The manifest of an index that fits a platform: the first exact one, or the only one when it names no
// platform. Attestations (platform unknown/unknown)
// are never it. The error lists what there is.
Result<Descriptor> Choose(const Index& index, const Platform& want, std::string_view name);

}  // namespace guard::builder

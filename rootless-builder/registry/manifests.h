// Manifests at one registry: asked for, checked, put.
#pragma once

#include "rootless-builder/registry/registry.h"

namespace guard::builder {

// `name` is the repository there, `tag_or_digest` what its URL ends in. Absent: nullopt.
Result<std::optional<Descriptor>> HeadManifest(Registry& registry, const std::string& name,
                                               const std::string& tag_or_digest, const std::stop_token& stop);
// By digest, the bytes have it; by tag, they have the one that the registry says they have.
Result<std::optional<FetchedManifest>> GetManifestFrom(Registry& registry, const std::string& name,
                                                       const std::string& tag_or_digest,
                                                       const std::stop_token& stop);

struct PutOutcome {
  Digest digest;
  bool immutable = false;  // the tag is there and may not be moved
};
Result<PutOutcome> PutManifestTo(Registry& registry, const std::string& name, const std::string& tag,
                                 std::string_view bytes, std::string_view media_type,
                                 const std::stop_token& stop);

// What an answer's headers and body say a manifest is; pure. `wanted` empty: by tag.
Result<Descriptor> DescribeManifest(std::string_view content_type, std::string_view content_digest,
                                    std::string_view body, const Digest& wanted);

}  // namespace guard::builder

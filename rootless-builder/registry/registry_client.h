// RegistryClient over Registries, which a Transfer shares with it.
#pragma once

#include "rootless-builder/registry/client.h"
#include "rootless-builder/registry/manifests.h"
#include "rootless-builder/registry/registries.h"

namespace guard::builder {

std::unique_ptr<RegistryClient> MakeRegistryClient(Registries* registries);

// What the last part of a manifest's URL is: the digest, or the tag.
std::string TagOrDigest(const ImageReference& reference);

// Asks places in turn: the first that has it. Errors of mirrors are warnings as long as another place is
// left; what the registry itself says counts.
Result<std::optional<FetchedManifest>> GetManifestAnywhere(Registries& registries,
                                                           const Repository& repository,
                                                           const std::string& tag_or_digest,
                                                           const std::stop_token& stop);

}  // namespace guard::builder

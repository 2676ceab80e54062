// One registry conversation after another: the OCI distribution API with authentication, mirrors and scheme
// taken care of. What comes from a registry is checked before it is given to anyone.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/image_reference.h"
#include "rootless-builder/image/manifest.h"
#include "rootless-builder/registry/credentials.h"
#include "rootless-builder/registry/options.h"

namespace guard::builder {

// A repository at a registry: "registry.example.com:5000", "team/app".
struct Repository {
  std::string registry, name;
  bool operator==(const Repository&) const = default;
  auto operator<=>(const Repository&) const = default;
  std::string ToString() const { return registry + "/" + name; }
};
inline Repository RepositoryOf(const ImageReference& reference) {
  return {reference.registry, reference.repository};
}

struct FetchedManifest {
  Descriptor descriptor;  // digest and size are of `bytes`
  std::string bytes;
  Repository source;  // who had it: a mirror, perhaps
};

class RegistryClient {
 public:
  static Result<std::unique_ptr<RegistryClient>> Make(RegistryOptions options,
                                                      std::shared_ptr<const Credentials> credentials);
  virtual ~RegistryClient() = default;

  // Manifests. An absent one is `nullopt` only where the registry itself says so (404); everything else is an
  // error. `reference` is by digest where it has one, else by tag.
  virtual Result<std::optional<Descriptor>> FindManifest(const ImageReference& reference,
                                                         std::stop_token stop = {}) = 0;
  virtual Result<std::optional<FetchedManifest>> GetManifest(const ImageReference& reference,
                                                             std::stop_token stop = {}) = 0;
  // Gives the digest it has now. `tag` empty: by digest.
  virtual Result<Digest> PutManifest(const Repository& to, std::string_view tag, std::string_view bytes,
                                     std::string_view media_type, std::stop_token stop = {}) = 0;
  virtual Result<bool> DeleteManifest(const ImageReference& reference) = 0;  // false: there was none
  virtual Result<std::vector<std::string>> ListTags(const Repository& of) = 0;

  // Whether somebody may push there, found by beginning an upload and giving it up.
  virtual Result<void> CheckPush(const Repository& to) = 0;
  // Whether the registry takes this credential: what `login` asks.
  virtual Result<void> CheckLogin(std::string_view registry, const Credential& credential) = 0;

  // Small artifacts by tag: one blob below an OCI manifest of `artifact_type`. Absent: nullopt.
  virtual Result<Digest> PutArtifact(const ImageReference& reference, std::string_view bytes,
                                     std::string_view artifact_type) = 0;
  virtual Result<std::optional<std::string>> GetArtifact(const ImageReference& reference,
                                                         std::string_view artifact_type,
                                                         uint64_t limit = 8u << 20) = 0;
};

}  // namespace guard::builder

// All registries of one run, each made when it is first needed.
#pragma once

#include "rootless-builder/registry/place.h"
#include "rootless-builder/registry/registry.h"

namespace guard::builder {

// Thread-safe.
class Registries {
 public:
  static Result<std::unique_ptr<Registries>> Make(RegistryOptions options,
                                                  std::shared_ptr<const Credentials> credentials);

  const RegistryOptions& options() const { return context_.options; }
  Registry& At(const PullPlace& place);
  Registry& At(const std::string& registry) { return At(PullPlace{.repository = {registry, {}}}); }
  // One that asks with this credential, and is not remembered.
  std::unique_ptr<Registry> WithCredential(const std::string& registry, Credential credential);
  void Warn(const std::string& message) const {
    if (context_.options.warn) context_.options.warn(message);
  }

 private:
  RegistryContext context_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Registry>> all_;
};

}  // namespace guard::builder

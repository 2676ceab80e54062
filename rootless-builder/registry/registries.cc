// Tested by tests/e2e/registry_transfer.sh.
#include "rootless-builder/registry/registries.h"

namespace guard::builder {

Result<std::unique_ptr<Registries>> Registries::Make(RegistryOptions options,
                                                     std::shared_ptr<const Credentials> credentials) {
  auto made = std::make_unique<Registries>();
  RegistryContext& context = made->context_;
  context.options = std::move(options);
  context.credentials = std::move(credentials);
  const RegistryOptions* kept = &context.options;  // lives as long as the client
  http::ClientOptions client;
  client.user_agent = kept->user_agent;
  client.connect_timeout = kept->connect_timeout;
  client.idle_timeout = kept->idle_timeout;
  client.retries = kept->retries;
  client.first_pause = kept->first_pause;
  client.proxies = kept->proxies;
  client.environment = kept->environment;
  client.warn = kept->warn;
  client.tls = [kept](const http::Url& url) { return TlsFor(*kept, url); };
  context.client = TRY(http::Client::Make(std::move(client)));
  return made;
}

Registry& Registries::At(const PullPlace& place) {
  std::lock_guard lock(mutex_);
  const std::string& name = place.repository.registry;
  std::unique_ptr<Registry>& registry = all_[place.plain_http ? "http://" + name : name];
  if (!registry)
    registry = std::make_unique<Registry>(&context_, name, place.plain_http || MayBePlain(options(), name));
  return *registry;
}

std::unique_ptr<Registry> Registries::WithCredential(const std::string& registry, Credential credential) {
  auto made = std::make_unique<Registry>(&context_, registry, MayBePlain(options(), registry));
  made->UseCredential(std::move(credential));
  return made;
}

}  // namespace guard::builder

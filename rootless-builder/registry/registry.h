// One registry: its scheme, its way of authentication, and requests that carry what they need and no more.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/http/client.h"
#include "rootless-builder/registry/challenge.h"
#include "rootless-builder/registry/client.h"
#include "rootless-builder/registry/credentials.h"

namespace guard::builder {

// What a request is going to do, in the terms of tokens.
struct Access {
  std::string repository;  // empty: the registry as a whole
  std::string actions = "pull";
  std::string mounted;  // a second repository that is read
};

// What registries share in one run.
struct RegistryContext {
  RegistryOptions options;
  std::shared_ptr<const Credentials> credentials;
  std::unique_ptr<http::Client> client;
};

// Thread-safe.
class Registry {
 public:
  Registry(RegistryContext* context, std::string name, bool plain_allowed)
      : context_(context), name_(std::move(name)), plain_allowed_(plain_allowed) {}

  const std::string& name() const { return name_; }
  // The URL of "/v2/" + path. Finds out how the registry is spoken to when first asked.
  Result<http::Url> At(const std::string& path, const std::stop_token& stop);

  // Sends with the authorization that the access needs, if the URL is the registry's own; once more with a
  // new token where the registry does not take the one it got.
  http::Outcome<http::Response> Send(http::Request request, const Access& access);

  // An upload's next place. On the registry's own host its own scheme stays, as registries behind proxies do
  // not know theirs.
  Result<http::Url> Location(const http::Response& response) const;

  // What an answer that is no success means, in a sentence. Never repeats what we sent.
  Error Explain(const http::Response& response, const std::string& doing, const Access& access) const;

  // Takes another credential than the configured ones: `login` asks about it.
  void UseCredential(Credential credential) { given_ = std::move(credential); }

 private:
  struct KnownToken {
    std::string value;
    std::chrono::steady_clock::time_point until;
  };
  Result<void> Ping(const std::stop_token& stop);
  http::Outcome<http::Response> PingOnce(bool tls, const std::stop_token& stop, bool once);
  Result<Credential> CredentialFor(const Access& access) const;
  // The value for Authorization; empty: none. `refused`: the value that was not taken.
  Result<std::string> Authorization(const Access& access, const std::string& refused,
                                    const std::stop_token& stop);
  Result<std::string> Bearer(const Access& access, const Credential& credential, const std::string& refused,
                             const std::stop_token& stop);
  Result<Token> FetchToken(const Challenge& challenge, const std::vector<std::string>& scopes,
                           const Credential& credential, const std::stop_token& stop);

  RegistryContext* const context_;
  const std::string name_;  // as references have it
  const bool plain_allowed_;
  std::optional<Credential> given_;

  mutable std::mutex mutex_;
  std::optional<http::Url> base_;  // ends in "/v2/"
  Challenge challenge_;
  std::map<std::string, KnownToken> tokens_;  // by scopes and who asked
};

}  // namespace guard::builder

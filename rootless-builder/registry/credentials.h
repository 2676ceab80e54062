// Who we are to a registry: docker's config.json, podman's auth.json, and credential helpers.
//
// A credential belongs to a registry, or to a part of its namespaces: one for "host/team" is never used for
// "host/other". The most specific one wins. Values never appear in errors.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"
#include "rootless-builder/http/proxy.h"

namespace guard::builder {

struct Credential {
  std::string username, password;  // for basic authentication, or for a token server
  std::string identity_token;      // an OAuth2 refresh token, for a token server
  std::string registry_token;      // a bearer token, for the registry itself
  std::string origin;              // where it was found, for messages: a file or helper's name

  bool empty() const { return username.empty() && identity_token.empty() && registry_token.empty(); }
};

struct CredentialOptions {
  http::Environment environment;  // getenv when empty
  // --authfile: nothing but this file. Empty: the first of these that has an entry:
  //   DOCKER_AUTH_CONFIG (the JSON itself), $REGISTRY_AUTH_FILE, $DOCKER_CONFIG/config.json (without the
  //   variable $HOME/.docker/config.json), /kaniko/.docker/config.json,
  //   $XDG_RUNTIME_DIR/containers/auth.json, $HOME/.config/containers/auth.json
  std::string auth_file;
  std::string kaniko_file = "/kaniko/.docker/config.json";
  // --creds USER:PASSWORD, for this registry alone.
  std::optional<Credential> explicit_credential;
  std::string explicit_registry;
};

// Thread-safe. Files are read at Load, helpers are run when somebody asks.
class Credentials {
 public:
  static Result<std::shared_ptr<const Credentials>> Load(const CredentialOptions& options);
  virtual ~Credentials() = default;
  // An empty credential where there is none. `repository` may be empty: the registry as a whole.
  virtual Result<Credential> Find(std::string_view registry, std::string_view repository) const = 0;
};

// Where `login` writes: --authfile, $REGISTRY_AUTH_FILE where only that is set, or docker's file.
Result<std::string> LoginFile(const CredentialOptions& options);
// Keeps everything else in the file; mode 0600, written beside and renamed. With a credential helper for the
// registry the helper keeps it, and the file says nothing. `target`: "registry" or "registry/namespace".
Result<void> Login(const std::string& file, std::string_view target, const Credential& credential);
// False: there was none.
Result<bool> Logout(const std::string& file, std::string_view target);

}  // namespace guard::builder

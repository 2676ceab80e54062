// Where something can be had: registries, mirrors and remapped names, as decisions without a socket.
#pragma once

#include <string>
#include <vector>

#include "rootless-builder/registry/client.h"

namespace guard::builder {

// The places to pull a repository from, in their order; the last one is the registry itself, unless the
// options say otherwise. A place given as "http://..." is one of plain HTTP.
struct PullPlace {
  Repository repository;
  bool plain_http = false;
  bool is_mirror = false;
};
Result<std::vector<PullPlace>> PullPlaces(const RegistryOptions& options, const Repository& repository);

// The host that speaks for a registry: "docker.io" -> "registry-1.docker.io".
std::string ApiHost(const std::string& registry);
bool IsLoopbackHost(const std::string& host);

// How TLS is spoken with a host: options, and what certificate folders hold for it.
Result<http::TlsOptions> TlsFor(const RegistryOptions& options, const http::Url& url);
// Whether plain HTTP may be spoken with it.
bool MayBePlain(const RegistryOptions& options, const std::string& registry);

}  // namespace guard::builder

// What registries and token servers say about authentication, read without trusting any of it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/http/client.h"

namespace guard::builder {

struct Challenge {
  enum class Scheme : uint8_t { kNone, kBasic, kBearer };
  Scheme scheme = Scheme::kNone;
  std::string realm, service;
};

// The challenge that we can answer: Bearer before Basic. kNone where there is none.
Challenge ReadChallenge(const std::vector<std::string_view>& www_authenticate);

// Where a token may be asked for: over TLS wherever the registry says, if the registry itself said it over
// TLS; otherwise at the registry's own host only.
Result<http::Url> CheckRealm(const http::Url& registry, const std::string& realm);

struct Token {
  std::string value;
  std::chrono::seconds lifetime{60};
};
Result<Token> ReadToken(std::string_view json);

struct RegistryError {
  std::string code, message;  // printable, short
};
// The first error of {"errors": [...]}; empty where there is none.
RegistryError ReadRegistryError(std::string_view body);

}  // namespace guard::builder

// URLs of http and https, as far as a client needs them (RFC 3986).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/base/error.h"

namespace guard::builder::http {

struct Url {
  bool tls = true;     // https, or http
  std::string host;    // lower case; an IPv6 address without its brackets
  uint16_t port = 0;   // never 0 in a parsed one
  std::string target;  // path and query, begins with '/'; no fragment

  // "host[:port]" without the scheme's own port, an IPv6 address in brackets: what Host says and what errors
  // name.
  std::string authority() const;
  std::string ToString() const;
  // The query may hold signatures: what errors and logs may show ends before it.
  std::string ForShow() const;
  bool SameOrigin(const Url& other) const {
    return tls == other.tls && host == other.host && port == other.port;
  }
};

// Refuses other schemes, user information (a password has no place in a URL: the error does not repeat it),
// control characters and spaces.
Result<Url> ParseUrl(std::string_view text);
// What a Location header means that came with an answer from `base`.
Result<Url> ResolveUrl(const Url& base, std::string_view location);
// The "host[:port]" of a registry, "[::1]:5000" too.
Result<Url> UrlOfAuthority(std::string_view authority, bool tls);

// Percent-encodes everything but unreserved characters.
std::string EncodeComponent(std::string_view text);
// Appends "name=value" to the query of a target or URL, both encoded.
std::string WithQuery(std::string target, std::string_view name, std::string_view value);

}  // namespace guard::builder::http

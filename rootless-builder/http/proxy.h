// Which proxy a request goes through: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as curl and Go read them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/http/url.h"

namespace guard::builder::http {

using Environment = std::function<const char*(const char* name)>;  // getenv, or a test's own

struct Proxy {
  std::string host;
  uint16_t port = 0;
  std::string authorization;  // "Basic ..." from the user information of its URL, or empty; never shown
};

class Proxies {
 public:
  Proxies() = default;  // none
  // The lower-case names win over the upper-case ones. An error for a proxy that is no http:// URL: TLS to
  // the proxy and SOCKS are not spoken, and going around a proxy is no answer to that.
  static Result<Proxies> FromEnvironment(const Environment& environment);
  static Result<Proxies> Make(std::string_view http, std::string_view https, std::string_view exceptions);

  // Null: straight. The loopback is never behind a proxy.
  const Proxy* For(const Url& url) const;

 private:
  std::optional<Proxy> http_, https_;
  std::vector<std::string> exceptions_;  // lower case
};

}  // namespace guard::builder::http

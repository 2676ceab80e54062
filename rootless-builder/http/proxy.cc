// Tested by proxy_test.cc.
#include "rootless-builder/http/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "rootless-builder/http/base64.h"

namespace guard::builder::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

struct Address {
  std::array<unsigned char, 16> bytes{};
  size_t size = 0;  // 0: no address
};

Address ReadAddress(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
  } else if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
  }
  return address;
}

bool IsLoopback(const std::string& host, const Address& address) {
  if (address.size == 4) return address.bytes[0] == 127;
  if (address.size == 16) return host == "::1";
  return host == "localhost" || host.ends_with(".localhost");
}

bool InNetwork(const Address& address, const Address& network, unsigned bits) {
  if (address.size != network.size || bits > network.size * 8) return false;
  for (unsigned i = 0; i < bits; ++i) {
    unsigned mask = 0x80u >> (i % 8);
    if ((address.bytes[i / 8] & mask) != (network.bytes[i / 8] & mask)) return false;
  }
  return true;
}

// One entry of NO_PROXY: "*", an address, a network, a name with or without a dot in front; each with a port
// or none.
bool Excepts(std::string entry, const Url& url, const Address& address) {
  if (entry == "*") return true;
  size_t slash = entry.find('/');
  if (slash != std::string::npos) {
    unsigned bits = 0;
    const char* end = entry.data() + entry.size();
    auto [stop, error] = std::from_chars(entry.data() + slash + 1, end, bits);
    if (error != std::errc() || stop != end || address.size == 0) return false;
    return InNetwork(address, ReadAddress(entry.substr(0, slash)), bits);
  }
  std::string host = entry, port;
  if (entry.starts_with('[')) {
    size_t end = entry.find(']');
    if (end == std::string::npos) return false;
    host = entry.substr(1, end - 1);
    port = entry.substr(end + 1);
  } else if (std::ranges::count(entry, ':') == 1) {
    host = entry.substr(0, entry.find(':'));
    port = entry.substr(entry.find(':'));
  }
  if (!port.empty() && port != ":" + std::to_string(url.port)) return false;
  Address excepted = ReadAddress(host);
  if (excepted.size != 0) return InNetwork(address, excepted, static_cast<unsigned>(excepted.size * 8));
  if (host.starts_with("*.")) host.erase(0, 1);
  if (host.starts_with('.')) return url.host.ends_with(host);
  return url.host == host || url.host.ends_with("." + host);
}

Result<std::optional<Proxy>> ReadProxy(std::string_view text, const char* name) {
  if (text.empty()) return std::nullopt;
  const std::string what = std::string("the proxy in ") + name;  // its text may hold a password
  size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) {
    if (text.substr(0, scheme) != "http")
      return Fail(what + " is not reached over plain HTTP", "write http://HOST:PORT, or unset it");
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(0, text.find('/'));
  Proxy proxy;
  size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    std::string user;
    for (size_t i = 0; i < at; ++i) {
      unsigned value = 0;
      if (text[i] == '%' && i + 2 < at &&
          std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
        user += static_cast<char>(value);
        i += 2;
      } else {
        user += text[i];
      }
    }
    proxy.authorization = "Basic " + EncodeBase64(user.find(':') == std::string::npos ? user + ":" : user);
    text.remove_prefix(at + 1);
  }
  Result<Url> url = UrlOfAuthority(text, false);
  if (!url) return Fail(what + " is no http://HOST:PORT");
  proxy.host = url->host;
  proxy.port = url->port;
  return proxy;
}

}  // namespace

Result<Proxies> Proxies::Make(std::string_view http, std::string_view https, std::string_view exceptions) {
  Proxies proxies;
  proxies.http_ = TRY(ReadProxy(http, "HTTP_PROXY"));
  proxies.https_ = TRY(ReadProxy(https, "HTTPS_PROXY"));
  std::string entry;
  for (size_t i = 0; i <= exceptions.size(); ++i) {
    char c = i < exceptions.size() ? exceptions[i] : ',';
    if (c != ',' && c != ' ' && c != '\t') {
      entry += Lower(c);
    } else if (!entry.empty()) {
      proxies.exceptions_.push_back(std::move(entry));
      entry.clear();
    }
  }
  return proxies;
}

Result<Proxies> Proxies::FromEnvironment(const Environment& environment) {
  auto value = [&](const char* lower, const char* upper) -> std::string_view {
    for (const char* name : {lower, upper})
      if (const char* text = environment ? environment(name) : std::getenv(name); text && *text) return text;
    return {};
  };
  return Make(value("http_proxy", "HTTP_PROXY"), value("https_proxy", "HTTPS_PROXY"),
              value("no_proxy", "NO_PROXY"));
}

const Proxy* Proxies::For(const Url& url) const {
  const std::optional<Proxy>& proxy = url.tls ? https_ : http_;
  if (!proxy) return nullptr;
  Address address = ReadAddress(url.host);
  if (IsLoopback(url.host, address)) return nullptr;
  for (const std::string& entry : exceptions_)
    if (Excepts(entry, url, address)) return nullptr;
  return &*proxy;
}

}  // namespace guard::builder::http

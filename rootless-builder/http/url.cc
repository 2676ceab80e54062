// Tested by url_test.cc, fuzzed by registry_fuzz.cc.
#include "rootless-builder/http/url.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace guard::builder::http {
namespace {

constexpr size_t kLongestUrl = 16384;  // signed locations of object stores are long

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'z'); }
bool IsHex(char c) { return IsDigit(c) || (Lower(c) >= 'a' && Lower(c) <= 'f'); }

bool IsHostName(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         std::ranges::all_of(host, [](char c) { return IsAlnum(c) || c == '-' || c == '.' || c == '_'; });
}

Result<void> SplitAuthority(std::string_view authority, Url* url) {
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    size_t end = authority.find(']');
    if (end == std::string_view::npos) return Fail("an IPv6 address in a URL has no closing bracket");
    host = authority.substr(1, end - 1);
    if (host.find(':') == std::string_view::npos ||
        !std::ranges::all_of(host, [](char c) { return IsHex(c) || c == ':' || c == '.'; }))
      return Fail("a URL has brackets around what is no IPv6 address");
    port = authority.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return Fail("a URL has text behind its IPv6 address");
  } else {
    size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
    if (!IsHostName(host)) return Fail("a URL has no valid host name");
  }
  url->host = host;
  std::ranges::transform(url->host, url->host.begin(), Lower);
  url->port = url->tls ? 443 : 80;
  if (port.size() > 1) {
    port.remove_prefix(1);
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url->port);
    if (error != std::errc() || end != port.data() + port.size() || url->port == 0 || !IsDigit(port[0]))
      return Fail("a URL has a port that is no number from 1 to 65535");
  }
  return {};
}

// RFC 3986, 5.2.4, for a path that begins with '/'.
std::string WithoutDots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool folder = true;
  for (size_t at = 1; at <= path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string_view part = path.substr(at, end - at);
    folder = part == "." || part == "..";
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != ".") {
      parts.push_back(part);
    }
    at = end + 1;
  }
  std::string result;
  for (std::string_view part : parts) result.append("/").append(part);
  if (folder || result.empty()) result += '/';
  return result;
}

Result<void> CheckCharacters(std::string_view text) {
  if (text.size() > kLongestUrl) return Fail("a URL is longer than 16384 bytes");
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || byte >= 0x80 || c == '"' || c == '<' || c == '>' || c == '\\')
      return Fail("a URL has a character that it must not have",
                  "percent-encode spaces and what is no ASCII");
  }
  return {};
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::ToString() const { return (tls ? "https://" : "http://") + authority() + target; }

std::string Url::ForShow() const {
  return (tls ? "https://" : "http://") + authority() + target.substr(0, target.find('?'));
}

Result<Url> ParseUrl(std::string_view text) {
  TRY_VOID(CheckCharacters(text));
  Url url;
  size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return Fail("a URL has no scheme", "write https://HOST/PATH");
  std::string name(text.substr(0, scheme));
  std::ranges::transform(name, name.begin(), Lower);
  if (name != "https" && name != "http") return Fail("a URL is neither https nor http");
  url.tls = name == "https";
  text.remove_prefix(scheme + 3);
  size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos)
    return Fail("a URL has a user name or password in it", "credentials are given apart from URLs");
  TRY_VOID(SplitAuthority(authority, &url));
  std::string_view target = text.substr(end);
  target = target.substr(0, target.find('#'));
  size_t query = std::min(target.find('?'), target.size());
  url.target = query == 0 ? "/" : WithoutDots(target.substr(0, query));
  url.target += target.substr(query);
  return url;
}

Result<Url> ResolveUrl(const Url& base, std::string_view location) {
  TRY_VOID(CheckCharacters(location));
  location = location.substr(0, location.find('#'));
  if (location.empty()) return Fail("a location is empty");
  size_t scheme = location.find("://");
  if (scheme != std::string_view::npos && scheme < location.find_first_of("/?")) return ParseUrl(location);
  std::string origin = (base.tls ? "https:" : "http:");
  if (location.starts_with("//")) return ParseUrl(origin + std::string(location));
  origin += "//" + base.authority();
  if (location.starts_with('/')) return ParseUrl(origin + std::string(location));
  std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
  if (location.starts_with('?')) return ParseUrl(origin + std::string(path) + std::string(location));
  if (location.substr(0, location.find_first_of("/?")).find(':') != std::string_view::npos)
    return Fail("a location is neither https nor http");
  return ParseUrl(origin + std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location));
}

Result<Url> UrlOfAuthority(std::string_view authority, bool tls) {
  if (authority.find_first_of("/?#@") != std::string_view::npos)
    return Fail("'" + std::string(authority) + "' is no host[:port]");
  return ParseUrl((tls ? "https://" : "http://") + std::string(authority) + "/");
}

std::string EncodeComponent(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (char c : text) {
    if (IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

std::string WithQuery(std::string target, std::string_view name, std::string_view value) {
  target += target.find('?') == std::string::npos ? '?' : '&';
  return target + EncodeComponent(name) + "=" + EncodeComponent(value);
}

}  // namespace guard::builder::http

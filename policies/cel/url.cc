// The rules of Go's net/url, bracketed hosts checked as its newer releases do.
//
// Tested by lib_k8s_url_test.cc.
#include "policies/cel/url.h"

#include <algorithm>

#include "policies/cel/ip.h"

namespace guard::cel {
namespace {

enum class Part : uint8_t { kPath, kUser, kHost, kZone, kQuery, kFragment };

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool OneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// Whether a character is written as %XX in a part.
bool ShouldEscape(char c, Part part) {
  if (IsLetter(c) || IsDigit(c) || OneOf(c, "-_.~")) return false;
  switch (part) {
    case Part::kHost:
    case Part::kZone: return !OneOf(c, "!$&'()*+,;=:[]<>\"");
    case Part::kPath: return !OneOf(c, "$&+,/:;=@");
    case Part::kFragment: return !OneOf(c, "$&+,/:;=?@!()*");
    case Part::kUser: return !OneOf(c, "$&+,;=");
    case Part::kQuery: return true;
  }
  return true;
}

Result<std::string> Unescape(std::string_view text, Part part) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Fail("invalid URL escape");
      char value = static_cast<char>(high << 4 | low);
      bool percent = text.substr(i, 3) == "%25";
      // Hosts escape only what is not ASCII; a zone may escape more, but nothing that a host could not hold.
      if (part == Part::kHost && high < 8 && !percent) return Fail("invalid URL escape in the host");
      if (part == Part::kZone && !percent && value != ' ' && ShouldEscape(value, Part::kHost))
        return Fail("invalid URL escape in the host's zone");
      out += value;
      i += 2;
    } else if (c == '+' && part == Part::kQuery) {
      out += ' ';
    } else {
      if ((part == Part::kHost || part == Part::kZone) && static_cast<unsigned char>(c) < 0x80 &&
          ShouldEscape(c, part))
        return Fail("invalid character in host name");
      out += c;
    }
  }
  return out;
}

std::string EscapePath(std::string_view path) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(path.size());
  for (char c : path) {
    if (!ShouldEscape(c, Part::kPath)) {
      out += c;
      continue;
    }
    out += '%';
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool IsValidEncodedPath(std::string_view path) {
  return std::none_of(path.begin(), path.end(),
                      [](char c) { return !OneOf(c, "!$&'()*+,;=:@[]%") && ShouldEscape(c, Part::kPath); });
}

bool IsOptionalPort(std::string_view text) {
  return text.empty() || (text.front() == ':' && std::all_of(text.begin() + 1, text.end(), IsDigit));
}

Result<std::string> ReadHost(std::string_view host) {
  size_t bracket = host.rfind('[');
  if (bracket != std::string_view::npos && bracket > 0) return Fail("invalid IP literal in the host");
  if (!host.starts_with('[')) {
    size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && !IsOptionalPort(host.substr(colon)))
      return Fail("invalid port after host");
    return Unescape(host, Part::kHost);
  }
  size_t close = host.rfind(']');
  if (close == std::string_view::npos) return Fail("missing ']' in host");
  if (!IsOptionalPort(host.substr(close + 1))) return Fail("invalid port after host");
  size_t zone = host.substr(0, close).find("%25");
  std::string inside = TRY(Unescape(host.substr(1, std::min(zone, close) - 1), Part::kHost));
  std::string out = "[" + inside;
  if (zone != std::string_view::npos) {
    std::string name = TRY(Unescape(host.substr(zone, close - zone), Part::kZone));
    if (name.size() < 2) return Fail("invalid IP literal in the host");
    out += name;
  }
  // Only IPv6 may stand in brackets. A mapped address is one too, which ParseIp does not take.
  Result<IpAddress> address = ParseIp(inside);
  bool mapped = !address && address.error().message.starts_with("IPv4-mapped");
  if (!mapped && (!address || address->v4)) return Fail("invalid IP literal in the host");
  return out + std::string(host.substr(close));
}

Result<void> ReadAuthority(std::string_view authority, Url* url) {
  size_t at = authority.rfind('@');
  url->host = TRY(ReadHost(at == std::string_view::npos ? authority : authority.substr(at + 1)));
  url->text += "//";
  if (at == std::string_view::npos) {
    url->text += url->host;
    return {};
  }
  std::string_view user = authority.substr(0, at);
  (url->text += user) += "@" + url->host;
  for (char c : user)
    if (!IsLetter(c) && !IsDigit(c) && !OneOf(c, "-._:~!$&'()*+,;=%@")) return Fail("invalid userinfo");
  TRY(Unescape(user, Part::kUser));
  return {};
}

// "https" of "https:...", or nothing. `rest` is what follows.
Result<std::string_view> ReadScheme(std::string_view text, std::string_view* rest) {
  *rest = text;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (IsLetter(c)) continue;
    if (IsDigit(c) || c == '+' || c == '-' || c == '.') {
      if (i == 0) return std::string_view();
      continue;
    }
    if (c != ':') return std::string_view();
    if (i == 0) return Fail("missing protocol scheme");
    *rest = text.substr(i + 1);
    return text.substr(0, i);
  }
  return std::string_view();
}

// `request`: as in the first line of an HTTP request, where "//" begins a path and not a host.
Result<Url> Read(std::string_view text, bool request) {
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }))
    return Fail("invalid control character in URL");
  if (text.empty() && request) return Fail("empty url");
  Url url;
  if (text == "*") {
    url.path = url.escaped_path = url.text = "*";
    return url;
  }
  std::string_view rest;
  url.scheme = TRY(ReadScheme(text, &rest));
  for (char& c : url.scheme)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (!url.scheme.empty()) url.text = url.scheme + ":";
  size_t question = rest.find('?');
  std::string_view query;  // with its '?'
  if (question != std::string_view::npos) {
    query = rest.substr(question);
    url.raw_query = query.substr(1);
    rest = rest.substr(0, question);
  }
  if (!rest.starts_with('/')) {
    if (!url.scheme.empty()) {  // opaque, as in mailto:a@b
      (url.text += rest) += query;
      return url;
    }
    if (request) return Fail("invalid URI for request");
    if (rest.substr(0, rest.find('/')).find(':') != std::string_view::npos)
      return Fail("first path segment in URL cannot contain colon");
  }
  if ((!url.scheme.empty() || (!request && !rest.starts_with("///"))) && rest.starts_with("//")) {
    rest.remove_prefix(2);
    size_t slash = std::min(rest.find('/'), rest.size());
    TRY_VOID(ReadAuthority(rest.substr(0, slash), &url));
    rest.remove_prefix(slash);
  }
  url.path = TRY(Unescape(rest, Part::kPath));
  // What is written stays, where it is a valid way to write the path.
  url.escaped_path = IsValidEncodedPath(rest) ? std::string(rest) : EscapePath(url.path);
  (url.text += url.escaped_path) += query;
  return url;
}

std::unexpected<Error> NotAUrl(std::string_view text, const Error& error) {
  constexpr size_t kLongest = 128;
  std::string shown(text.substr(0, kLongest));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return Fail("\"" + shown + (text.size() > kLongest ? "...\"" : "\"") + " is not a URL: " + error.message);
}

}  // namespace

Result<void> CheckUrl(std::string_view text) {
  Result<Url> url = Read(text, true);
  if (!url) return NotAUrl(text, url.error());
  return {};
}

Result<Url> ParseUrl(std::string_view text) {
  TRY_VOID(CheckUrl(text));
  size_t hash = text.find('#');
  Result<Url> url = Read(text.substr(0, hash), false);
  if (!url) return NotAUrl(text, url.error());
  if (hash != std::string_view::npos) {
    std::string_view fragment = text.substr(hash);
    if (Result<std::string> valid = Unescape(fragment, Part::kFragment); !valid)
      return NotAUrl(text, valid.error());
    if (fragment.size() > 1) url->text += fragment;
  }
  return url;
}

std::string_view HostnameOf(const Url& url) {
  std::string_view host = url.host;
  size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && IsOptionalPort(host.substr(colon))) host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

std::string_view PortOf(const Url& url) {
  std::string_view host = url.host;
  size_t colon = host.rfind(':');
  return colon != std::string_view::npos && IsOptionalPort(host.substr(colon)) ? host.substr(colon + 1)
                                                                               : std::string_view();
}

std::vector<std::pair<std::string, std::string>> QueryOf(const Url& url, bool* ok) {
  constexpr long kMostParameters = 10'000;
  std::vector<std::pair<std::string, std::string>> out;
  std::string_view rest = url.raw_query;
  *ok = std::count(rest.begin(), rest.end(), '&') < kMostParameters;
  while (*ok && !rest.empty()) {
    size_t end = std::min(rest.find('&'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
    size_t equals = std::min(pair.find('='), pair.size());
    Result<std::string> name = Unescape(pair.substr(0, equals), Part::kQuery);
    Result<std::string> value = Unescape(pair.substr(std::min(equals + 1, pair.size())), Part::kQuery);
    if (name && value) out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace guard::cel

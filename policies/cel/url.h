// URLs as Go's net/url reads them, which is what Kubernetes means by a URL: an absolute URI or an absolute
// path.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/error.h"

namespace guard::cel {

struct Url {
  std::string scheme;  // in lower case; empty for an absolute path
  std::string host;    // with port and brackets, unescaped
  std::string path;    // unescaped
  std::string escaped_path;
  std::string raw_query;  // without '?'
  std::string text;       // all of it in canonical form: two URLs with the same text are the same
};

// What url.ParseRequestURI takes, and then read as url.Parse does, with the fragment taken off.
Result<Url> ParseUrl(std::string_view text);
// ParseRequestURI alone.
Result<void> CheckUrl(std::string_view text);

// "example.com", "::1": the host without port and brackets.
std::string_view HostnameOf(const Url& url);
std::string_view PortOf(const Url& url);

// Unescaped names and values in the order they are written. Parts that Go's Query() drops (a ';', a bad
// escape) are dropped. `ok` is false when there are more than Go reads at all (10000).
std::vector<std::pair<std::string, std::string>> QueryOf(const Url& url, bool* ok);

}  // namespace guard::cel

// Tested by retry_test.cc.
#include "rootless-builder/http/retry.h"

#include <algorithm>
#include <charconv>

namespace guard::builder::http {

bool IsSafeToRepeat(const Request& request) {
  if (request.retry != Retry::kByMethod) return request.retry == Retry::kAlways;
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS" ||
         request.method == "PUT" || request.method == "DELETE";
}

bool IsPassing(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::optional<Milliseconds> RetryAfter(const Headers& headers, std::time_t now) {
  std::string_view text = headers.Get("Retry-After");
  if (text.empty()) return std::nullopt;
  uint32_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) return std::chrono::seconds(seconds);
  std::tm parts{};
  std::string date(text);
  const char* rest = strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (!rest || *rest) return std::nullopt;
  return std::chrono::seconds(std::max<std::time_t>(0, timegm(&parts) - now));
}

Milliseconds Pause(int attempt, std::optional<Milliseconds> asked, Milliseconds first, Milliseconds longest,
                   uint32_t random) {
  if (asked) return *asked;
  int64_t pause = std::min<int64_t>(first.count() << std::min(attempt, 20), longest.count());
  return Milliseconds(pause - pause * static_cast<int64_t>(random % 256) / 1024);  // up to a quarter less
}

Result<std::optional<NextStep>> Redirect(const Response& response, const std::string& method) {
  int status = response.status;
  bool reads = method == "GET" || method == "HEAD";
  bool followed =
      status == 307 || status == 308 || (reads && (status == 301 || status == 302 || status == 303));
  if (!followed) return std::nullopt;
  const std::string* location = response.headers.Find("Location");
  if (!location) return Fail(response.url.ForShow() + " redirects without saying where to");
  Result<Url> to = ResolveUrl(response.url, *location);
  if (!to)
    return Fail(response.url.ForShow() + " redirects to what cannot be followed: " + to.error().message);
  if (response.url.tls && !to->tls)
    return Fail(response.url.ForShow() + " redirects from https to plain http, which is not followed");
  return NextStep{.url = std::move(*to), .method = method, .keep_body = !reads};
}

}  // namespace guard::builder::http

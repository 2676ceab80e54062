// When the same request is sent again, and when a redirect is followed: decisions without a socket.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>

#include "rootless-builder/http/client.h"
#include "rootless-builder/http/failure.h"

namespace guard::builder::http {

bool IsSafeToRepeat(const Request& request);
bool IsPassing(int status);  // 408, 429, 500, 502, 503, 504

// What Retry-After asks for: seconds or a date. Nothing when it is absent or cannot be read.
std::optional<Milliseconds> RetryAfter(const Headers& headers, std::time_t now);
// The pause before the next attempt (the first one after attempt 0): what the server asked for, else doubling
// from `first`, with some of `random` so that many builds do not come back at once.
Milliseconds Pause(int attempt, std::optional<Milliseconds> asked, Milliseconds first, Milliseconds longest,
                   uint32_t random);

struct NextStep {
  Url url;
  std::string method;
  bool keep_body = true;
};
// Where an answer of 3xx leads: nothing where it is for the caller to judge. An error for what is not
// allowed: from https to http, to what is no URL.
Result<std::optional<NextStep>> Redirect(const Response& response, const std::string& method);

}  // namespace guard::builder::http

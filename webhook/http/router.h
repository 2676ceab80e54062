// What a request asks for: the paths, methods and content types of the server, as one pure function.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "webhook/admission/reviewer.h"
#include "webhook/http/request.h"

namespace guard {

struct ReviewCall {
  Route route = Route::kValidate;
  std::string_view profile;                          // views the request's target
  std::optional<std::chrono::milliseconds> timeout;  // what the caller is going to wait
};

struct Refusal {
  int status = 400;
  std::string text;         // one sentence for whoever reads the caller's log
  std::string_view header;  // a further header line with its line break, or empty
};

std::expected<ReviewCall, Refusal> RouteRequest(const RequestHead& head);

// A duration as Go writes them, which is what the API server sends: "10s", "1m30s", "500ms".
std::optional<std::chrono::milliseconds> ParseGoDuration(std::string_view text);

}  // namespace guard

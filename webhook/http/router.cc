// Tested by router_test.cc.
#include "webhook/http/router.h"

#include <charconv>

namespace guard {
namespace {

constexpr std::string_view kPaths = "there are /validate/<profile> and /steer/<profile>";
constexpr std::string_view kJson = "application/json";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (Lower(a[i]) != Lower(b[i])) return false;
  return true;
}

// "application/json", with or without parameters.
bool IsJson(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return SameIgnoringCase(type, kJson);
}

// The value of a query's first `name`, or nothing.
std::optional<std::string_view> QueryValue(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
  }
  return std::nullopt;
}

std::unexpected<Refusal> Refuse(int status, std::string text, std::string_view header = {}) {
  return std::unexpected(Refusal{status, std::move(text), header});
}

}  // namespace

std::optional<std::chrono::milliseconds> ParseGoDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double milliseconds;
  };
  static constexpr Unit kUnits[] = {{"ns", 1e-6}, {"us", 1e-3}, {"ms", 1},
                                    {"s", 1e3},   {"m", 6e4},   {"h", 3.6e6}};
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty() || text.size() > 32) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || text[0] == '-' || number > 1e9) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    size_t letters = 0;
    while (letters < text.size() && Lower(text[letters]) >= 'a' && Lower(text[letters]) <= 'z') ++letters;
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits)
      if (candidate.name == text.substr(0, letters)) unit = &candidate;
    if (!unit) return std::nullopt;
    total += number * unit->milliseconds;
    text.remove_prefix(letters);
  }
  if (!(total < 1e12)) return std::nullopt;
  return std::chrono::milliseconds(static_cast<int64_t>(total));
}

std::expected<ReviewCall, Refusal> RouteRequest(const RequestHead& head) {
  size_t question = head.target.find('?');
  std::string_view path = head.target.substr(0, question);
  std::string_view query = question == std::string_view::npos ? "" : head.target.substr(question + 1);

  ReviewCall call;
  if (path.starts_with("/validate/")) {
    call.profile = path.substr(10);
  } else if (path.starts_with("/steer/")) {
    call.route = Route::kSteer;
    call.profile = path.substr(7);
  } else {
    return Refuse(404, "no such path; " + std::string(kPaths));
  }
  if (call.profile.empty() || call.profile.find('/') != std::string_view::npos)
    return Refuse(404, "the path names no profile; " + std::string(kPaths));
  if (head.method != "POST") return Refuse(405, "an AdmissionReview is sent with POST", "Allow: POST\r\n");
  if (!IsJson(head.content_type)) return Refuse(415, "the content type must be application/json");
  if (!head.content_encoding.empty() && !SameIgnoringCase(head.content_encoding, "identity"))
    return Refuse(415, "bodies with a content encoding are not read", "Accept-Encoding: identity\r\n");
  if (!head.expect.empty() && !SameIgnoringCase(head.expect, "100-continue"))
    return Refuse(417, "the only expectation that can be met is 100-continue");
  if (std::optional<std::string_view> timeout = QueryValue(query, "timeout")) {
    call.timeout = ParseGoDuration(*timeout);
    if (!call.timeout || call.timeout->count() == 0)
      return Refuse(400, "the timeout in the query is no positive duration, such as 10s");
  }
  return call;
}

}  // namespace guard

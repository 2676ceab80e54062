// The response of an AdmissionReview v1, within what the API server accepts (k8s.io/apiserver
// pkg/admission/plugin/webhook/request): a bad response counts as a failed call.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace guard {

struct Response {
  std::string_view uid;
  bool allowed = false;
  int code = 403;       // of a denial
  std::string message;  // of a denial
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> annotations;  // keys without '/'
  std::string patch;  // a JSONPatch as text; empty: none. Never from a validating webhook
};

// Overwrites `out` with the whole AdmissionReview.
void WriteReview(const Response& response, std::string* out);

// Keeps what is told within the API server's limits: a line for each, cut to 240 characters, and 3,500 in all
// (beyond 4,096 the API server cuts everybody's). Whatever is left out is counted in the last one.
void BoundWarnings(std::vector<std::string>* warnings);

}  // namespace guard

// Tested by tests/unit/admission/reviewer_test.cc.
#include "webhook/admission/response.h"

#include "policies/base/utf8.h"
#include "policies/cel/base64.h"
#include "policies/cel/json_values.h"

namespace guard {

void WriteReview(const Response& response, std::string* out) {
  using cel::AppendJsonString;
  *out = R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":)";
  AppendJsonString(*out, response.uid);
  *out += response.allowed ? R"(,"allowed":true)" : R"(,"allowed":false)";
  if (!response.allowed) {
    *out += R"(,"status":{"code":)";
    *out += std::to_string(response.code);
    *out += R"(,"message":)";
    AppendJsonString(*out, response.message);
    *out += '}';
  }
  if (!response.warnings.empty()) {
    *out += R"(,"warnings":[)";
    for (size_t i = 0; i < response.warnings.size(); ++i) {
      if (i != 0) *out += ',';
      AppendJsonString(*out, response.warnings[i]);
    }
    *out += ']';
  }
  if (!response.annotations.empty()) {
    *out += R"(,"auditAnnotations":{)";
    for (size_t i = 0; i < response.annotations.size(); ++i) {
      if (i != 0) *out += ',';
      AppendJsonString(*out, response.annotations[i].first);
      *out += ':';
      AppendJsonString(*out, response.annotations[i].second);
    }
    *out += '}';
  }
  if (!response.patch.empty()) {
    *out += R"(,"patchType":"JSONPatch","patch":")";
    size_t at = out->size();
    out->resize(at + cel::Base64Size(response.patch.size()));
    cel::EncodeBase64(response.patch, out->data() + at);
    *out += '"';
  }
  *out += "}}";
}

void BoundWarnings(std::vector<std::string>* warnings) {
  constexpr size_t kLongest = 240, kAll = 3500;
  size_t total = 0;
  for (size_t i = 0; i < warnings->size(); ++i) {
    std::string& warning = (*warnings)[i];
    if (CountCodePoints(warning) > kLongest) {
      warning.resize(BytesOfCodePoints(warning, kLongest - 3));
      warning += "...";
    }
    total += CountCodePoints(warning);
    if (total <= kAll) continue;
    size_t left = warnings->size() - i;
    warnings->resize(i);
    warnings->push_back("and " + std::to_string(left) + " more");
    return;
  }
}

}  // namespace guard

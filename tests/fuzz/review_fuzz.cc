// Whatever is posted: an answer that the API server can read, never an allowed one for what cannot be judged.
#include <nlohmann/json.hpp>
#include <string>

#include "policies/document/document.h"
#include "webhook/admission/reviewer.h"

namespace {

std::shared_ptr<const guard::Rules> LoadRules() {
  guard::Source source("config.yaml", R"yaml(
apiVersion: guardctl.dev/v1
kind: WebhookConfiguration
builder: {image: "registry.example.com/builder@sha256:3f1b2c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809"}
profiles:
  ci:
    packs: {build-isolation: steer, pod-security-restricted: warn, admission-requests: deny}
    exemptions:
      - {name: x, users: [a*], images: ["*"], owner: o, reason: r, expires: 2027-01-01}
)yaml");
  guard::Documents documents = guard::ReadYaml(source, guard::YamlSchema::kKubernetes);
  std::vector<guard::Error> errors;
  return guard::Rules::Load(guard::ReadRulesConfig(documents.all.at(0).root, source, &errors)).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static guard::Reviewer reviewer(LoadRules());
  static guard::Answer answer;
  if (size == 0) return 0;
  std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  guard::Route route = data[0] & 1 ? guard::Route::kSteer : guard::Route::kValidate;
  reviewer.Review(route, "ci", body,
                  std::chrono::system_clock::time_point(std::chrono::seconds(1'790'000'000)), &answer);
  if (answer.status != 200) {
    if (answer.decision.error.empty()) __builtin_trap();
    return 0;
  }
  nlohmann::json review = nlohmann::json::parse(answer.body);
  const nlohmann::json& response = review.at("response");
  bool allowed = response.at("allowed");
  if (allowed != (answer.decision.verdict != guard::Verdict::kDeny)) __builtin_trap();
  if (allowed && !answer.decision.error.empty()) __builtin_trap();
  if (route == guard::Route::kValidate && response.contains("patch")) __builtin_trap();
  return 0;
}

// Pod Security admission's own cases, every pod under every version of Kubernetes, as reviews: the webhook
// gives the verdicts that the API server's own admission gives.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/golden.h"
#include "tests/unit/admission/review_case.h"

namespace guard {
namespace {

constexpr int kVersions = 38;  // 1.0 to 1.37

// A profile for each level and version: "restricted-1-25".
std::string Config() {
  std::string text = "apiVersion: guardctl.dev/v1\nkind: WebhookConfiguration\nprofiles:\n";
  for (const char* level : {"baseline", "restricted"})
    for (int minor = 0; minor < kVersions; ++minor) {
      std::string number = std::to_string(minor);
      text += std::string("  ") + level + "-1-" + number + ":\n    kubernetes: '1." + number +
              "'\n    packs: {pod-security-" + level + ": deny}\n";
    }
  return text;
}

TEST(PodSecurity, EveryVerdictAgrees) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS is not set";
  std::ifstream cases(test::Corpus() / "pod-security" / "cases.jsonl");
  Reviewer reviewer(test::LoadRules(Config()));
  Answer answer;
  size_t judged = 0;
  for (std::string line; std::getline(cases, line);) {
    nlohmann::json one = nlohmann::json::parse(line);
    std::string body =
        R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},)"
        R"("resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE","object":)" +
        test::ToJson(one["yaml"].get<std::string>()) + "}}";
    for (const std::string version : one["versions"]) {
      std::string profile = one["level"].get<std::string>() + "-1-" + version.substr(3);
      reviewer.Review(Route::kValidate, profile, body, test::kNow, &answer);
      EXPECT_EQ(answer.decision.verdict, one["expect"] == "pass" ? Verdict::kAllow : Verdict::kDeny)
          << profile << " " << one["name"] << " " << answer.body;
      ++judged;
    }
  }
  EXPECT_GT(judged, 4000u);
}

}  // namespace
}  // namespace guard

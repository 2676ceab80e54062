// Who is exempt: every list that is there must match, and nothing matches by accident.
#include "webhook/admission/exemption.h"

#include <gtest/gtest.h>

#include "tests/unit/admission/review_case.h"

namespace guard {
namespace {

TEST(Exemption, PatternsMatchWholeTexts) {
  struct {
    const char *text, *pattern;
    bool matches;
  } cases[] = {
      {"a", "a", true},
      {"a", "", false},
      {"", "", true},
      {"", "*", true},
      {"abc", "a*", true},
      {"abc", "*c", true},
      {"abc", "a*c", true},
      {"abc", "b", false},
      {"abc", "ab", false},
      {"aXbXc", "a*b*c", true},
      {"a*c", "a*c", true},
      {"aab", "a*b*b", false},
      {"x.evil.com/y", "y", false},
      {"abcabc", "*abc", true},
      {"ab", "a**b", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(MatchesPattern(c.text, c.pattern), c.matches) << c.text << " " << c.pattern;
}

TEST(Exemption, PatternsTakeLinearTime) {
  std::string text(20'000, 'a');
  EXPECT_FALSE(MatchesPattern(text, "*a*a*a*a*a*a*b"));
}

constexpr char kConfig[] = R"yaml(
apiVersion: guardctl.dev/v1
kind: WebhookConfiguration
profiles:
  ci:
    guardrails: {no-privileged: deny}
    exemptions:
      - {name: it, owner: o, reason: r, expires: 2027-01-01, )yaml";

// Whether a privileged pod of the user "ci-runner" passes under an exemption.
bool Exempts(std::string_view exemption, std::string_view image = "registry.example.com/infra/agent:1") {
  auto rules = test::LoadRules(std::string(kConfig) + std::string(exemption) + "}\n");
  Answer answer = test::Review(rules, Route::kValidate, "ci",
                               R"yaml(
apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  uid: u
  kind: {group: "", version: v1, kind: Pod}
  resource: {group: "", version: v1, resource: pods}
  namespace: team-a
  operation: CREATE
  userInfo: {username: ci-runner, groups: [runners, "system:authenticated"]}
  object:
    apiVersion: v1
    kind: Pod
    metadata: {name: p, labels: {app: agent}}
    spec:
      initContainers: [{name: i, image: registry.example.com/infra/init:1}]
      containers: [{name: c, securityContext: {privileged: true}, image: )yaml" +
                                   std::string(image) + "}]\n");
  return answer.decision.verdict == Verdict::kAllow;
}

TEST(Exemption, EveryListMustMatch) {
  EXPECT_TRUE(Exempts("users: [ci-runner]"));
  EXPECT_TRUE(Exempts("users: [somebody, ci-*]"));
  EXPECT_FALSE(Exempts("users: [ci]"));
  EXPECT_TRUE(Exempts("groups: [runners]"));
  EXPECT_FALSE(Exempts("groups: [run]"));
  EXPECT_TRUE(Exempts("namespaces: [team-*]"));
  EXPECT_FALSE(Exempts("namespaces: [kube-system]"));
  EXPECT_TRUE(Exempts("labels: {app: agent}"));
  EXPECT_FALSE(Exempts("labels: {app: agent, tier: x}"));
  EXPECT_FALSE(Exempts("labels: {app: other}"));
  EXPECT_FALSE(Exempts("users: [ci-runner], namespaces: [kube-system]"));
  EXPECT_TRUE(Exempts("users: [ci-runner], guardrails: [no-privileged]"));
}

TEST(Exemption, EveryImageMustMatchUnderItsFullName) {
  EXPECT_TRUE(Exempts("images: [registry.example.com/infra/*]"));
  EXPECT_FALSE(Exempts("images: [registry.example.com/infra/*]", "nginx"));
  EXPECT_TRUE(Exempts("images: [registry.example.com/infra/*, docker.io/library/nginx:*]", "nginx"));
  EXPECT_FALSE(Exempts("images: [registry.example.com/infra/agent:*]"));  // the init container's does not
  EXPECT_FALSE(Exempts("images: [registry.example.com/infra/*]", "'not an image'"));
}

}  // namespace
}  // namespace guard

// Broken guardrails below tests/golden/engine/load and what is told about them; what loads, and how it looks
// afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/unit/engine/policies.h"

namespace guard {
namespace {

using testing::ElementsAre;

TEST(Load, TellsEveryMistakeAtItsPlace) {
  for (const std::filesystem::path& input : test::GoldenInputs("engine/load", ".yaml")) {
    SCOPED_TRACE(input.filename().string());
    PolicyFile file{"pack/" + input.filename().string(), test::ReadFile(input), input.filename().string()};
    auto set = PolicySet::Load(std::span(&file, 1));
    std::string text;
    if (set)
      text = "no error\n";
    else
      for (const Error& error : set.error()) text += Render(error) + "\n\n";
    std::filesystem::path expected = std::filesystem::path("engine/load") / input.filename();
    test::ExpectGolden(expected.replace_extension(".errors"), text);
  }
}

TEST(Load, ReadsEveryField) {
  PolicySet set = test::Load({{"p/g.yaml", R"yaml(
apiVersion: guardctl.dev/v1
kind: Guardrail
metadata: {name: g}
spec:
  title: The title
  severity: critical
  description: Why.
  remediation: What to do.
  controls: {cra: [annex-I.I.1], cis-kubernetes-1.12: ["5.2.11", "5.2.12"]}
  subject: pod
  kubernetes: ">=1.19 <=1.25"
  variables:
    - {name: second, expression: first + 1}
    - {name: first, expression: size(pod.containers)}
    - {name: label, expression: "it.name + string(second)"}
  when: first > 0
  each: pod.containers
  require: label != 'a1'
  message: label
  at: securityContext.privileged
  fix_is_safe: false
  fix:
    - {remove: "."}
    - {remove: pod.containers.volumeMounts, where: item.name == it.name}
    - {set: securityContext.privileged, value: false}
  examples: {good: [{containers: []}], bad: [{kubernetes: "1.20", object: {containers: []}}]}
)yaml"}});
  const Guardrail* g = set.Find("g");
  ASSERT_NE(g, nullptr);
  EXPECT_EQ(g->pack, "p");
  EXPECT_EQ(g->title, "The title");
  EXPECT_EQ(g->severity, Severity::kCritical);
  EXPECT_EQ(g->controls.size(), 2u);
  EXPECT_THAT(g->controls[1].ids, ElementsAre("5.2.11", "5.2.12"));
  EXPECT_TRUE(g->kubernetes.Contains({1, 25}));
  EXPECT_FALSE(g->kubernetes.Contains({1, 26}));
  EXPECT_FALSE(g->kubernetes.Contains({1, 18}));
  ASSERT_EQ(g->variables.size(), 3u);
  EXPECT_EQ(g->variables[0].name, "first");  // before those that refer to it
  EXPECT_EQ(g->variables[1].name, "second");
  EXPECT_FALSE(g->variables[1].of_item);
  EXPECT_TRUE(g->variables[2].of_item);
  EXPECT_EQ(g->fix.size(), 3u);
  EXPECT_TRUE(g->fix[1].from_subject);
  EXPECT_FALSE(g->fix_is_safe);
  EXPECT_EQ(g->good.size(), 1u);
  EXPECT_EQ(g->bad[0].kubernetes, (KubernetesVersion{1, 20}));
  EXPECT_EQ(g->digest.size(), 64u);
}

// A variable of a comprehension may be called like a variable of the guardrail.
TEST(Load, KnowsWhichNamesAreAComprehensionsOwn) {
  PolicySet set = test::Load({test::Rule("g", R"yaml(
  variables:
    - {name: a, expression: "[1].exists(b, b == 1)"}
    - {name: b, expression: "a ? 1 : 2"}
  require: b == 1
)yaml")});
  EXPECT_EQ(set.Find("g")->variables[0].name, "a");
}

TEST(Load, MergesThePacksControls) {
  PolicySet set = test::Load({{"p/pack.yaml", R"yaml(
apiVersion: guardctl.dev/v1
kind: Pack
metadata: {name: p}
spec: {title: P, description: D., controls: {cra: [annex-I.I.1], owasp: [a]}}
)yaml"},
                              test::Rule("g", "  require: 'true'\n  controls: {cra: [annex-I.I.2d]}\n")});
  const auto& controls = set.Find("g")->controls;
  ASSERT_EQ(controls.size(), 2u);
  EXPECT_THAT(controls[0].ids, ElementsAre("annex-I.I.2d", "annex-I.I.1"));
  EXPECT_EQ(controls[1].catalogue, "owasp");
}

// One broken guardrail, and nothing of the set is used; all that is wrong is told together.
TEST(Load, IsAllOrNothing) {
  std::vector<PolicyFile> files = {test::Rule("a", "  require: pod.x\n"),
                                   test::Rule("b", "  require: 'true'\n"),
                                   test::Rule("c", "  require: pod.y\n")};
  auto set = PolicySet::Load(files);
  ASSERT_FALSE(set);
  ASSERT_EQ(set.error().size(), 2u);
  EXPECT_EQ(set.error()[0].place.file, "p/a.yaml");
  EXPECT_EQ(set.error()[1].place.file, "p/c.yaml");
}

}  // namespace
}  // namespace guard

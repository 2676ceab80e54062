// What fixes do to the text of a pod.
#include "policies/engine/fix.h"

#include <gtest/gtest.h>

#include "tests/unit/engine/policies.h"

namespace guard {
namespace {

// The text after the fix of the first finding; "no fix" when there is none.
std::string Fixed(const std::string& rule, const std::string& pod) {
  PolicySet set = test::Load({test::Rule("g", rule)});
  const Guardrail* const guardrails[] = {set.Find("g")};
  if (guardrails[0] == nullptr) return "no guardrail";
  test::PodText text(pod);
  Evaluator evaluator(set, guardrails);
  std::vector<Finding> findings;
  evaluator.Evaluate(text.subject, &findings);
  if (findings.empty()) return "no finding";
  return findings[0].fix ? ApplyEdits(text.source.text(), findings[0].fix->edits) : "no fix";
}

const std::string kContainers = "  each: pod.containers\n  require: 'false'\n";
const std::string kPod = "  require: 'false'\n";

TEST(Fix, RemovesAValue) {
  EXPECT_EQ(
      Fixed(kContainers + "  fix: [{remove: securityContext.privileged}]\n",
            "containers:\n- name: a\n  securityContext:\n    privileged: true  # why\n    runAsUser: 1\n"),
      "containers:\n- name: a\n  securityContext:\n    runAsUser: 1\n");
}

TEST(Fix, RemovesTheItemAndWhatWouldDangle) {
  EXPECT_EQ(Fixed(R"yaml(
  each: pod.volumes
  require: "!has(it.hostPath)"
  fix:
    - remove: "."
    - remove: pod.containers.volumeMounts
      where: item.name == it.name
)yaml",
                  "containers:\n- name: a\n  volumeMounts:\n  - {name: sock, mountPath: /s}\n"
                  "  - {name: w, mountPath: /w}\n- name: b\nvolumes:\n- name: sock\n  hostPath: {path: /s}\n"
                  "- name: w\n"),
            "containers:\n- name: a\n  volumeMounts:\n  - {name: w, mountPath: /w}\n- name: b\nvolumes:\n- "
            "name: w\n");
}

TEST(Fix, RemovesItemsOfAListThatMatch) {
  EXPECT_EQ(
      Fixed(kContainers + "  fix: [{remove: securityContext.capabilities.add, where: item != 'CHOWN'}]\n",
            "containers: [{securityContext: {capabilities: {add: [SYS_ADMIN, CHOWN, NET_ADMIN]}}}]\n"),
      "containers: [{securityContext: {capabilities: {add: [CHOWN]}}}]\n");
}

TEST(Fix, RemovesThroughLists) {
  EXPECT_EQ(Fixed(kContainers + "  fix: [{remove: ports.hostPort}]\n",
                  "containers: [{ports: [{containerPort: 1, hostPort: 1}, {containerPort: 2}]}]\n"),
            "containers: [{ports: [{containerPort: 1}, {containerPort: 2}]}]\n");
}

TEST(Fix, SetsWhatIsThereAndWhatIsMissing) {
  std::string rule = kContainers + "  fix: [{set: securityContext.runAsNonRoot, value: true}]\n";
  EXPECT_EQ(Fixed(rule, "containers:\n- name: a\n  securityContext:\n    runAsNonRoot: false\n"),
            "containers:\n- name: a\n  securityContext:\n    runAsNonRoot: true\n");
  EXPECT_EQ(Fixed(rule, "containers:\n- name: a\n"),
            "containers:\n- name: a\n  securityContext:\n    runAsNonRoot: true\n");
}

TEST(Fix, SetsTheValueOfAnExpression) {
  EXPECT_EQ(Fixed(kContainers + "  fix: [{set: image, expression: \"it.name + ':1'\"}]\n",
                  "containers: [{name: a, image: b}]\n"),
            "containers: [{name: a, image: \"a:1\"}]\n");
}

TEST(Fix, AddsToAListOnce) {
  std::string rule = kContainers + "  fix: [{add: securityContext.capabilities.drop, value: ALL}]\n";
  EXPECT_EQ(Fixed(rule, "containers: [{securityContext: {capabilities: {drop: [CHOWN]}}}]\n"),
            "containers: [{securityContext: {capabilities: {drop: [CHOWN, ALL]}}}]\n");
  EXPECT_EQ(Fixed(rule, "containers: [{securityContext: {capabilities: {drop: [ALL]}}}]\n"), "no fix");
  EXPECT_EQ(Fixed(rule, "containers:\n- name: a\n"),
            "containers:\n- name: a\n  securityContext:\n    capabilities:\n      drop:\n      - ALL\n");
}

TEST(Fix, ChangesThePodItself) {
  EXPECT_EQ(Fixed(kPod + "  fix: [{remove: hostNetwork}]\n", "hostNetwork: true\nhostPID: true\n"),
            "hostPID: true\n");
  EXPECT_EQ(Fixed(kContainers + "  fix: [{set: pod.hostUsers, value: false}]\n", "containers:\n- name: a\n"),
            "containers:\n- name: a\nhostUsers: false\n");
}

TEST(Fix, RemovesAnEntryOfAMap) {
  EXPECT_EQ(Fixed("  each: pod.metadata.annotations\n  require: \"it.key != 'b'\"\n  fix: [{remove: '.'}]\n",
                  "metadata:\n  annotations:\n    a: x\n    b: y\n"),
            "metadata:\n  annotations:\n    a: x\n");
}

// What cannot be expressed is left out, not broken.
TEST(Fix, IsLeftOutWhereItCannotBeWritten) {
  std::string rule = kContainers + "  fix: [{remove: securityContext.privileged}]\n";
  EXPECT_EQ(Fixed(rule, "containers: [{name: a}]\n"), "no fix");  // nothing to do
  EXPECT_EQ(Fixed(rule, "x: &c {privileged: true}\ncontainers: [{name: a, securityContext: *c}]\n"),
            "no fix");
  EXPECT_EQ(Fixed(kContainers + "  fix: [{set: image, expression: it.name}]\n", "containers: [{}]\n"),
            "no fix");
  EXPECT_EQ(Fixed("  each: pod.containers.map(c, c.name)\n  require: 'false'\n  fix: [{remove: '.'}]\n",
                  "containers: [{name: a}]\n"),
            "no fix");
}

TEST(Fix, SaysWhatItDoesAndWhetherItIsSafe) {
  PolicySet set = test::Load({test::Rule("g", kPod + "  fix_is_safe: false\n  fix: [{remove: hostPID}, "
                                                     "{set: hostUsers, value: false}]\n")});
  const Guardrail* const guardrails[] = {set.Find("g")};
  test::PodText text("hostPID: true\n");
  Evaluator evaluator(set, guardrails);
  std::vector<Finding> findings;
  evaluator.Evaluate(text.subject, &findings);
  ASSERT_TRUE(findings.at(0).fix);
  EXPECT_EQ(findings[0].fix->title, "remove hostPID and set hostUsers to false");
  EXPECT_FALSE(findings[0].fix->safe);
}

TEST(Fix, IsNotMadeWhenNobodyAsks) {
  PolicySet set = test::Load({test::Rule("g", kPod + "  fix: [{remove: hostPID}]\n")});
  const Guardrail* const guardrails[] = {set.Find("g")};
  test::PodText text("hostPID: true\n");
  Evaluator evaluator(set, guardrails, {kLatestKubernetes, false});
  std::vector<Finding> findings;
  evaluator.Evaluate(text.subject, &findings);
  EXPECT_FALSE(findings.at(0).fix);
}

}  // namespace
}  // namespace guard

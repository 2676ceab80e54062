// What `guardctl policy test` tells of examples that do not come out as they should.
#include "policies/subjects/examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/policies.h"

namespace guard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Told(const std::string& rest) {
  PolicySet set = test::Load({test::Rule("g", rest)});
  std::vector<std::string> told;
  for (const auto& guardrail : set.guardrails())
    for (const Error& error : RunExamples(set, *guardrail)) told.push_back(ToString(error));
  return told;
}

const std::string kPrivileged = R"yaml(
  each: pod.containers
  require: "!it.?securityContext.?privileged.orValue(false)"
)yaml";

TEST(Examples, MayBePodsWorkloadsOrBareSpecs) {
  EXPECT_THAT(Told(kPrivileged + R"yaml(
  fix: [{remove: securityContext.privileged}]
  examples:
    good:
      - {containers: [{name: a}]}
      - {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: []}}
    bad:
      - containers:
          - name: a
            securityContext: {privileged: true}
          - name: b
            securityContext: {privileged: true, runAsUser: 1}
      - apiVersion: apps/v1
        kind: Deployment
        metadata: {name: d}
        spec: {template: {spec: {containers: [{name: a, securityContext: {privileged: true}}]}}}
)yaml"),
              IsEmpty());
}

TEST(Examples, AreToldWhereTheyFail) {
  EXPECT_THAT(Told(kPrivileged + R"yaml(
  examples:
    good:
      - {containers: [{name: a, securityContext: {privileged: true}}]}
      - {containers: [{name: a, securityContext: {privileged: maybe}}]}
    bad:
      - {containers: [{name: a}]}
      - {apiVersion: v1, kind: ConfigMap}
)yaml"),
              ElementsAre("p/g.yaml:17:24: g: a good example has a finding: The title",
                          "p/g.yaml:18:9: g: the good example could not be evaluated: no such overload in "
                          "'!it.?securityContext.?privileged.orValue(false)'",
                          "p/g.yaml:20:9: g: a bad example has no finding",
                          "p/g.yaml:21:9: g: the example has no pod to judge"));
}

TEST(Examples, TryTheFix) {
  EXPECT_THAT(Told(kPrivileged + R"yaml(
  fix: [{set: securityContext.runAsUser, value: 1}]
  examples:
    good: [{containers: []}]
    bad: [{containers: [{name: a, securityContext: {privileged: true}}]}]
)yaml"),
              ElementsAre("p/g.yaml:18:11: g: the fix leaves a finding: The title"));
  EXPECT_THAT(Told(kPrivileged + R"yaml(
  fix: [{remove: securityContext.privileged}, {add: command, expression: "string(size(it.?command.orValue([])))"}]
  examples:
    good: [{containers: []}]
    bad: [{containers: [{name: a, securityContext: {privileged: true}}]}]
)yaml"),
              IsEmpty());
}

TEST(Examples, AreJudgedAtTheVersionsTheyName) {
  EXPECT_THAT(
      Told(
          "  kubernetes: '<1.25'\n  require: 'false'\n  examples:\n    good: [{kubernetes: '1.25', object: "
          "{containers: []}}]\n    bad: [{containers: []}, {kubernetes: '1.2', object: {containers: []}}]\n"),
      IsEmpty());
}

}  // namespace
}  // namespace guard

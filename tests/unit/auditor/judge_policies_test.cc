#include "auditor/judge_policies.h"

#include <gtest/gtest.h>

#include "policies/subjects/kubernetes.h"

namespace guard {
namespace {

// Two bindings that both deny, one that warns.
constexpr const char* kPolicies = R"yaml(
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: named}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: [CREATE], resources: ['*']}]
  validations: [{expression: "object.metadata.?name.orValue('') == 'good'", message: not good}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: a}
spec: {policyName: named, validationActions: [Deny]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec: {policyName: named, validationActions: [Deny, Audit]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: c}
spec: {policyName: named, validationActions: [Warn]}
)yaml";

class JudgePoliciesTest : public testing::Test {
 protected:
  // "high not good at web", one a line, about all resources of a manifest.
  std::string Judge(std::string text) {
    PolicyFile file{"p.yaml", kPolicies, {}};
    auto set = AdmissionPolicySet::Load(std::span(&file, 1));
    if (!set) return Render(set.error().front());
    Source source("m.yaml", std::move(text));
    Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
    std::vector<Subject> subjects;
    for (const Document& document : documents.all) ProjectKubernetes(documents, document, {}, &subjects);
    AdmissionPolicyJudge judge(*set);
    std::vector<Finding> findings;
    for (const Subject& subject : subjects)
      if (subject.kind == SubjectKind::kResource) JudgePolicies(subject, judge, &findings);
    std::string told;
    for (const Finding& finding : findings)
      told += std::string(ToString(finding.guardrail->severity)) + " " + finding.message + " at " +
              std::string(source.text(finding.span)) + " (" + finding.path + ")\n";
    return told;
  }
};

TEST_F(JudgePoliciesTest, OneFindingForEachSeverity) {
  EXPECT_EQ(Judge("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {}}"),
            "high not good at web (metadata.name)\nmedium not good at web (metadata.name)\n");
  EXPECT_EQ(Judge("{apiVersion: v1, kind: Pod, metadata: {name: good}, spec: {}}"), "");
}

TEST_F(JudgePoliciesTest, EveryObjectOfAListIsJudged) {
  EXPECT_EQ(
      Judge("{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: good}}, "
            "{apiVersion: v1, kind: Secret, metadata: {name: bad}}]}"),
      "high not good at bad (items[1].metadata.name)\nmedium not good at bad (items[1].metadata.name)\n");
}

TEST_F(JudgePoliciesTest, WhatHasNoNameIsPointedToAllTheSame) {
  EXPECT_TRUE(
      Judge("{apiVersion: v1, kind: Pod, metadata: {generateName: web-}}").starts_with("high not good at"));
  EXPECT_TRUE(Judge("{apiVersion: v1, kind: Pod}").starts_with("high "));
}

}  // namespace
}  // namespace guard

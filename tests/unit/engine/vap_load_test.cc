#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/unit/engine/vap_policies.h"

namespace guard {
namespace {

using test::Binding, test::File, test::Judge, test::LoadErrors, test::LoadSet, test::Policy, test::Request,
    test::Require;
using testing::ElementsAre;

TEST(VapLoad, TellsEveryMistakeAtItsPlace) {
  for (const std::filesystem::path& input : test::GoldenInputs("engine/vap/load", ".yaml")) {
    SCOPED_TRACE(input.filename().string());
    PolicyFile file = File(test::ReadFile(input), input.filename().string());
    auto set = AdmissionPolicySet::Load(std::span(&file, 1));
    std::string text;
    if (set)
      text = "no error\n";
    else
      for (const Error& error : set.error()) text += Render(error) + "\n\n";
    std::filesystem::path expected = std::filesystem::path("engine/vap/load") / input.filename();
    test::ExpectGolden(expected.replace_extension(".errors"), text);
  }
}

// Policies in the style in which others publish them, with objects that they let in and objects that they do
// not.
TEST(VapLoad, PublishedPoliciesRunAsTheyAre) {
  for (const std::filesystem::path& input : test::GoldenInputs("engine/vap/published", ".policy.yaml")) {
    std::string name = input.filename().string();
    name.resize(name.size() - std::string(".policy.yaml").size());
    SCOPED_TRACE(name);
    AdmissionPolicySet set = LoadSet(test::ReadFile(input));
    Source source(name, test::ReadFile(input.parent_path() / (name + ".objects.yaml")));
    Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
    ASSERT_FALSE(documents.error) << Render(*documents.error);
    std::string text;
    for (const Document& document : documents.all) {
      Subject subject;
      subject.object = document.root;
      subject.api_version = document.root.FindString("apiVersion");
      subject.object_kind = document.root.FindString("kind");
      const Node* metadata = document.root.Find("metadata");
      subject.namespace_name = metadata->FindString("namespace");
      Arena arena;
      AdmissionPolicyAnswer answer = Judge(set, AttributesToCreate(subject, arena));
      text += std::string(subject.object_kind) + " " + std::string(metadata->FindString("name")) + "\n";
      for (const AdmissionPolicyResult& result : answer.results)
        text += std::string("  ") +
                (result.actions.deny   ? "deny"
                 : result.actions.warn ? "warn"
                                       : "audit") +
                " " + std::string(result.policy) + "/" + std::string(result.binding) + ": " + result.message +
                " (" + std::string(result.reason) + ")\n";
      for (const auto& [key, value] : answer.audit_annotations) text += "  note " + key + ": " + value + "\n";
    }
    test::ExpectGolden("engine/vap/published/" + name + ".verdicts", text);
  }
}

TEST(VapLoad, BetaIsReadToo) {
  std::string text = Policy(Require("true")) + Binding();
  for (size_t at; (at = text.find("k8s.io/v1\n")) != text.npos;) text.replace(at, 10, "k8s.io/v1beta1\n");
  EXPECT_EQ(LoadErrors(text), "");
}

TEST(VapLoad, WhatAClusterAddsIsNoMistake) {
  std::string text = Policy(Require("true")) + Binding();
  text.replace(
      text.find("{name: p}"), 9,
      "{name: p, uid: x, generation: 1, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', "
      "annotations: {a: b}, managedFields: []}\nstatus: {observedGeneration: 1}");
  EXPECT_EQ(LoadErrors(text), "");
}

TEST(VapLoad, ManyFilesAreOneSet) {
  std::vector<PolicyFile> files = {File(Policy(Require("true")), "a.yaml"), File(Binding(), "b.yaml")};
  auto set = AdmissionPolicySet::Load(files);
  ASSERT_TRUE(set);
  EXPECT_THAT(set->names(), ElementsAre("p"));
  EXPECT_EQ(set->rules().at(0)->file, "a.yaml");
  EXPECT_EQ(set->digest().size(), 64u);
  auto other = AdmissionPolicySet::Load(std::vector{files[1], files[0]});
  EXPECT_NE(other->digest(), set->digest());
}

TEST(VapLoad, NothingIsAnEmptySet) {
  auto set = AdmissionPolicySet::Load({});
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->empty());
  EXPECT_TRUE(Judge(*set, Request("{}").a).results.empty());
}

TEST(VapLoad, RulesTellOfTheirPolicy) {
  std::string text = Policy(Require("true")) + Binding("  validationActions: [Warn]\n");
  text.replace(text.find("{name: p}"), 9,
               "{name: p, annotations: {kubernetes.io/description: Why it is there.}}");
  AdmissionPolicySet set = LoadSet(text);
  const Guardrail& rule = *set.rules().at(0);
  EXPECT_EQ(rule.name, "p");
  EXPECT_EQ(rule.description, "Why it is there.");
  EXPECT_EQ(rule.severity, Severity::kMedium);
}

TEST(VapLoad, DynIsNoBoolean) {
  EXPECT_EQ(LoadErrors(Policy(Require("object.spec.hostNetwork")) + Binding()),
            "policy.yaml:7:31: the expression must evaluate to bool, and is of type dyn\n");
}

}  // namespace
}  // namespace guard

#include "policies/engine/vap_export.h"

#include <gtest/gtest.h>

#include "policies/engine/vap.h"
#include "tests/unit/engine/policies.h"

namespace guard {
namespace {

// The policy of a guardrail `g`, or why there is none.
std::string Export(const std::string& rest) {
  PolicySet set = test::Load({test::Rule("g", rest)});
  auto text = ExportPolicy(*set.Find("g"), "Deny");
  if (!text) return ToString(text.error());
  PolicyFile file{"g.yaml", *text, {}};
  auto loaded = AdmissionPolicySet::Load(std::span(&file, 1));
  if (!loaded)
    for (const Error& error : loaded.error()) ADD_FAILURE() << Render(error) << '\n' << *text;
  return *text;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

TEST(VapExport, NamesOfThePod) {
  std::string text =
      Export("  require: \"!pod.hostPID && pod.metadata.name != '' && pod . containers.size() > 0\"\n");
  EXPECT_TRUE(Has(text,
                  "!variables.podSpec.hostPID && variables.podMetadata.name != '' && "
                  "variables.podContainers.size() > 0"))
      << text;
}

TEST(VapExport, VariablesAreTheirs) {
  std::string text = Export(
      "  variables:\n    - {name: host, expression: pod.?hostPID.orValue(false)}\n"
      "    - {name: label, expression: \"it.name + '!'\"}\n"
      "  each: pod.containers\n  require: \"!host && label != 'x!'\"\n");
  EXPECT_TRUE(Has(text, "name: host\n      expression: variables.podSpec.?hostPID.orValue(false)")) << text;
  EXPECT_TRUE(Has(text, "!(!variables.host && (it.name + '!') != 'x!')")) << text;
}

TEST(VapExport, ComprehensionVariablesStay) {
  std::string text = Export("  require: pod.containers.all(pod, pod.name != '')\n");
  EXPECT_TRUE(Has(text, "variables.podContainers.all(pod, pod.name != '')")) << text;
}

TEST(VapExport, MapsGoByTheirKeys) {
  std::string text = Export(
      "  each: pod.metadata.?annotations.orValue({})\n  require: it.key != 'a' || it.value == 'b'\n"
      "  message: \"it.key + '=' + it.value\"\n");
  EXPECT_TRUE(Has(text, "!(it != 'a' || variables.guardedItems[it] == 'b')")) << text;
  EXPECT_TRUE(Has(text, "map(it, string(it + '=' + variables.guardedItems[it])).join('; ')")) << text;
}

TEST(VapExport, DynamicResultsBecomeBoolean) {
  EXPECT_TRUE(Has(Export("  require: object.spec.x\n"), "expression: true && (object.spec.x)"));
}

TEST(VapExport, WhenIsPartOfTheValidation) {
  EXPECT_TRUE(Has(Export("  when: has(pod.os)\n  require: pod.os.name == 'linux'\n"),
                  "(has(variables.podSpec.os)) ?\n        (variables.podSpec.os.name == 'linux') : true"));
}

TEST(VapExport, WhatOnlyThisProjectKnows) {
  EXPECT_EQ(Export("  require: \"!guard.buildsImages(pod)\"\n"),
            "p/g.yaml: g: 'guard.buildsImages' cannot be written in Kubernetes' CEL");
  EXPECT_EQ(Export("  require: pod == object\n"),
            "p/g.yaml: g: the pod as a whole means something to this project only");
  EXPECT_EQ(Export("  each: pod.containers.filter(c, true)\n  require: it.from == 'containers'\n"),
            "p/g.yaml: g: where a container comes from is known to this project only");
  EXPECT_EQ(Export("  require: guard.image('a').name == 'a'\n"),
            "p/g.yaml: g: 'guard.image(...).name' cannot be written in Kubernetes' CEL");
  EXPECT_EQ(Export("  variables: [{name: podSpec, expression: '1'}]\n  require: podSpec == 1\n"),
            "p/g.yaml: g: 'podSpec' is a name of the exported policy's own");
  EXPECT_EQ(Export("  kubernetes: '<1.20'\n  require: 'true'\n"),
            "p/g.yaml: g: the guardrail is for other versions of Kubernetes");
}

TEST(VapExport, TextsSurvive) {
  std::string text = Export("  require: \"object.?x.orValue('a\\\\\\\\: \\\"#b') != '\\\\u00e9\\\\n'\"\n");
  EXPECT_TRUE(Has(text, "kind: ValidatingAdmissionPolicyBinding"));
}

}  // namespace
}  // namespace guard

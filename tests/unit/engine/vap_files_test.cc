#include <gtest/gtest.h>

#include "policies/engine/vap.h"
#include "tests/support/scratch.h"

namespace guard {
namespace {

TEST(VapFiles, Recognised) {
  for (const char* text :
       {"kind: ValidatingAdmissionPolicy", "  kind:   \"ValidatingAdmissionPolicyBinding\"\n",
        "{\"kind\": \"ValidatingAdmissionPolicy\"}", "{'kind' : ValidatingAdmissionPolicy}"})
    EXPECT_TRUE(AdmissionPolicySet::Recognise(text)) << text;
  for (const char* text :
       {"", "kind: Pod", "# a ValidatingAdmissionPolicy", "name: ValidatingAdmissionPolicy",
        "apiVersion: guardctl.dev/v1\nexample: {kind: ValidatingAdmissionPolicy}"})
    EXPECT_FALSE(AdmissionPolicySet::Recognise(text)) << text;
}

TEST(VapFiles, Paths) {
  test::Scratch scratch;
  scratch.Write("policies/deep/b.yml", "kind: ValidatingAdmissionPolicy");
  scratch.Write("policies/a.yaml", "kind: Namespace");
  scratch.Write("policies/.hidden/c.yaml", "x");
  scratch.Write("policies/README.md", "x");
  scratch.Write("guardrails/g.yaml", "apiVersion: guardctl.dev/v1\nkind: Guardrail\n");
  std::string file = scratch.Write("one.txt", "kind: Namespace");

  EXPECT_TRUE(AdmissionPolicySet::IsFor(scratch / "policies"));
  EXPECT_FALSE(AdmissionPolicySet::IsFor(scratch / "guardrails"));
  EXPECT_TRUE(AdmissionPolicySet::IsFor(file));
  EXPECT_FALSE(AdmissionPolicySet::IsFor(scratch / "nothing"));

  auto files = AdmissionPolicySet::ReadPath(scratch / "policies");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_TRUE((*files)[0].shown.ends_with("policies/a.yaml"));
  EXPECT_TRUE((*files)[1].shown.ends_with("policies/deep/b.yml"));
  EXPECT_EQ(AdmissionPolicySet::ReadPath(file)->size(), 1u);
  EXPECT_FALSE(AdmissionPolicySet::ReadPath(scratch / "nothing"));
}

}  // namespace
}  // namespace guard

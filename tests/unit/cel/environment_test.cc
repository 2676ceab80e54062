#include "policies/cel/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guard::cel {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

TEST(Environment, SlotsCountThroughTheParents) {
  Environment base(Dialect::kStandard);
  EXPECT_EQ(base.Declare("a", &kIntType), 0u);
  EXPECT_EQ(base.Declare("b", &kIntType), 1u);
  Environment child(base, nullptr);
  EXPECT_EQ(child.Declare("c", &kStringType), 2u);
  Environment grandchild(child, nullptr);
  EXPECT_EQ(grandchild.slot_count(), 3u);

  uint32_t slot = 99;
  const Variable* found = grandchild.FindVariable("b", &slot);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->type, &kIntType);
  EXPECT_EQ(slot, 1u);
  EXPECT_EQ(base.FindVariable("c", &slot), nullptr);
}

TEST(Environment, AChildsDeclarationHidesItsParents) {
  Environment base(Dialect::kStandard);
  base.Declare("x", &kIntType);
  Environment child(base, nullptr);
  child.Declare("x", &kStringType);
  uint32_t slot = 0;
  EXPECT_EQ(child.FindVariable("x", &slot)->type, &kStringType);
  EXPECT_EQ(slot, 1u);
}

TEST(Environment, OverloadsOfTheParentsComeFirst) {
  Environment base(Dialect::kStandard);
  base.Add({"test.f", "f_int", false, {&kIntType}, &kIntType});
  Environment child(base, nullptr);
  child.Add({"test.f", "f_string", false, {&kStringType}, &kIntType});
  std::vector<const Overload*> found = child.FindFunction("test.f");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0]->id, "f_int");
  EXPECT_EQ(found[1]->id, "f_string");
  EXPECT_EQ(base.FindFunction("test.f").size(), 1u);
  EXPECT_TRUE(child.HasFunction("test.f"));
  EXPECT_FALSE(child.HasFunction("test.g"));
  EXPECT_THAT(child.FindFunction("test.g"), IsEmpty());
}

TEST(Environment, KnowsTheLanguagesTypes) {
  Environment env(Dialect::kKubernetes);
  EXPECT_EQ(env.FindType("int"), &kIntType);
  EXPECT_EQ(env.FindType("null_type"), &kNullType);
  EXPECT_EQ(env.FindType("google.protobuf.Timestamp"), &kTimestampType);
  EXPECT_EQ(env.FindType("list"), env.types().List(&kDynType));
  EXPECT_EQ(env.FindType("dyn"), nullptr);
}

TEST(Environment, NamesAreForSuggestions) {
  Environment base(Dialect::kStandard);
  base.Declare("object.spec", &kDynType);
  base.AddConstant("Level.HIGH", Value::Int(3));
  Environment child(base, nullptr);
  child.Add({"test.f", "f_int", false, {&kIntType}, &kIntType});
  EXPECT_THAT(child.Names(), Contains("object.spec"));
  EXPECT_THAT(child.Names(), Contains("Level.HIGH"));
  EXPECT_THAT(child.Names(), Not(Contains("test.f")));
  EXPECT_THAT(child.FunctionNames(), Contains("test.f"));
  EXPECT_EQ(child.FindConstant("Level.HIGH")->integer, 3);
}

// One function of each family stands for it.
TEST(Environment, EachDialectHasItsFamilies) {
  Environment standard(Dialect::kStandard), kubernetes(Dialect::kKubernetes);
  for (std::string_view both : {"_+_", "duration", "optional.of", "lowerAscii", "slice", "sets.contains"}) {
    EXPECT_TRUE(standard.HasFunction(both)) << both;
    EXPECT_TRUE(kubernetes.HasFunction(both)) << both;
  }
  for (std::string_view only : {"math.@max", "base64.encode", "regex.replace"}) {
    EXPECT_TRUE(standard.HasFunction(only)) << only;
    EXPECT_FALSE(kubernetes.HasFunction(only)) << only;
  }
  for (std::string_view only :
       {"isSorted", "findAll", "url", "quantity", "ip", "cidr", "format.named", "semver", "serviceAccount"}) {
    EXPECT_TRUE(kubernetes.HasFunction(only)) << only;
  }
  for (std::string_view only : {"isSorted", "findAll", "quantity", "semver"})
    EXPECT_FALSE(standard.HasFunction(only)) << only;
}

TEST(Environment, TheKubernetesDialectHasNoBindAndNoBlock) {
  EXPECT_TRUE(Environment(Dialect::kStandard).parse_options().bind_macro);
  ParseOptions kubernetes = Environment(Dialect::kKubernetes).parse_options();
  EXPECT_FALSE(kubernetes.bind_macro);
  EXPECT_FALSE(kubernetes.block_macro);
  EXPECT_FALSE(kubernetes.math_macros);
  EXPECT_TRUE(kubernetes.two_var_macros);
  EXPECT_TRUE(kubernetes.optional_syntax);
}

}  // namespace
}  // namespace guard::cel

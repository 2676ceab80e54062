#include "policies/engine/policy_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policies/engine/lint.h"
#include "tests/unit/engine/policies.h"

namespace guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PolicyFile PackFile(const std::string& name, const std::string& rest = "") {
  return {name + "/pack.yaml",
          "apiVersion: guardctl.dev/v1\nkind: Pack\nmetadata: {name: " + name +
              "}\nspec:\n  title: T\n  description: D.\n" + rest,
          {}};
}

PolicyFile RuleOf(const std::string& pack, const std::string& name, const std::string& require = "'true'") {
  PolicyFile file = test::Rule(name, "  require: " + require + "\n");
  file.path = pack + '/' + name + ".yaml";
  return file;
}

std::vector<PolicyFile> ThreePacks() {
  return {PackFile("base", "  default: true\n"),
          RuleOf("base", "b"),
          PackFile("more", "  includes: [base]\n"),
          RuleOf("more", "a"),
          PackFile("apart"),
          RuleOf("apart", "c")};
}

std::vector<std::string> Names(const std::vector<const Guardrail*>& guardrails) {
  std::vector<std::string> names;
  for (const Guardrail* guardrail : guardrails) names.push_back(guardrail->name);
  return names;
}

std::vector<std::string> Errors(const std::vector<PolicyFile>& files,
                                const std::vector<std::string>& wanted = {}) {
  auto set = PolicySet::Load(files, wanted);
  std::vector<std::string> told;
  if (!set)
    for (const Error& error : set.error())
      told.push_back(ToString(error) + (error.hint.empty() ? "" : "; " + error.hint));
  return told;
}

TEST(PolicySet, SelectsPacksWithWhatTheyInclude) {
  PolicySet set = test::Load(ThreePacks());
  EXPECT_THAT(set.DefaultPacks(), ElementsAre("base"));
  std::vector<std::string> more = {"more"}, twice = {"more", "base"}, none = {"mroe"};
  EXPECT_THAT(Names(*set.Select(more)), ElementsAre("a", "b"));
  EXPECT_THAT(Names(*set.Select(twice)), ElementsAre("a", "b"));
  auto unknown = set.Select(none);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().hint, "did you mean 'more'?");
  EXPECT_EQ(set.FindPack("more")->guardrails, std::vector<std::string>{"a"});
  EXPECT_EQ(set.Find("zzz"), nullptr);
}

TEST(PolicySet, CompilesOnlyWhatIsWanted) {
  std::vector<PolicyFile> files = ThreePacks();
  files.push_back(RuleOf("apart", "broken", "pod.nothing"));
  PolicySet set = test::Load(files, {"more"});
  EXPECT_NE(set.Find("a"), nullptr);
  EXPECT_NE(set.Find("b"), nullptr);
  EXPECT_EQ(set.Find("c"), nullptr);
  EXPECT_NE(set.FindPack("apart"), nullptr);
  EXPECT_THAT(Errors(files), ElementsAre(HasSubstr("undefined field 'nothing' of Pod")));
  EXPECT_THAT(Errors(files, {"apatr"}), ElementsAre("there is no pack 'apatr'; did you mean 'apart'?"));
}

TEST(PolicySet, TellsWhatIsWrongWithPacks) {
  EXPECT_THAT(Errors({PackFile("a", "  includes: [b, cc]\n"), PackFile("b", "  includes: [c]\n"),
                      PackFile("c", "  includes: [a]\n")}),
              ElementsAre("a/pack.yaml:7:17: there is no pack 'cc'",
                          "c/pack.yaml:7:14: 'a' and 'c' include each other"));
  EXPECT_THAT(Errors({PackFile("a", "  includes: [a]\n")}),
              ElementsAre("a/pack.yaml:7:14: 'a' and 'a' include each other"));
  EXPECT_THAT(Errors({RuleOf("a", "same"), RuleOf("b", "same")}),
              ElementsAre("b/same.yaml: there is a guardrail of this name in a/same.yaml"));
  EXPECT_THAT(
      Errors({PackFile("a", "  defualt: true\n")}),
      ElementsAre("a/pack.yaml:7:3: unknown key 'defualt' in the pack's spec; did you mean 'default'?"));
  for (const char* path :
       {"stray.yaml", "a/b/c.yaml", "a/b.yml", "/x.yaml", "a/.yaml", "a b/c.yaml", "../a.yaml"})
    EXPECT_THAT(Errors({{path, "", {}}}), ElementsAre(HasSubstr("a stray file among the packs"))) << path;
}

TEST(PolicySet, NamesFilesAsTheyAreShown) {
  PolicyFile file = RuleOf("p", "g", "pod.x");
  file.shown = "/etc/policies/g.yaml";
  EXPECT_THAT(Errors({file}), ElementsAre(HasSubstr("/etc/policies/g.yaml:11:16: ")));
}

TEST(PolicySet, DigestsChangeWithWhatIsCovered) {
  PolicySet before = test::Load(ThreePacks());
  std::vector<PolicyFile> files = ThreePacks();
  files[1].text += "# a comment\n";
  PolicySet after = test::Load(files);
  EXPECT_NE(before.Find("b")->digest, after.Find("b")->digest);
  EXPECT_EQ(before.Find("a")->digest, after.Find("a")->digest);
  EXPECT_NE(before.FindPack("base")->digest, after.FindPack("base")->digest);
  EXPECT_NE(before.FindPack("more")->digest, after.FindPack("more")->digest);  // it includes base
  EXPECT_EQ(before.FindPack("apart")->digest, after.FindPack("apart")->digest);
  EXPECT_EQ(test::Load(ThreePacks(), {"base"}).FindPack("apart")->digest, "");
}

TEST(PolicySet, ManyEmptyAndHostileFilesAreErrorsOnly) {
  std::string deep = "apiVersion: ";
  for (int i = 0; i < 5000; ++i) deep += '[';
  for (const std::string& text :
       {std::string(), std::string("\0", 1), std::string("\xff"), deep, std::string("- ")})
    EXPECT_EQ(Errors({{"p/g.yaml", text, {}}}).size(), 1u);
}

TEST(Lint, TellsWhatIsMissing) {
  PolicyFile complete = test::Rule(
      "complete", "  require: 'true'\n  examples: {good: [{containers: []}], bad: [{containers: []}]}\n");
  PolicyFile sloppy = test::Rule("Sloppy", "  require: 'true'\n");
  for (auto [from, to] : {std::pair{"The title", "Ends."},
                          {"description: D.", "description: D"},
                          {"remediation: R.", "remediation: R"}})
    sloppy.text.replace(sloppy.text.find(from), std::string(from).size(), to);
  PolicySet set = test::Load({complete, sloppy, PackFile("empty")});
  std::vector<std::string> told;
  for (const Error& error : LintPolicies(set)) told.push_back(ToString(error));
  EXPECT_THAT(told, ElementsAre("the pack 'empty' is empty", "p/Sloppy.yaml:1:1: there is no good example",
                                "p/Sloppy.yaml:1:1: there is no bad example",
                                "p/Sloppy.yaml:5:3: the name 'Sloppy' is not in lower case with dashes",
                                "p/Sloppy.yaml:5:3: a title ends without a period",
                                "p/Sloppy.yaml:7:3: a description ends with a period",
                                "p/Sloppy.yaml:8:3: a remediation ends with a period"));
}

}  // namespace
}  // namespace guard

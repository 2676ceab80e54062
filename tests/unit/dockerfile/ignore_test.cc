// .dockerignore: moby's cases, the file's syntax, exceptions, and that tables and automata agree.
#include "rootless-builder/dockerfile/ignore.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/golden.h"

namespace guard::builder {
namespace {

TEST(IgnoreCorpus, MatchesAsMobyDoes) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS is not set";
  std::istringstream lines(test::ReadFile(test::Corpus() / "dockerfile" / "ignore.jsonl"));
  int cases = 0;
  for (std::string line; std::getline(lines, line); ++cases) {
    nlohmann::json c = nlohmann::json::parse(line);
    std::string path = c["path"];
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    Result<IgnoreRules> rules = IgnoreRules::FromPatterns(c["patterns"].get<std::vector<std::string>>());
    EXPECT_EQ(!rules, c.value("error", false)) << line;
    if (rules) {
      EXPECT_EQ(rules->Ignored(path), c.value("match", false)) << line;
    }
  }
  EXPECT_GT(cases, 100);
}

IgnoreRules RulesOf(std::string_view text) {
  Result<IgnoreRules> rules = IgnoreRules::Parse(text, ".dockerignore");
  EXPECT_TRUE(rules) << ToString(rules.error());
  return rules ? std::move(*rules) : IgnoreRules();
}

TEST(Ignore, ReadsTheFile) {
  IgnoreRules rules = RulesOf("\xEF\xBB\xBF# note\n\n  /a/./b/ \r\n #c\n! a/b/keep\nd/../e\n/\n.\n");
  EXPECT_FALSE(rules.empty());
  EXPECT_TRUE(rules.Ignored("a/b"));
  EXPECT_TRUE(rules.Ignored("a/b/x/y"));
  EXPECT_FALSE(rules.Ignored("a/b/keep/x"));
  EXPECT_FALSE(rules.Ignored("a/bc"));
  EXPECT_TRUE(rules.Ignored("#c"));
  EXPECT_TRUE(rules.Ignored("e"));
  EXPECT_FALSE(rules.Ignored("d"));
  EXPECT_TRUE(RulesOf("# only\n").empty());
  EXPECT_FALSE(IgnoreRules().Ignored("a"));
  EXPECT_EQ(ToString(IgnoreRules::Parse("a\n!\n", "f").error()), "f:2:1: there is no pattern behind the '!'");
  EXPECT_EQ(ToString(IgnoreRules::Parse("a\n\nb[\n", "f").error()),
            "f:3:1: this class of characters cannot be read");
}

TEST(Ignore, LastMatchWinsAndParentsCount) {
  IgnoreRules rules =
      RulesOf("*\n!src\nsrc/**/*.o\n**/node_modules\n!src/node_modules/keep\n**/*.md\n!README.md\n[!a]x");
  EXPECT_TRUE(rules.Ignored("Makefile"));
  EXPECT_FALSE(rules.Ignored("src/a/b.c"));
  EXPECT_TRUE(rules.Ignored("src/a/b.o"));
  EXPECT_TRUE(rules.Ignored("src/b.o"));
  EXPECT_TRUE(rules.Ignored("src/node_modules/x/y"));
  EXPECT_FALSE(rules.Ignored("src/node_modules/keep/y"));
  EXPECT_TRUE(rules.Ignored("src/a.tar.md"));
  EXPECT_FALSE(rules.Ignored("README.md"));
  EXPECT_TRUE(RulesOf("[!a]x").Ignored("ax")) << "'!' is no negation";
  EXPECT_FALSE(RulesOf("[^a]x").Ignored("ax"));
  EXPECT_TRUE(RulesOf("**name").Ignored("dir/surname"));
  EXPECT_FALSE(RulesOf("**/name").Ignored("dir/surname"));
}

TEST(Ignore, SaysWhereNothingComesBack) {
  IgnoreRules rules = RulesOf("vendor\nout\n!out/keep/*.txt\n!early\nlate");
  EXPECT_TRUE(rules.CanSkip("vendor"));
  EXPECT_TRUE(rules.CanSkip("vendor/x"));
  EXPECT_FALSE(rules.CanSkip("out"));
  EXPECT_FALSE(rules.CanSkip("out/keep"));
  EXPECT_TRUE(rules.CanSkip("out/other"));
  EXPECT_FALSE(rules.CanSkip("src"));
  EXPECT_TRUE(rules.CanSkip("late"));
  EXPECT_FALSE(RulesOf("a\n!**/keep").CanSkip("a"));
  EXPECT_TRUE(RulesOf("!**/keep\na").CanSkip("a"));
  EXPECT_FALSE(RulesOf("!**/keep\na").CanSkip("b"));
}

TEST(Ignore, ManyPatternsAndLongOnes) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += "**/cache" + std::to_string(i) + "\nlib" + std::to_string(i) + "/*.o\n";
  IgnoreRules rules = RulesOf(text + "!**/keep\n");
  size_t ignored = 0;
  for (int i = 0; i < 20'000; ++i)
    ignored +=
        rules.Ignored("project/module" + std::to_string(i % 100) + "/cache" + std::to_string(i) + "/x.c");
  EXPECT_EQ(ignored, 300u);
  std::string stars, path(2000, 'a');
  for (int i = 0; i < 1000; ++i) stars += "a*";
  EXPECT_FALSE(RulesOf(stars + "b").Ignored(path));
  EXPECT_TRUE(RulesOf(stars).Ignored(path));
  EXPECT_FALSE(IgnoreRules::Parse(std::string(5000, 'a'), "f"));
}

}  // namespace
}  // namespace guard::builder

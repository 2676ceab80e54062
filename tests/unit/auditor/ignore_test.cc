#include "auditor/ignore.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(WildMatch, FollowsGit) {
  struct Case {
    const char *pattern, *path;
    bool match;
  };
  const Case cases[] = {
      {"foo", "foo", true},
      {"foo", "foobar", false},
      {"*.yaml", "a.yaml", true},
      {"*.yaml", "a/b.yaml", false},
      {"a?c", "abc", true},
      {"a?c", "a/c", false},
      {"[a-c]x", "bx", true},
      {"[!a-c]x", "bx", false},
      {"[!a-c]x", "dx", true},
      {"[]]x", "]x", true},
      {"[a", "a", false},
      {"a[", "a[", false},
      {"**/foo", "foo", true},
      {"**/foo", "a/b/foo", true},
      {"**/foo", "a/xfoo", false},
      {"a/**", "a/b/c", true},
      {"a/**", "a", false},
      {"a/**/b", "a/b", true},
      {"a/**/b", "a/x/y/b", true},
      {"a/**/b", "a/x/yb", false},
      {"a**b", "axxb", true},
      {"a**b", "ax/xb", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"*", "", true},
      {"**", "any/thing", true},
      {"a*/*.txt", "abc/d.txt", true},
      {"**/a/**/b", "x/a/y/z/b", true},
      {"*a*a*b", "aaaaaaaa", false},
  };
  for (const Case& c : cases)
    EXPECT_EQ(WildMatch(c.pattern, c.path), c.match) << c.pattern << " against " << c.path;
}

TEST(WildMatch, IsNotExponential) {
  std::string pattern, path(5000, 'a');
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(WildMatch(pattern + "b", path));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "**/x*/";
  std::string folders;
  for (int i = 0; i < 300; ++i) folders += "xy/";
  EXPECT_FALSE(WildMatch(deep + "end", folders + "other"));
}

TEST(IgnoreRules, TheLastMatchDecides) {
  IgnoreRules rules("# a comment\n*.log\n!keep.log\n/top\nbuild/\na/b\n\\#literal\ntrail   \n\n");
  using V = IgnoreRules::Verdict;
  struct Case {
    const char* path;
    bool directory;
    V verdict;
  };
  const Case cases[] = {
      {"x.log", false, V::kIgnore},   {"deep/x.log", false, V::kIgnore}, {"keep.log", false, V::kInclude},
      {"top", false, V::kIgnore},     {"deep/top", false, V::kNone},     {"build", true, V::kIgnore},
      {"build", false, V::kNone},     {"x/build", true, V::kIgnore},     {"a/b", false, V::kIgnore},
      {"x/a/b", false, V::kNone},     {"#literal", false, V::kIgnore},   {"trail", false, V::kIgnore},
      {"a comment", false, V::kNone},
  };
  for (const Case& c : cases) EXPECT_EQ(rules.Judge(c.path, c.directory), c.verdict) << c.path;
}

TEST(IgnoreRules, ReadsWindowsLineEnds) {
  IgnoreRules rules("*.tmp\r\nout/\r\n");
  EXPECT_EQ(rules.Judge("a.tmp", false), IgnoreRules::Verdict::kIgnore);
  EXPECT_EQ(rules.Judge("out", true), IgnoreRules::Verdict::kIgnore);
}

}  // namespace
}  // namespace guard

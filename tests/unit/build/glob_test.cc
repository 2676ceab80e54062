// Go's filepath.Match, case by case.
#include "rootless-builder/build/glob.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

TEST(Glob, MatchesAsGoDoes) {
  struct Case {
    const char *pattern, *name;
    bool matches;
  };
  const Case cases[] = {
      {"abc", "abc", true},
      {"*", "abc", true},
      {"*", "", true},
      {"*c", "abc", true},
      {"a*", "a", true},
      {"a*", "ab", true},
      {"a*b*c*d*e*", "axbxcxdxe", true},
      {"a*b?c*x", "abxbbxdbxebxczzx", true},
      {"a*b?c*x", "abxbbxdbxebxczzy", false},
      {"ab[c]", "abc", true},
      {"ab[b-d]", "abc", true},
      {"ab[e-g]", "abc", false},
      {"ab[^c]", "abc", false},
      {"ab[^b-d]", "abc", false},
      {"ab[^e-g]", "abc", true},
      {"a\\*b", "a*b", true},
      {"a\\*b", "ab", false},
      {"a?b", "a☺b", true},
      {"a[^a]b", "a☺b", true},
      {"a???b", "a☺b", false},
      {"[a-ζ]*", "α", true},
      {"*[a-ζ]", "A", false},
      {"[\\]a]", "]", true},
      {"[\\-]", "-", true},
      {"[x\\-]", "x", true},
      {"[x\\-]", "z", false},
      {"[\\-x]", "a", false},
      {"*x", "xxx", true},
      {"[!a]", "b", false},
      {"[!a]", "!", true},
      {"?", "", false},
  };
  for (const Case& item : cases) {
    auto matches = GlobMatch(item.pattern, item.name);
    ASSERT_TRUE(matches) << item.pattern;
    EXPECT_EQ(*matches, item.matches) << item.pattern << " " << item.name;
  }
}

TEST(Glob, MalformedPatternsAreErrors) {
  for (const char* pattern : {"[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "\\", "a*["})
    for (const char* name : {"a", "zz"}) EXPECT_FALSE(GlobMatch(pattern, name)) << pattern << " " << name;
}

TEST(Glob, ManyStarsAreNotExponential) {
  std::string pattern, name(5000, 'a');
  for (int i = 0; i < 1000; ++i) pattern += "a*";
  EXPECT_FALSE(*GlobMatch(pattern + "b", name));
}

}  // namespace
}  // namespace guard::builder

// Word expansion, in tables; BuildKit's own are in the corpus.
#include "policies/document/dockerfile_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "tests/support/golden.h"

namespace guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Values = std::map<std::string, std::string, std::less<>>;

VariableLookup Lookup(const Values& values) {
  return [&values](std::string_view name) -> std::optional<std::string_view> {
    auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

TEST(WordsCorpus, Variables) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS is not set";
  const Values values = {{"PWD", "/home"}, {"SHELL", "bash"}, {"KOREAN", "한국어"}, {"NULL", ""}};
  std::istringstream lines(test::ReadFile(test::Corpus() / "dockerfile" / "envVarTest"));
  int cases = 0;
  for (std::string line; std::getline(lines, line);) {
    if (size_t comment = line.find('#'); comment == 0) continue;
    size_t first = line.find('|'), second = line.rfind('|');
    if (first == std::string::npos || first == second || line.starts_with("W")) continue;
    std::string_view word = Trim(std::string_view(line).substr(first + 1, second - first - 1));
    std::string_view want = Trim(std::string_view(line).substr(second + 1));
    auto got = ProcessWord(word, Lookup(values));
    EXPECT_EQ(got ? got->text : "error", want) << line;
    ++cases;
  }
  EXPECT_GT(cases, 150);
}

TEST(WordsCorpus, Splitting) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS is not set";
  Values values;
  std::istringstream lines(test::ReadFile(test::Corpus() / "dockerfile" / "wordsTest"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    if (line.starts_with("ENV ")) {
      size_t equals = line.find('=');
      std::string value = line.substr(equals + 1);
      values[line.substr(4, equals - 4)] = value;
      continue;
    }
    size_t bar = line.find('|');
    if (bar == std::string::npos) continue;
    std::string want(line.substr(bar + 1));
    want.erase(0, std::min(want.find_first_not_of(' '), want.size()));
    auto got = ProcessWords(Trim(std::string_view(line).substr(0, bar)), Lookup(values));
    std::string joined = got ? "" : "error";
    for (size_t i = 0; got && i < got->size(); ++i) joined += (i ? "," : "") + (*got)[i];
    EXPECT_EQ(joined, want) << line;
  }
}

struct Case {
  std::string_view word, text;
};

std::string Expanded(std::string_view word, const Values& values, const WordRules& rules = {}) {
  auto got = ProcessWord(word, Lookup(values), rules);
  return got ? got->text : "error at " + std::to_string(got.error().offset) + ": " + got.error().message;
}

TEST(Words, Modifiers) {
  const Values values = {{"v", "foo.tar.gz"}, {"e", ""},       {"path", "/a/b/c"}, {"s", "a*b?c"},
                         {"n", "x\ny"},       {"r", "abcabc"}, {"k", "한국한"}};
  const Case kCases[] = {
      {"${e-x}", ""},
      {"${e:-x}", "x"},
      {"${u-x}", "x"},
      {"${v+x}", "x"},
      {"${e+x}", "x"},
      {"${e:+x}", ""},
      {"${v#*.}", "tar.gz"},
      {"${v##*.}", "gz"},
      {"${v%.*}", "foo.tar"},
      {"${v%%.*}", "foo"},
      {"${v#foo}", ".tar.gz"},
      {"${v#bar}", "foo.tar.gz"},
      {"${v#?}", "oo.tar.gz"},
      {"${path%/*}", "/a/b"},
      {"${path##*/}", "c"},
      {"${s#a\\*}", "b?c"},
      {"${s%\\?c}", "a*b"},
      {"${k#?}", "국한"},
      {"${k%한}", "한국"},
      {"${r/b/X}", "aXcabc"},
      {"${r//b/X}", "aXcaXc"},
      {"${r/b*/X}", "aX"},
      {"${r//?/-}", "------"},
      {"${path//\\//_}", "_a_b_c"},
      {"${r//z/X}", "abcabc"},
      {"${r/b/}", "acabc"},
      {"${n#*y}", "x\ny"},
      {"${n/?y/X}", "x\ny"},
      {"${u#x}", ""},
      {"${v#${u:-foo}.}", "tar.gz"},
      {"${r//${u:-b}/${u:-y}}", "aycayc"},
      {"${v#}", "foo.tar.gz"},
      {"${r//*/z}", "z"},
      {"${e/*/z}", "z"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Expanded(c.word, values), c.text) << c.word;
}

TEST(Words, ErrorsHaveAPlace) {
  const Values values = {{"e", ""}};
  const Case kCases[] = {
      {"ab${x?}", "error at 2: x: is not allowed to be unset"},
      {"ab${e:?}", "error at 2: e: is not allowed to be empty"},
      {"ab${x:?who are you}", "error at 2: x: who are you"},
      {"a\"b", "error at 1: this double quote is not closed"},
      {"a'b", "error at 1: this single quote is not closed"},
      {"a${b", "error at 1: this ${ has no closing '}'"},
      {"a${b:-c", "error at 1: this ${ has no closing '}'"},
      {"a${b:=c}", "error at 1: unsupported modifier (:=) in substitution"},
      {"${b^}", "error at 0: unsupported modifier (^) in substitution"},
      {"${b/c}", "error at 0: this ${ has no second '/', between pattern and replacement"},
      {"${b#\\x}", "error at 0: invalid escape '\\x' in the pattern"},
      {"${}", "error at 0: this is no variable: a name must follow ${"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Expanded(c.word, values), c.text) << c.word;
}

TEST(Words, RulesChangeWhatIsSpecial) {
  const Values values = {{"a", "1"}};
  EXPECT_EQ(Expanded("`$a $a", values, {.escape = '`'}), "$a 1");
  EXPECT_EQ(Expanded("\\$a", values, {.escape = '`'}), "\\1");
  EXPECT_EQ(Expanded("'$a' \"x\" \\$a", values, HeredocRules('\\')), "'1' \"x\" $a");
  EXPECT_EQ(Expanded("$a$b${b}${b:-c}", values, {.keep_unset = true}), "1$b${b}${b:-c}");
  EXPECT_EQ(Expanded("'a b' \\c", values, {.keep_quotes = true, .keep_escapes = true}), "'a b' \\c");
  EXPECT_EQ(Expanded("\xFF$a\xFE", values),
            "\xFF"
            "1\xFE");
}

TEST(Words, SaysWhichVariablesItUsed) {
  const Values values = {{"a", "1"}, {"b", "x  y"}};
  auto got = ProcessWord("$b ${c:-$a} \"$b\" $d$c", Lookup(values));
  ASSERT_TRUE(got);
  EXPECT_THAT(got->used, ElementsAre("a", "b"));
  EXPECT_THAT(got->unset, ElementsAre("c", "d"));
  EXPECT_THAT(got->words, ElementsAre("x", "y", "1", "x  y"));
}

TEST(Words, HostileWordsEnd) {
  const Values values = {{"big", std::string(1 << 20, 'a')}};
  std::string many, deep;
  for (int i = 0; i < 100; ++i) many += "$big";
  EXPECT_THAT(Expanded(many, values), HasSubstr("larger than 16 MiB"));
  for (int i = 0; i < 100'000; ++i) deep += "${x:-";
  EXPECT_THAT(Expanded(deep, values), HasSubstr("nested too deep"));
  EXPECT_THAT(Expanded("${big#" + std::string(100'000, 'a') + "b}", values), HasSubstr("too long"));
  EXPECT_THAT(Expanded("${big//" + std::string(1000, '?') + "b/x}", values), HasSubstr("too long"));
  EXPECT_EQ(Expanded("${big//a/}", values), "");
  EXPECT_EQ(Expanded("${big##*}", values), "");
  std::string quotes(1'000'000, '\'');
  EXPECT_EQ(Expanded(quotes, values), "");
}

}  // namespace
}  // namespace guard

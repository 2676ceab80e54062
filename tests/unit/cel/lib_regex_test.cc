#include "tests/unit/cel/run_expression.h"

namespace guard::cel::test {
namespace {

TEST(RegexExtension, Replaces) {
  ExpectAll(
      {
          {"regex.replace('hello world hello', 'hello', 'hi')", R"("hi world hi")"},
          {"regex.replace('banana', 'a', 'x', 0)", R"("banana")"},
          {"regex.replace('banana', 'a', 'x', 1)", R"("bxnana")"},
          {"regex.replace('banana', 'a', 'x', 100)", R"("bxnxnx")"},
          {"regex.replace('banana', 'a', 'x', -100)", R"("bxnxnx")"},
          {R"(regex.replace('foo bar', r'(fo)o (ba)r', r'\2 \1'))", R"("ba fo")"},
          {R"(regex.replace('foo', '.', r'<\0>'))", R"("<f><o><o>")"},
          {R"(regex.replace('test', '(.)', '$2'))", R"("$2$2$2$2")"},
          {R"(regex.replace('ab', '(a)|b', r'[\1]'))", R"("[a][]")"},
          {R"(regex.replace('id=1', r'id=(\d)', r'\\'))", R"("\\")"},
      },
      Dialect::kStandard);
}

TEST(RegexExtension, FindsEmptyMatchesAsGoDoes) {
  ExpectAll(
      {
          {"regex.replace('abc', '', '-')", R"("-a-b-c-")"},
          {"regex.replace('hé', 'x*', '-')", R"("-h-é-")"},
          {"regex.replace('abc', 'b*', '-')", R"("-a-c-")"},
          {"regex.replace('abc', '$', '!')", R"("abc!")"},
          {"regex.replace('abc', '^', '!')", R"("!abc")"},
          {"regex.extractAll('abc', '')", R"(["", "", "", ""])"},
          {"regex.extractAll('abab', 'a|')", R"(["a", "a", ""])"},
      },
      Dialect::kStandard);
}

TEST(RegexExtension, Extracts) {
  ExpectAll(
      {
          {"regex.extract('hello world', 'hello(.*)')", R"(optional.of(" world"))"},
          {R"(regex.extract('item-A, item-B', r'item-(\w+)'))", R"(optional.of("A"))"},
          {"regex.extract('hello', 'l+')", R"(optional.of("ll"))"},
          {"regex.extract('HELLO', 'hello')", "optional.none()"},
          {"regex.extract('abc', 'a(x)?')", "optional.none()"},
          {"regex.extract('abc', '')", R"(optional.of(""))"},
          {R"(regex.extractAll('id:123, id:456', r'id:\d+'))", R"(["id:123", "id:456"])"},
          {R"(regex.extractAll('id:123, id:456', r'id:(\d+)'))", R"(["123", "456"])"},
          {"regex.extractAll('aba', '(a)?')", R"(["a", "a"])"},
          {"regex.extractAll('abc', 'x')", "[]"},
      },
      Dialect::kStandard);
}

TEST(RegexExtension, SaysWhatIsWrong) {
  ExpectAll(
      {
          {"regex.extract('a@b', '(.*)@(.*)')",
           R"x(error: regular expression has more than one capturing group: "(.*)@(.*)")x"},
          {"regex.extractAll('a@b', '(.*)@(.*)')",
           R"x(error: regular expression has more than one capturing group: "(.*)@(.*)")x"},
          {R"(regex.replace('a', 'a', r'\v'))",
           R"(error: invalid replacement string: '\v' \ must be followed by a digit or \)"},
          {R"(regex.replace('a', 'a', '\\'))",
           R"(error: invalid replacement string: '\' \ not allowed at end)"},
          {R"(regex.replace('a', '(a)', r'\2'))",
           "error: replacement string references group 2 but regex has only 1 group(s)"},
          {R"(regex.replace('b', 'a', r'\2'))", R"("b")"},
      },
      Dialect::kStandard);
  for (const char* expression :
       {"regex.replace('a', '(', '')", "regex.extract('a', '(')", "regex.extractAll('a', '(')"}) {
    EXPECT_TRUE(Evaluate(expression, Dialect::kStandard).starts_with("error: invalid regular expression"))
        << expression;
  }
}

// Figures of cel-go's own trackers.
TEST(RegexExtension, Costs) {
  ExpectCosts(Dialect::kStandard, {
                                      {"regex.replace('hello world hello', 'hello', 'hi')", 14},
                                      {"regex.replace('banana', 'a', 'x', 2)", 7},
                                      {"regex.extract('hello world', 'hello(.*)')", 5},
                                      {R"(regex.extractAll('id:123, id:456', r'id:\d+'))", 16},
                                      {"regex.extractAll('abc', '')", 16},
                                  });
}

TEST(RegexExtension, BoundsWhatItMakes) {
  std::string text(20000, 'x');
  std::string blow = "regex.replace('" + text + "', '', '" + std::string(2000, 'y') + "')";
  EXPECT_EQ(Evaluate(blow, Dialect::kStandard).substr(0, 6), "error:");
}

}  // namespace
}  // namespace guard::cel::test

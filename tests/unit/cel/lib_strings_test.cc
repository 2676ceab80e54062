#include <string>

#include "tests/unit/cel/run_expression.h"

namespace guard::cel::test {
namespace {

TEST(StringsExtension, CountsCodePoints) {
  ExpectAll(
      {
          {"'tacocat'.charAt(3)", R"("o")"},
          {"'tacocat'.charAt(7)", R"("")"},
          {"'aé€😀'.charAt(3)", R"("😀")"},
          {"'aé€😀'.charAt(4)", R"("")"},
          {"'aé€😀x'.substring(1, 3)", R"("é€")"},
          {"'aé€😀x'.substring(3)", R"("😀x")"},
          {"'abc'.substring(3)", R"("")"},
          {"'abc'.substring(1, 1)", R"("")"},
          {"'aé€😀€'.indexOf('€')", "2"},
          {"'aé€😀€'.indexOf('€', 3)", "4"},
          {"'aé€😀€'.lastIndexOf('€')", "4"},
          {"'aé€😀€'.lastIndexOf('€', 3)", "2"},
          {"'aé€😀'.reverse()", R"("😀€éa")"},
          {"''.reverse()", R"("")"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, RefusesWhatIsOutOfRange) {
  ExpectAll(
      {
          {"'abc'.charAt(4)", "error: index out of range: 4"},
          {"'abc'.charAt(-1)", "error: index out of range: -1"},
          {"'abc'.charAt(9223372036854775807)", "error: index out of range: 9223372036854775807"},
          {"'abc'.substring(4)", "error: index out of range: 4"},
          {"'abc'.substring(-1)", "error: index out of range: -1"},
          {"'abc'.substring(1, 4)", "error: index out of range: 4"},
          {"'abc'.substring(49, 50)", "error: index out of range: 49"},
          {"'abc'.substring(2, 1)", "error: invalid substring range. start: 2, end: 1"},
          {"'abc'.indexOf('a', 30)", "error: index out of range: 30"},
          {"'abc'.indexOf('a', -1)", "error: index out of range: -1"},
          {"'abc'.lastIndexOf('a', 30)", "error: index out of range: 30"},
          {"'abc'.lastIndexOf('a', -1)", "error: index out of range: -1"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, KubernetesFindsNothingBeyondTheEnd) {
  ExpectAll(
      {
          {"'abc'.indexOf('a', 30)", "-1"},
          {"'abc'.indexOf('', 30)", "3"},
          {"'abc'.lastIndexOf('a', 30)", "-1"},
          {"'abc'.lastIndexOf('', 30)", "3"},
          {"'abc'.indexOf('a', -1)", "error: index out of range: -1"},
          {"'abc'.lastIndexOf('', -1)", "error: index out of range: -1"},
      },
      Dialect::kKubernetes);
}

TEST(StringsExtension, Searches) {
  ExpectAll(
      {
          {"'hello mellow'.indexOf('ello')", "1"},
          {"'hello mellow'.indexOf('ello', 2)", "7"},
          {"'hello mellow'.indexOf('jello')", "-1"},
          {"'hello'.indexOf('')", "0"},
          {"'hello'.indexOf('', 2)", "2"},
          {"''.indexOf('a')", "-1"},
          {"''.indexOf('')", "0"},
          {"'hello mellow'.lastIndexOf('ello')", "7"},
          {"'hello mellow'.lastIndexOf('ello', 6)", "1"},
          {"'bananananana'.lastIndexOf('nana', 7)", "6"},
          {"'hello'.lastIndexOf('')", "5"},
          {"'hello'.lastIndexOf('', 3)", "3"},
          {"''.lastIndexOf('a')", "-1"},
          {"'abc'.lastIndexOf('abcd')", "-1"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, FindsLongNeedlesFromTheEnd) {
  const std::string a(40, 'a');
  auto last = [](const std::string& text, const std::string& needle) {
    return Evaluate("'" + text + "'.lastIndexOf('" + needle + "')", Dialect::kStandard);
  };
  EXPECT_EQ(last(a + a + "b" + a, a + "b"), "40");
  EXPECT_EQ(last(a + a, a), "40");
  EXPECT_EQ(last("x" + a + a, "x" + a), "0");
  EXPECT_EQ(last(a + a, "b" + a), "-1");
  EXPECT_EQ(last("abcabcabcabcabcabcabcab-abcabcabcabcabcabcabcab+", "abcabcabcabcabcabcabcab"), "24");
}

TEST(StringsExtension, ChangesOnlyAsciiLetters) {
  ExpectAll(
      {
          {"'TacoCÆt Xii@[`{'.lowerAscii()", R"("tacocÆt xii@[`{")"},
          {"'tacoCαt xii@[`{'.upperAscii()", R"("TACOCαT XII@[`{")"},
          {"'same'.lowerAscii()", R"("same")"},
          {"''.upperAscii()", R"("")"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, Replaces) {
  ExpectAll(
      {
          {"'hello hello'.replace('he', 'we')", R"("wello wello")"},
          {"'hello hello'.replace('he', 'we', -1)", R"("wello wello")"},
          {"'hello hello'.replace('he', 'we', 1)", R"("wello hello")"},
          {"'hello hello'.replace('he', 'we', 0)", R"("hello hello")"},
          {"'hello'.replace('x', 'y')", R"("hello")"},
          {"'aaaa'.replace('aa', 'a')", R"("aa")"},
          {"'héllo'.replace('', '-')", R"("-h-é-l-l-o-")"},
          {"'héllo'.replace('', '-', 1)", R"("-héllo")"},
          {"'héllo'.replace('', '-', 2)", R"("-h-éllo")"},
          {"'héllo'.replace('', '-', 5)", R"("-h-é-l-l-o")"},
          {"'héllo'.replace('', '-', 6)", R"("-h-é-l-l-o-")"},
          {"''.replace('', 'x')", R"("x")"},
          {"''.replace('a', 'x')", R"("")"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, SplitsAndJoins) {
  ExpectAll(
      {
          {"'a,b,c'.split(',')", R"(["a", "b", "c"])"},
          {"'a,b,c'.split(',', 0)", "[]"},
          {"'a,b,c'.split(',', 1)", R"(["a,b,c"])"},
          {"'a,b,c'.split(',', 2)", R"(["a", "b,c"])"},
          {"'a,b,c'.split(',', -5)", R"(["a", "b", "c"])"},
          {"',a,'.split(',')", R"(["", "a", ""])"},
          {"'héo'.split('')", R"(["h", "é", "o"])"},
          {"'héo'.split('', 2)", R"(["h", "éo"])"},
          {"'héo'.split('', 10)", R"(["h", "é", "o"])"},
          {"''.split('')", "[]"},
          {"''.split(',')", R"([""])"},
          {"['a', 'b'].join()", R"("ab")"},
          {"['a', '', 'c'].join(', ')", R"("a, , c")"},
          {"[].join('-')", R"("")"},
          {"[dyn('a'), dyn(2)].join()", "error: join: invalid input: 2"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, TrimsUnicodeWhiteSpace) {
  ExpectAll(
      {
          {R"(' \f\n\r\t\vtext  '.trim())", R"("text")"},
          {R"('\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000é x\u3000\u2001'.trim())",
           R"("é x")"},
          {R"('\u180etext\u200b\ufeff'.trim() == '\u180etext\u200b\ufeff')", "true"},
          {"'   '.trim()", R"("")"},
          {"''.trim()", R"("")"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, Quotes) {
  ExpectAll(
      {
          {R"(strings.quote('a"b\\c'))", R"("\"a\\\"b\\\\c\"")"},
          {R"(strings.quote('\a\b\f\n\r\t\v') == '"\\a\\b\\f\\n\\r\\t\\v"')", "true"},
          {"strings.quote('é😀') == '\"é😀\"'", "true"},
          {"strings.quote('')", R"("\"\"")"},
      },
      Dialect::kStandard);
}

TEST(StringsExtension, KubernetesHasVersionTwo) {
  EXPECT_EQ(Evaluate("'abc'.reverse()", Dialect::kKubernetes).substr(0, 6), "issue:");
  ExpectAll(
      {
          {"strings.quote('a')", R"("\"a\"")"},
          {"'%d'.format([1])", R"("1")"},
          {"['a'].join()", R"("a")"},
      },
      Dialect::kKubernetes);
}

// Figures of k8s.io/apiserver's environment.
TEST(StringsExtension, Costs) {
  ExpectCosts(Dialect::kKubernetes, {
                                        {"'hello'.charAt(2)", 1},
                                        {"'hello'.lowerAscii()", 1},
                                        {"'hello world'.upperAscii()", 2},
                                        {"'hello world hello'.indexOf('world')", 1},
                                        {"'hello'.indexOf('l')", 0},
                                        {"'hello world'.replace('l', 'y')", 3},
                                        {"'hello world'.split('l')", 3},
                                        {"strings.quote('hello world')", 2},
                                        {"'%s'.format(['hello'])", 1},
                                        {"''.split(',')", 0},
                                    });
}

TEST(StringsExtension, BoundsWhatItMakes) {
  std::string grow = "'" + std::string(1000, 'x') + "'";
  for (int i = 0; i < 3; ++i) grow += ".replace('', '" + std::string(1000, 'y') + "')";
  EXPECT_EQ(Evaluate(grow, Dialect::kStandard).substr(0, 6), "error:");
  std::string join = "lists.range(100000).map(i, '" + std::string(1000, 'x') + "').join()";
  EXPECT_EQ(Evaluate(join, Dialect::kStandard).substr(0, 6), "error:");
}

}  // namespace
}  // namespace guard::cel::test

#include "policies/base/error.h"

#include <gtest/gtest.h>

#include <vector>

namespace guard {
namespace {

TEST(Place, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(ToString(Place{"a.yaml", 3, 7}), "a.yaml:3:7");
  EXPECT_EQ(ToString(Place{"a.yaml", 3, 0}), "a.yaml:3");
  EXPECT_EQ(ToString(Place{"a.yaml", 0, 0}), "a.yaml");
  EXPECT_EQ(ToString(Place{"", 3, 7}), "3:7");
  EXPECT_EQ(ToString(Place{}), "");
}

TEST(Error, IsOneLineAsAString) {
  EXPECT_EQ(ToString(Error{"no such key", {"a.yaml", 1, 2}, "x: 1", 1, "write y"}),
            "a.yaml:1:2: no such key");
  EXPECT_EQ(ToString(Error{"no such key", {}, "", 1, ""}), "no such key");
}

TEST(Error, RendersTheLineACaretAndTheHint) {
  Error error{"no such key", {"a.yaml", 12, 3}, "a: bcd", 3, "write 'y'"};
  EXPECT_EQ(Render(error),
            "a.yaml:12:3: no such key\n"
            "12 | a: bcd\n"
            "   |   ^^^\n"
            "  hint: write 'y'");
}

TEST(Error, IndentsAHintOfSeveralLines) {
  EXPECT_EQ(Render(Fail("x", "one\ntwo").error()), "x\n  hint: one\n        two");
}

TEST(Error, CaretCountsCodePointsAndKeepsTabsNarrow) {
  EXPECT_EQ(Render({"bad", {"f", 1, 4}, "é\tüx", 1, ""}), "f:1:4: bad\n1 | é üx\n  |    ^");
}

TEST(Error, CutsLongLinesAroundTheCaret) {
  std::string line(601, 'a');
  line[300] = 'X';
  std::string text = Render({"bad", {"f", 1, 301}, line, 1, ""});
  EXPECT_LT(text.size(), 300u);
  size_t caret = text.find('^') - text.rfind("  | ");
  size_t shown = text.find('X') - text.find("1 | ");
  EXPECT_EQ(caret, shown);
}

TEST(Nearest, FindsTyposOnly) {
  std::vector<std::string> names{"containers", "volumes", "hostPID"};
  EXPECT_EQ(Nearest("container", names), "containers");
  EXPECT_EQ(Nearest("vloumes", names), "volumes");
  EXPECT_EQ(Nearest("image", names), "");
  EXPECT_EQ(Nearest("", names), "");
}

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail("odd", "double it");
  return number / 2;
}
Result<int> Quarter(int number) { return Half(TRY(Half(number))); }
Result<void> MustBeEven(int number) {
  TRY_VOID(Half(number));
  return {};
}

TEST(Try, PassesErrorsOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().message, "odd");
  EXPECT_EQ(Quarter(5).error().hint, "double it");
  EXPECT_TRUE(MustBeEven(2));
  EXPECT_FALSE(MustBeEven(3));
}

}  // namespace
}  // namespace guard

#include "auditor/fix_preview.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

std::string Preview(std::string text, std::vector<TextEdit> edits) {
  Source source("x.yaml", std::move(text));
  std::string out;
  for (const FixLine& line : PreviewFix(source, edits))
    out += (line.added ? "+" : "-") + std::to_string(line.line) + " " + line.text + "\n";
  return out;
}

TEST(PreviewFix, ShowsWholeLines) {
  EXPECT_EQ(Preview("a: 1\nb: true\nc: 3\n", {{{8, 12}, "false"}}), "-2 b: true\n+2 b: false\n");
  EXPECT_EQ(Preview("a: 1\nb: true\nc: 3\n", {{{5, 13}, ""}}), "-2 b: true\n");
  EXPECT_EQ(Preview("a: 1\nb: 2\n", {{{5, 5}, "x: 9\n"}}), "+2 x: 9\n");
  EXPECT_EQ(Preview("a: 1", {{{4, 4}, "\nb: 2"}}), "+2 b: 2\n");
}

TEST(PreviewFix, JoinsEditsOfOneLineAndKeepsOthersApart) {
  EXPECT_EQ(Preview("{a: 1, b: 2}\nc: 3\n\nd: 4\n", {{{4, 5}, "9"}, {{10, 11}, "8"}, {{22, 23}, "7"}}),
            "-1 {a: 1, b: 2}\n+1 {a: 9, b: 8}\n-4 d: 4\n+4 d: 7\n");
}

TEST(PreviewFix, KnowsWindowsLineEnds) {
  EXPECT_EQ(Preview("a: 1\r\nb: 2\r\n", {{{9, 10}, "3"}}), "-2 b: 2\n+2 b: 3\n");
}

}  // namespace
}  // namespace guard

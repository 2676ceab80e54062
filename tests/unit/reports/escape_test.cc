#include "auditor/reports/escape.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(OneLine, HasNoBreaksAndNoControlCharacters) {
  EXPECT_EQ(OneLine("a\nb\r\tc\n"), "a b  c");
  EXPECT_EQ(OneLine("a\x1b[31m"), "a\xEF\xBF\xBD[31m");
}

TEST(XmlText, CannotLeaveItsPlace) {
  EXPECT_EQ(XmlText("\"><x a='&'>]]>"), "&quot;&gt;&lt;x a='&amp;'&gt;]]&gt;");
  EXPECT_EQ(XmlText("a\x01\xEF\xBF\xBE\xff"), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(MarkdownText, IsNeverMarkup) {
  EXPECT_EQ(MarkdownText("a|b\n`c` <img src=x> [d](e) @team"),
            "a\\|b \\`c\\` &lt;img src=x&gt; \\[d\\]\\(e\\) &#64;team");
}

TEST(CsvField, QuotesAndDefusesFormulas) {
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(CsvField("=cmd()"), "\"'=cmd()\"");
  EXPECT_EQ(CsvField("-1"), "\"'-1\"");
  EXPECT_EQ(CsvField("\t@x"), "\" @x\"");
}

TEST(CommandData, CannotBeginACommand) {
  EXPECT_EQ(CommandData("100%\n::error::x"), "100%25%0A::error::x");
  EXPECT_EQ(CommandProperty("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
}

TEST(RepositoryPath, HasNoDots) {
  EXPECT_EQ(RepositoryPath("././a/b"), "a/b");
  EXPECT_EQ(RepositoryPath("/a"), "/a");
}

}  // namespace
}  // namespace guard

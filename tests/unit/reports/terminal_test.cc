#include "auditor/reports/terminal.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(Printable, DisarmsWhatATerminalWouldObey) {
  EXPECT_EQ(Printable("plain ünïcödé 日本"), "plain ünïcödé 日本");
  EXPECT_EQ(Printable("a\tb"), "a b");
  EXPECT_EQ(Printable("\x1b[31mred\x07"), "\xEF\xBF\xBD[31mred\xEF\xBF\xBD");
  EXPECT_EQ(Printable("\xC2\x9b\x31"),
            "\xEF\xBF\xBD"
            "1");  // C1 control
  EXPECT_EQ(Printable("a\xE2\x80\xAE"
                      "b"),
            "a\xEF\xBF\xBD"
            "b");  // right-to-left override
  EXPECT_EQ(Printable("\xff\xfe"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(Printable("cut \xE6\x97"), "cut \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1u);
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_EQ(Wrap("one two three four five six seven", 2, 24), "one two three four\n  five six seven");
  EXPECT_EQ(Wrap("averyveryverylongwordthatcannotbreak x", 0, 22), "averyveryverylongwordthatcannotbreak\nx");
  EXPECT_EQ(Wrap("", 4, 80), "");
}

}  // namespace
}  // namespace guard

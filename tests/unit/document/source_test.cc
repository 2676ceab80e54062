#include "policies/document/source.h"

#include <gtest/gtest.h>

#include "policies/base/utf8.h"

namespace guard {
namespace {

TEST(Source, LocatesLinesAndCodePoints) {
  Source source("f", "ab\ncé日x\r\n\nlast");
  struct {
    uint32_t offset, line, column;
  } const kCases[] = {{0, 1, 1}, {1, 1, 2},  {2, 1, 3},  {3, 2, 1},  {4, 2, 2}, {6, 2, 3},
                      {9, 2, 4}, {12, 3, 1}, {13, 4, 1}, {17, 4, 5}, {99, 4, 5}};
  for (const auto& c : kCases) {
    LineColumn at = source.Locate(c.offset);
    EXPECT_EQ(at, (LineColumn{c.line, c.column}))
        << "offset " << c.offset << ": " << at.line << ":" << at.column;
  }
  EXPECT_EQ(source.line_count(), 4u);
  EXPECT_EQ(source.Line(2), "cé日x");
  EXPECT_EQ(source.Line(3), "");
  EXPECT_EQ(source.Line(4), "last");
  EXPECT_EQ(source.Line(5), "");
  EXPECT_EQ(source.LineBegin(4), 13u);
}

TEST(Source, HasOneLineWhenEmpty) {
  Source source("f", "");
  EXPECT_EQ(source.Locate(0), (LineColumn{1, 1}));
  EXPECT_EQ(source.Locate(5), (LineColumn{1, 1}));
  EXPECT_EQ(source.line_count(), 1u);
  EXPECT_EQ(source.Line(1), "");
}

TEST(Source, DoesNotCountAByteOrderMark) {
  Source source("f",
                "\xEF\xBB\xBF"
                "ab\nc");
  EXPECT_EQ(source.Locate(3), (LineColumn{1, 1}));
  EXPECT_EQ(source.Locate(4), (LineColumn{1, 2}));
  EXPECT_EQ(source.Line(1), "ab");
}

TEST(Source, MakesErrorsWithTheirLine) {
  Source source("f", "one\ntwö three\n");
  Error error = source.ErrorAt({9, 14}, "bad", "hint");
  EXPECT_EQ(Render(error), "f:2:5: bad\n2 | twö three\n  |     ^^^^^\n  hint: hint");
  EXPECT_EQ(source.ErrorAt({9, 9}, "bad").caret_length, 1u);
  EXPECT_EQ(source.ErrorAt({0, 14}, "bad").caret_length, 3u);
}

TEST(CheckText, PassesText) {
  for (const char* text : {"", "abc\n", "é日😀\n",
                           "\xEF\xBB\xBF"
                           "a"})
    EXPECT_TRUE(CheckText(Source("f", text))) << text;
}

TEST(CheckText, NamesThePlaceOfWhatIsNoUtf8) {
  const char* kBad[] = {
      "\x80",              // a continuation on its own
      "\xC3",              // cut off
      "\xC3(",             // not continued
      "\xC0\xAF",          // overlong, two bytes
      "\xE0\x80\xAF",      // overlong, three
      "\xF0\x80\x80\xAF",  // overlong, four
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",
      "\xFE",
      "\xFF",
      "\xE2\x82",
      "\xF0\x9F\x98",
  };
  for (std::string bad : kBad) {
    for (std::string before :
         {"", "é\n日x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
      std::string text = before + bad + "z";
      EXPECT_EQ(FindInvalidUtf8(text), before.size());
      Source source("f", text);
      Result<void> result = CheckText(source);
      ASSERT_FALSE(result);
      LineColumn at = source.Locate(static_cast<uint32_t>(before.size()));
      EXPECT_EQ(result.error().place, (Place{"f", at.line, at.column}));
    }
  }
}

TEST(CheckText, RefusesNulAndUtf16) {
  Result<void> nul = CheckText(Source("f", std::string("ab\nc\0d", 6)));
  ASSERT_FALSE(nul);
  EXPECT_EQ(ToString(nul.error()), "f:2:2: a NUL byte is not text");
  Result<void> utf16 = CheckText(Source("f", std::string("\xFF\xFE"
                                                         "a\0",
                                                         4)));
  ASSERT_FALSE(utf16);
  EXPECT_NE(utf16.error().message.find("UTF-16"), std::string::npos);
}

TEST(CheckText, RefusesALineOfAHundredMegabytes) {
  std::string text = "a: 1\n" + std::string(100 << 20, 'x') + "\n";
  Result<void> result = CheckText(Source("f", std::move(text)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().place.line, 2u);
  std::string lines(40 << 20, 'x');
  for (size_t at = 1000; at < lines.size(); at += 1 << 20) lines[at] = '\n';
  EXPECT_TRUE(CheckText(Source("f", std::move(lines))));
}

TEST(Utf8, EncodesWhatItCounts) {
  for (uint32_t code_point : {0x41u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xFFFDu, 0x10000u, 0x10FFFFu}) {
    char bytes[4];
    std::string_view text(bytes, EncodeUtf8(code_point, bytes));
    EXPECT_EQ(FindInvalidUtf8(text), std::string_view::npos) << code_point;
    EXPECT_EQ(CountCodePoints(text), 1u);
  }
  EXPECT_EQ(BytesOfCodePoints("é日x", 2), 5u);
  EXPECT_EQ(BytesOfCodePoints("é", 9), 2u);
}

}  // namespace
}  // namespace guard

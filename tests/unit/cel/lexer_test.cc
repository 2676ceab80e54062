// Literals and tokens: what they mean, and what is said about those that mean nothing.
#include "policies/cel/lexer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "policies/cel/parser.h"

namespace guard::cel {
namespace {

// The literals of a text, one after another; "line:column: message" for what is wrong.
std::string Lexed(std::string_view text) {
  Arena arena;
  std::vector<Issue> issues;
  std::string out;
  auto add = [&](const std::string& item) { out += (out.empty() ? "" : " | ") + item; };
  for (const Token& token : Lex(text, arena, issues).tokens) {
    if (token.kind == TokenKind::kInt) add("int " + std::to_string(token.value.unsigned_integer));
    if (token.kind == TokenKind::kLiteral) add(ToString(token.value));
    if (token.kind == TokenKind::kQuotedIdent) add("`" + std::string(token.value.string()) + "`");
    if (token.kind == TokenKind::kIdent || token.kind == TokenKind::kIn)
      add(std::string(text.substr(token.span.begin, token.span.size())));
  }
  for (const Issue& issue : issues) add(ToString(ToError(issue, text, "")));
  return out;
}

struct Case {
  std::string_view text, want;
};

TEST(Lexer, Numbers) {
  const Case kCases[] = {
      {"0 7 007", "int 0 | int 7 | int 7"},
      {"0x1F 0xabcdefABCDEF", "int 31 | int 188900977659375"},
      {"9223372036854775807 9223372036854775808", "int 9223372036854775807 | int 9223372036854775808"},
      {"9223372036854775809", "int 0 | 1:1: integer 9223372036854775809 is out of range"},
      {"0x10000000000000000", "int 0 | 1:1: integer 0x10000000000000000 is out of range"},
      {"1u 1U 0x1Fu 18446744073709551615u", "1u | 1u | 31u | 18446744073709551615u"},
      {"18446744073709551616u", "0u | 1:1: unsigned integer 18446744073709551616u is out of range"},
      {"1.5 .5 1e3 1.5e-3 .5E+1", "1.5 | 0.5 | 1000.0 | 0.0015 | 5.0"},
      {"1e308 5e-324", "1e+308 | 5e-324"},
      {"1e309", "0.0 | 1:1: number 1e309 is too large for a double"},
      {"0.1e999999999999", "0.0 | 1:1: number 0.1e999999999999 is too large for a double"},
      {"1e-400 0.0e999 0e-99999999999", "0.0 | 0.0 | 0.0"},
      {"1.e", "int 1 | e"},
      {"1e", "int 1 | e"},
      {"1in", "int 1 | in"},
      {"1u2", "1u | int 2"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Lexed(c.text), c.want) << c.text;
}

TEST(Lexer, Strings) {
  const Case kCases[] = {
      {R"('a' "b" '' "")", R"("a" | "b" | "" | "")"},
      {R"("it's" 'say "x"')", R"("it's" | "say \"x\"")"},
      {R"('''a''b''' """c"d""")", R"("a''b" | "c\"d")"},
      {R"('''''' '''\'''')", R"("" | "'")"},
      {"'''a\nb'''", R"("a\nb")"},
      {"'''a\r\nb\rc'''", R"("a\nb\nc")"},
      {R"('\a\b\f\v\\\?\`\'\"')", R"("\x07\x08\x0c\x0b\\?`'\"")"},
      {R"('\n\r\t')", R"("\n\r\t")"},
      {R"('\x41\X7a\101')", R"("AzA")"},
      {R"('\u00e9\U0001F62C\xff\377')", "\"\xC3\xA9\xF0\x9F\x98\xAC\xC3\xBF\xC3\xBF\""},
      {"'\xC3\xA9'", "\"\xC3\xA9\""},
      {R"(r'\n' R"\" r'''a\''')", R"("\\n" | "\\" | "a\\")"},
      {R"(b'a\xff\377' B"b")", R"(b"a\xff\xff" | b"b")"},
      {"b'\xC3\xBF'", R"(b"\xc3\xbf")"},
      {R"(br'\n' bR'\x' Br'' BR'''a''')", R"(b"\\n" | b"\\x" | b"" | b"a")"},
      {"rb br b r", "rb | br | b | r"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Lexed(c.text), c.want) << c.text;
  }
}

TEST(Lexer, Escapes) {
  const Case kCases[] = {
      {R"('\q')", R"(1:2: unknown escape '\q')"},
      {R"('a\8')", R"(1:3: unknown escape '\8')"},
      {R"('\xg1')", R"(1:2: escape '\x' needs 2 hexadecimal digits)"},
      {R"('\u123')", R"(1:2: escape '\u123' needs 4 hexadecimal digits)"},
      {R"('\12')", R"(1:2: escape '\12' needs three octal digits)"},
      {R"('\400')", R"(1:2: escape '\400' is beyond \377)"},
      {R"('\ud800')", R"(1:2: escape '\ud800' is half of a surrogate pair, not a character)"},
      {R"('\U00110000')", R"(1:2: escape '\U00110000' is beyond the last code point, \U0010FFFF)"},
      {R"(b'\u0041')", R"(1:3: escape '\u0041' is not allowed in bytes)"},
      {R"(b'\U00000041')", R"(1:3: escape '\U00000041' is not allowed in bytes)"},
      {"'\\\xC3\xA9'", "1:2: unknown escape '\\\xC3\xA9'"},
      {"'''\\\nb'''", "1:4: a line break cannot be escaped"},
      {"'\xff'", "1:2: invalid UTF-8 in a string"},
      {"'\xed\xa0\x80'", "1:2: invalid UTF-8 in a string"},
  };
  for (const Case& c : kCases) {
    std::string got = Lexed(c.text);
    EXPECT_EQ(got.substr(got.find(" | ") + 3), c.want) << c.text;
  }
}

TEST(Lexer, WordsAndBlanks) {
  const Case kCases[] = {
      {"a _b C9 in true false null as", "a | _b | C9 | in | true | false | null | as"},
      {"inside trueish nullable", "inside | trueish | nullable"},
      {"a\t\r\n\f b // c 'd\n e", "a | b | e"},
      {"a//", "a"},
      {"`a-b.c/d e_1`", "`a-b.c/d e_1`"},
      {"``", "`` | 1:1: a quoted field name is empty"},
      {"`a$b` c", "c | 1:1: a quoted field name may hold letters, digits and _ . - / and spaces only"},
      {"`a", "a | 1:1: '`' opens a field name that is not closed"},
      {"a \xC3\xA9 b", "a | b | 1:3: unexpected character '\xC3\xA9'"},
      {"a \x01", "a | 1:3: unexpected control character U+0001"},
      {std::string_view("a\0", 2), "a | 1:2: unexpected control character U+0000"},
      {"a \xff", "a | 1:3: invalid UTF-8"},
      {"a ^ b", "a | b | 1:3: unexpected character '^'"},
      {"\xC3\xA9\xF0\x9F\x98\xAC '\\q'",
       "\"\" | 1:1: unexpected character '\xC3\xA9' | 1:2: unexpected character "
       "'\xF0\x9F\x98\xAC' | 1:5: unknown escape '\\q'"},
  };
  for (const Case& c : kCases) {
    std::string got = Lexed(c.text);
    if (c.text == "``") got = "`` | " + got;  // an empty name is no token
    EXPECT_EQ(got, c.want) << c.text;
  }
}

}  // namespace
}  // namespace guard::cel

#include "tests/unit/cel/evaluator.h"

namespace guard::cel {
namespace {

struct Case {
  const char* expression;
  const char* value;
};

void Check(std::initializer_list<Case> cases) {
  Evaluator evaluate(R"({"one": 1, "text": "abc"})");
  for (const Case& c : cases) EXPECT_EQ(evaluate(c.expression), c.value) << c.expression;
}

TEST(Standard, ArithmeticKnowsItsBounds) {
  Check({
      {"9223372036854775807 + one", "error: integer overflow"},
      {"-9223372036854775808 - one", "error: integer overflow"},
      {"-(-9223372036854775808)", "error: integer overflow"},
      {"4611686018427387904 * 2", "error: integer overflow"},
      {"-9223372036854775808 / -1", "error: integer overflow"},
      {"-9223372036854775808 % -1", "error: integer overflow"},
      {"-7 / 2", "-3"},
      {"-7 % 2", "-1"},
      {"1 / 0", "error: division by zero"},
      {"1 % 0", "error: modulus by zero"},
      {"1u / 0u", "error: division by zero"},
      {"18446744073709551615u + 1u", "error: unsigned integer overflow"},
      {"1u - 2u", "error: unsigned integer overflow"},
      {"18446744073709551615u * 2u", "error: unsigned integer overflow"},
      {"7u % 4u * 2u", "6u"},
      {"1.0 / 0.0", "double(\"+Inf\")"},
      {"-(1.5 - 2.0) * 4.0", "2.0"},
      {"'a' + '' + 'b'", "\"ab\""},
      {"b'a' + b'b'", "b\"ab\""},
      {"[1] + [] + [dyn(2u)]", "[1, 2u]"},
  });
}

TEST(Standard, ConversionsToNumbers) {
  Check({
      {"int('-42')", "-42"},
      {"int('+42')", "42"},
      {"int('+-42')", "error: \"+-42\" is no int"},
      {"int('9223372036854775808')", "error: \"9223372036854775808\" is no int"},
      {"int(' 1')", "error: \" 1\" is no int"},
      {"int('')", "error: \"\" is no int"},
      {"int(9223372036854775808u)", "error: 9223372036854775808u is out of the range of int"},
      {"int(-1.9)", "-1"},
      {"int(1e19)", "error: 1e+19 is out of the range of int"},
      {"int(double('NaN'))", "error: double(\"NaN\") is out of the range of int"},
      {"uint('42')", "42u"},
      {"uint('-1')", "error: \"-1\" is no uint"},
      {"uint('+1')", "error: \"+1\" is no uint"},
      {"uint(-one)", "error: -1 is out of the range of uint"},
      {"uint(1.9)", "1u"},
      {"uint(-0.5)", "error: -0.5 is out of the range of uint"},
      {"double('1e3')", "1000.0"},
      {"double('-.5')", "-0.5"},
      {"double('+2')", "2.0"},
      {"double('0x1p4')", "16.0"},
      {"double('-Infinity')", "double(\"-Inf\")"},
      {"double('inf')", "double(\"+Inf\")"},
      {"double('nan')", "double(\"NaN\")"},
      {"double('1e999')", "error: \"1e999\" is no double"},
      {"double('1e-999')", "0.0"},
      {"double('1,5')", "error: \"1,5\" is no double"},
      {"double('--1')", "error: \"--1\" is no double"},
      {"double('0x')", "error: \"0x\" is no double"},
      {"double(7u) + double(one)", "8.0"},
      {"int(int(one)) + int(uint(one))", "2"},
  });
}

TEST(Standard, ConversionsToTextAndBack) {
  Check({
      {"string(1) + string(2u) + string(true) + string('x')", "\"12truex\""},
      {"string(1.0) + ' ' + string(1e6) + ' ' + string(-0.0045)", "\"1 1e+06 -0.0045\""},
      {"string(b'\\xc3\\xa9')", "\"\xc3\xa9\""},
      {"string(b'\\xff')", "error: the bytes are not valid UTF-8"},
      {"string(b'\\xed\\xa0\\x80')", "error: the bytes are not valid UTF-8"},
      {"bytes('\xc3\xa9')", "b\"\\xc3\\xa9\""},
      {"bytes(b'x')", "b\"x\""},
      {"bool('t') && bool('TRUE') && !bool('F') && !bool('0')", "true"},
      {"bool('yes')", "error: \"yes\" is no bool"},
      {"type(one) == int && type('') == string && type(null) == null_type", "true"},
      {"type(type(one)) == type", "true"},
      {"type([])", "list"},
      {"dyn(one) + 1", "2"},
  });
}

TEST(Standard, Texts) {
  Check({
      {"size('') + size('a\xc3\xa9\xf0\x9f\x98\x80')", "3"},
      {"size(b'\xc3\xa9')", "2"},
      {"[1, 2].size() + {1: 2}.size() + size({})", "3"},
      {"text.contains('') && text.contains('bc') && !text.contains('ac')", "true"},
      {"text.startsWith('ab') && text.endsWith('bc') && text.startsWith('')", "true"},
      {"text.matches('b') && matches(text, '^a.c$') && !text.matches('^b')", "true"},
      {"text.matches('(?i)ABC') && '\xc3\xa9'.matches('^.$')", "true"},
      {"text.matches('a(')", "error: invalid regular expression: missing ): a("},
      {"text.matches('(?=a)')", "error: invalid regular expression: invalid perl operator: (?="},
  });
}

}  // namespace
}  // namespace guard::cel

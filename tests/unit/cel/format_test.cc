#include "policies/cel/format.h"

#include "tests/unit/cel/run_expression.h"

namespace guard::cel::test {
namespace {

// As %s writes it; both styles at once.
struct Written {
  std::string value, plain, localised;
};

TEST(Format, WritesEveryValue) {
  for (const Written& c : std::initializer_list<Written>{
           {"'a\"b'", "a\"b", "a\"b"},
           {"12345678", "12345678", "12345678"},
           {"3u", "3", "3"},
           {"true", "true", "true"},
           {"null", "null", "null"},
           {"b'xyz'", "xyz", "xyz"},
           {"type(1)", "int", "int"},
           {"duration('1h45m47s')", "6347s", "6347s"},
           {"duration('-1.000000001s')", "-1.000000001s", "-1.000000001s"},
           {"timestamp('2023-02-03T23:31:20.100+01:00')", "2023-02-03T22:31:20.1Z", "2023-02-03T22:31:20.1Z"},
           {"1.0", "1", "1"},
           {"-0.0", "-0", "-0"},
           {"0.000001", "0.000001", "1e-06"},
           {"1e21", "1000000000000000000000", "1e+21"},
           {"1e23", "100000000000000000000000", "1e+23"},
           {"123456789.0", "123456789", "1.23456789e+08"},
           {"double('-Infinity')", "-Infinity", "-Inf"},
           {"double('NaN')", "NaN", "NaN"},
           {"[]", "[]", "[]"},
           {"['a', 'b\"\\n']", "[a, b\"\n]", R"(["a", "b\"\n"])"},
           {"[1.5, 1e21]", "[1.5, 1000000000000000000000]", "[1.500000, 1000000000000000000000.000000]"},
           {"[double('Infinity')]", "[Infinity]", R"(["+Inf"])"},
           {"[duration('1h'), timestamp(0)]", "[3600s, 1970-01-01T00:00:00Z]",
            R"([duration("3600s"), timestamp("1970-01-01T00:00:00Z")])"},
           {"[b'xyz', dyn(null), [1, 2u]]", "[xyz, null, [1, 2]]", R"([b"xyz", null, [1, 2]])"},
           {"{}", "{}", "{}"},
           {"{'b': 1, 'a': 'x'}", "{a: x, b: 1}", R"({"a":"x", "b":1})"},
           {"{10: 1, 9: 2, true: 3, 'k': 4}", "{10: 1, 9: 2, k: 4, true: 3}",
            R"({"k":4, 10:1, 9:2, true:3})"},
       }) {
    std::string call = "'%s'.format([" + c.value + "])";
    EXPECT_EQ(Evaluate(call, Dialect::kStandard), ToString(Value::String(c.plain))) << c.value;
    EXPECT_EQ(Evaluate(call, Dialect::kKubernetes), ToString(Value::String(c.localised))) << c.value;
  }
}

TEST(Format, EscapesWhatIsNotPrintable) {
  Value text = Value::String("\U0001F600\xE2\x80\xA8\x7F\xC2\x80\xEF\xBB\xBF\t\\'");
  Value list = Value::Items(&text, 1), args = Value::Items(&list, 1);
  EXPECT_EQ(FormatText("%s", args, FormatStyle::kLocalised).value(), R"(["😀\u2028\x7f\u0080\ufeff\t\\'"])");
}

TEST(Format, Clauses) {
  ExpectAll(
      {
          {"'%% and %s%%'.format(['x'])", R"("% and x%")"},
          {"'%d %d, %s'.format([1, 2u, 'A'])", R"("1 2, A")"},
          {"'%d'.format([1.5])", R"("1.5")"},
          {"'%d'.format([double('Infinity')])", R"("Infinity")"},
          {"'%b %b %b'.format([5, -5, true])", R"("101 -101 1")"},
          {"'%o %o'.format([11, -8])", R"("13 -10")"},
          {"'%x %X %x'.format([30, 30u, -255])", R"("1e 1E -ff")"},
          {"'%x %X'.format(['Hé', b'\\xff'])", R"("48c3a9 FF")"},
          {"'%f %.1f %.0f'.format([2.71828, 0.25, 2.5])", R"("2.718280 0.2 2")"},
          {"'%f %f'.format([2, 3u])", R"("2.000000 3.000000")"},
          {"'%.2f'.format([-0.001])", R"("-0.00")"},
          {"'%.60f'.format([0.1])", R"("0.100000000000000005551115123125782702118158340454101562500000")"},
          {"'%f %f'.format([double('NaN'), double('-Infinity')])", R"("NaN -Infinity")"},
          {"'%e %.0e %.2e'.format([1234567.5, 15.0, 1e-100])", R"("1.234568e+06 2e+01 1.00e-100")"},
          {"'%e'.format([double('Infinity')])", R"("Infinity")"},
          {"'%s'.format(['a', 'b'])", R"("a")"},
          {"'%.3s'.format(['abcdef'])", R"("abcdef")"},
          {"''.format([])", R"("")"},
      },
      Dialect::kStandard);
}

TEST(Format, ClausesInEnglish) {
  ExpectAll(
      {
          {"'%f'.format([1234567.5])", R"("1,234,567.500000")"},
          {"'%.2f'.format([-123.456])", R"("-123.46")"},
          {"'%.2f'.format([-1234567.456])", R"("-1,234,567.46")"},
          {"'%.1f'.format([999.95])", R"("1,000.0")"},
          {"'%.0f'.format([1e22])", R"("10,000,000,000,000,000,000,000")"},
          {"'%f'.format([-0.0])", R"("0.000000")"},
          {"'%.2f'.format([-0.001])", R"("-0.00")"},
          {"'%f %f'.format([double('Infinity'), '-Infinity'])", R"("∞ -∞")"},
          {"'%f'.format(['NaN'])", R"("NaN")"},
          {"'%e'.format([1234567.5])", R"("1.234568×10⁰⁶")"},
          {"'%.2e'.format([-0.00012])", R"("-1.200000×10⁻⁰⁴")"},
          {"'%e'.format([1e100])", R"("1.000000×10¹⁰⁰")"},
          {"'%.20e'.format([1234567.5])", R"("       1.234568×10⁰⁶")"},
          {"'%.15e'.format([-0.1])", R"("-1.000000×10⁻⁰¹")"},
          {"'%.17e'.format([-0.1])", R"("  -1.000000×10⁻⁰¹")"},
          {"'%e|%e|%e'.format([double('NaN'), 'Infinity', '-Infinity'])", R"("   NaN|     ∞|    -∞")"},
          {"'%d %b %x %o'.format([-5, false, 'é', 8u])", R"("-5 0 c3a9 10")"},
      },
      Dialect::kKubernetes);
}

TEST(Format, SaysWhatIsWrong) {
  ExpectAll(
      {
          {"'%a'.format([1])",
           "error: could not parse formatting clause: unrecognized formatting clause \"a\""},
          {"'%é'.format([1])",
           "error: could not parse formatting clause: unrecognized formatting clause \"é\""},
          {"'%E'.format([0.5])",
           "error: could not parse formatting clause: unrecognized formatting clause \"E\""},
          {"'%5d'.format([5])",
           "error: could not parse formatting clause: unrecognized formatting clause \"5\""},
          {"'%d %d %d'.format([0, 1])", "error: index 2 out of range"},
          {"'%'.format([1])", "error: unexpected end of string"},
          {"'%'.format([])", "error: index 0 out of range"},
          {"'%.'.format([1])",
           "error: could not parse formatting clause: error while parsing precision: could not find end of "
           "precision specifier"},
          {"'%.3'.format([1])",
           "error: could not parse formatting clause: error while parsing precision: could not find end of "
           "precision specifier"},
          {"'%.f'.format([1])",
           "error: could not parse formatting clause: error while parsing precision: error while converting "
           "precision to "
           "integer: parsing \"\": invalid syntax"},
          {"'%.101f'.format([1])",
           "error: could not parse formatting clause: error while parsing precision: precision 101 exceeds "
           "maximum allowed precision 100"},
          {"'%.99999999999999999999f'.format([1])",
           "error: could not parse formatting clause: error while parsing precision: precision "
           "99999999999999999999 exceeds maximum allowed "
           "precision 100"},
          {"'%d'.format([null])",
           "error: error during formatting: decimal clause can only be used on integers, was given "
           "null_type"},
          {"'%d'.format([duration('1s')])",
           "error: error during formatting: decimal clause can only be used on integers, was given "
           "google.protobuf.Duration"},
          {"'%f'.format(['NaN'])",
           "error: error during formatting: fixed-point clause can only be used on doubles, was given "
           "string"},
          {"'%e'.format([true])",
           "error: error during formatting: scientific clause can only be used on doubles, was given bool"},
          {"'%b'.format(['abc'])",
           "error: error during formatting: only integers and bools can be formatted as binary, was given "
           "string"},
          {"'%o'.format([1.5])",
           "error: error during formatting: octal clause can only be used on integers, was given double"},
          {"'%x'.format([0.5])",
           "error: error during formatting: only integers, byte buffers, and strings can be formatted as "
           "hex, was given double"},
          {"'%s'.format([optional.of(1)])",
           "error: error during formatting: string clause can only be used on strings, bools, bytes, "
           "ints, doubles, maps, lists, types, durations, "
           "and timestamps, was given optional_type"},
          {R"('%s'.format([b'\xff']))",
           "error: error during formatting: could not convert argument \"invalid UTF-8 in bytes, cannot "
           "convert to string\" to string"},
      },
      Dialect::kStandard);
}

TEST(Format, ChecksLiteralCallsWhenTheyLoad) {
  ExpectAll(
      {
          {"'%d'.format([1.5])",
           "issue: error during formatting: decimal clause can only be used on integers, was given double"},
          {"'%s %f'.format(['x', 1])",
           "issue: error during formatting: fixed-point clause can only be used on doubles, was given int"},
          {"'%s %s'.format(['a'])", "issue: index 1 out of range"},
          {"'%s'.format(['a', 'b'])",
           "issue: too many arguments supplied to string.format (expected 1, got 2)"},
          {"'%'.format(['a'])", "issue: unexpected end of string"},
          {"'%s'.format([[optional.of(1)]])",
           "issue: error during formatting: string clause can only be used on strings, bools, bytes, ints, "
           "doubles, maps, lists, types, "
           "durations, and timestamps, was given optional_type"},
          {"'%d'.format([dyn(1.5)])",
           "error: error during formatting: decimal clause can only be used on integers, was given double"},
          {"dyn('%d').format([1])", R"("1")"},
      },
      Dialect::kKubernetes);
}

}  // namespace
}  // namespace guard::cel::test

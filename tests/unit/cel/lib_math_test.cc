#include "tests/unit/cel/run_expression.h"

namespace guard::cel::test {
namespace {

TEST(MathExtension, GreatestAndLeast) {
  ExpectAll(
      {
          {"math.greatest(5)", "5"},
          {"math.greatest(1, 2)", "2"},
          {"math.greatest(1, 2.0)", "2.0"},
          {"math.greatest(1, 1.0)", "1"},
          {"math.greatest(1.0, 1)", "1.0"},
          {"math.greatest(1, 2, 3u)", "3u"},
          {"math.greatest([1, 3, 2])", "3"},
          {"math.greatest(-1, 18446744073709551615u)", "18446744073709551615u"},
          {"math.least(1u, -1)", "-1"},
          {"math.least(-1.5, -1)", "-1.5"},
          {"math.least(dyn([3, 2]))", "2"},
          {"math.least([dyn(1u), dyn(2), dyn(0.5)])", "0.5"},
          {"math.greatest(1.0, double('NaN'))", "error: NaN values cannot be ordered: math.@max"},
          {"math.least(double('NaN'), 1.0)", "error: NaN values cannot be ordered: math.@min"},
          {"math.least(dyn([]))", "error: math.@min(list) argument must not be empty"},
          {"math.greatest([dyn(1), dyn('a')])", "error: no such overload: math.@max"},
      },
      Dialect::kStandard);
}

TEST(MathExtension, Rounds) {
  ExpectAll(
      {
          {"math.ceil(1.2)", "2.0"},
          {"math.floor(-1.2)", "-2.0"},
          {"math.round(2.5)", "3.0"},
          {"math.round(-2.5)", "-3.0"},
          {"math.round(0.49999999999999994)", "0.0"},
          {"math.trunc(-2.7)", "-2.0"},
          {"math.isNaN(math.round(double('NaN')))", "true"},
          {"math.isInf(math.ceil(double('-Infinity')))", "true"},
      },
      Dialect::kStandard);
}

TEST(MathExtension, Tells) {
  ExpectAll(
      {
          {"math.isInf(1.0 / 0.0)", "true"},
          {"math.isInf(1.5)", "false"},
          {"math.isNaN(0.0 / 0.0)", "true"},
          {"math.isFinite(1.5)", "true"},
          {"math.isFinite(double('NaN'))", "false"},
          {"math.sign(-42)", "-1"},
          {"math.sign(0)", "0"},
          {"math.sign(42u)", "1u"},
          {"math.sign(-0.3)", "-1.0"},
          {"math.sign(-0.0)", "0.0"},
          {"math.isNaN(math.sign(double('NaN')))", "true"},
          {"math.abs(-5)", "5"},
          {"math.abs(5u)", "5u"},
          {"math.abs(-1.5)", "1.5"},
          {"math.abs(-9223372036854775808)", "error: integer overflow"},
          {"math.sqrt(81)", "9.0"},
          {"math.sqrt(9u)", "3.0"},
          {"math.sqrt(6.25)", "2.5"},
          {"math.isNaN(math.sqrt(-1))", "true"},
      },
      Dialect::kStandard);
}

TEST(MathExtension, Bits) {
  ExpectAll(
      {
          {"math.bitAnd(3, 5)", "1"},
          {"math.bitAnd(3u, 5u)", "1u"},
          {"math.bitOr(1, 2)", "3"},
          {"math.bitOr(1u, 2u)", "3u"},
          {"math.bitXor(3, 5)", "6"},
          {"math.bitXor(3u, 5u)", "6u"},
          {"math.bitNot(1)", "-2"},
          {"math.bitNot(0u)", "18446744073709551615u"},
          {"math.bitShiftLeft(1, 2)", "4"},
          {"math.bitShiftLeft(1, 63)", "-9223372036854775808"},
          {"math.bitShiftLeft(1, 64)", "0"},
          {"math.bitShiftLeft(1u, 200)", "0u"},
          {"math.bitShiftRight(-1, 1)", "9223372036854775807"},
          {"math.bitShiftRight(-1, 64)", "0"},
          {"math.bitShiftRight(1024u, 2)", "256u"},
          {"math.bitShiftLeft(1, -1)", "error: math.bitShiftLeft() negative offset: -1"},
          {"math.bitShiftRight(1u, -2)", "error: math.bitShiftRight() negative offset: -2"},
      },
      Dialect::kStandard);
}

TEST(MathExtension, IsNotInKubernetes) {
  EXPECT_EQ(Evaluate("math.abs(-1)", Dialect::kKubernetes).substr(0, 6), "issue:");
}

}  // namespace
}  // namespace guard::cel::test

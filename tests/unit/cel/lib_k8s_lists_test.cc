#include "run_expression.h"

namespace guard::cel::test {
namespace {

TEST(LibKubernetesLists, Functions) {
  ExpectAll(
      {
          {"[1, 2, 3].isSorted()", "true"},
          {"['a', 'b', 'b', 'c'].isSorted()", "true"},
          {"[2.0, 1.0].isSorted()", "false"},
          {"[1].isSorted() && [].isSorted()", "true"},
          {"[duration('1s'), duration('1m')].isSorted()", "true"},
          {"[timestamp(2), timestamp(1)].isSorted()", "false"},
          {"[false, true].isSorted() && [b'a', b'b'].isSorted() && [1u, 2u].isSorted()", "true"},
          {"[1, 3].sum()", "4"},
          {"[1u, 3u].sum()", "4u"},
          {"[1.0, 3.0].sum()", "4.0"},
          {"[].sum()", "0"},
          {"[duration('1m'), duration('1s')].sum() == duration('61s')", "true"},
          {"[9223372036854775807, 1].sum()", "error: integer overflow"},
          {"[18446744073709551615u, 1u].sum()", "error: unsigned integer overflow"},
          {"[duration('2562047h'), duration('1h')].sum()", "error: duration out of range"},
          {"['a'].sum()", "issue: "},
          {"[1, 3].min()", "1"},
          {"[1, 3].max()", "3"},
          {"['b', 'a', 'c'].min()", "\"a\""},
          {"['b', 'a', 'c'].max()", "\"c\""},
          {"([0] + [].filter(x, x > 0)).min()", "0"},
          {"[].min()", "error: min called on empty list"},
          {"[1].filter(x, false).max()", "error: max called on empty list"},
          {"[1, 2, 2, 3].indexOf(2)", "1"},
          {"['a', 'b', 'b', 'c'].lastIndexOf('b')", "2"},
          {"[1.0].indexOf(1.1)", "-1"},
          {"[].indexOf('string')", "-1"},
          {"[[1], [2]].indexOf([2])", "1"},
          {"[{'a': 1}].lastIndexOf({'a': 1})", "0"},
          {"'banana'.indexOf('an') * 10 + 'banana'.lastIndexOf('an')", "13"},
          {"[1, 2, 3].includes(2)", "true"},
          {"[1, 2, 3].includes(4)", "false"},
          {"[1, 2, 3].includes('2')", "false"},
          {"'model-a'.includes('model-a')", "true"},
          {"'model-a'.includes('model')", "false"},
          {"[[1], [2]].includes([1])", "true"},
      },
      Dialect::kKubernetes);
}

// Lists of constants are made when the program is, as cel-go's optimiser does it.
TEST(LibKubernetesLists, Costs) {
  const struct {
    const char* expression;
    uint64_t cost;
  } kCases[] = {
      {"[1, 2, 3, 4, 5].sum()", 5},
      {"[1u, 2u, 3u, 4u, 5u].max()", 5},
      {"['012345678901', '012345678901', '012345678901', '012345678901', '012345678901'].isSorted()", 5},
      {"['012345678901', '012345678901', '012345678901', '012345678901', '012345678901'].indexOf('x')", 5},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(RunExpression(c.expression, EnvironmentOf(Dialect::kKubernetes)).cost, c.cost) << c.expression;
}

TEST(LibKubernetesLists, OnlyKubernetesHasThem) {
  EXPECT_TRUE(Evaluate("[1].isSorted()", Dialect::kStandard).starts_with("issue: "));
}

}  // namespace
}  // namespace guard::cel::test

#include "tests/unit/cel/run_expression.h"

namespace guard::cel::test {
namespace {

TEST(ListsExtension, Slices) {
  ExpectAll(
      {
          {"[1, 2, 3, 4].slice(1, 3)", "[2, 3]"},
          {"[1, 2].slice(0, 2)", "[1, 2]"},
          {"[1, 2].slice(2, 2)", "[]"},
          {"[1].slice(-1, 3)", "error: cannot slice(-1, 3), negative indexes not supported"},
          {"[1].slice(3, 1)",
           "error: cannot slice(3, 1), start index must be less than or equal to end index"},
          {"[1, 2, 3, 4].slice(0, 10)", "error: cannot slice(0, 10), list is length 4"},
      },
      Dialect::kStandard);
}

TEST(ListsExtension, Flattens) {
  ExpectAll(
      {
          {"[[1, 2], [], [3]].flatten()", "[1, 2, 3]"},
          {"[[[1], [2]], [[3]]].flatten()", "[[1], [2], [3]]"},
          {"[dyn([1]), dyn(2)].flatten()", "[1, 2]"},
          {"[1, [2, [3, [4]]]].flatten(2)", "[1, 2, 3, [4]]"},
          {"[1, [2, [3, [4]]]].flatten(5)", "[1, 2, 3, 4]"},
          {"[[1]].flatten(0)", "[[1]]"},
          {"[[1]].flatten(-1)", "error: level must be non-negative"},
          {"[].flatten()", "[]"},
      },
      Dialect::kStandard);
}

TEST(ListsExtension, Sorts) {
  ExpectAll(
      {
          {"[3, 1, 2].sort()", "[1, 2, 3]"},
          {"[3u, 1u].sort()", "[1u, 3u]"},
          {"[2.5, -1.0].sort()", "[-1.0, 2.5]"},
          {"['b', 'a', 'é', ''].sort()", R"(["", "a", "b", "é"])"},
          {"[b'b', b'a'].sort()", R"([b"a", b"b"])"},
          {"[true, false].sort()", "[false, true]"},
          {"[duration('2s'), duration('1s')].sort() == [duration('1s'), duration('2s')]", "true"},
          {"[timestamp(2), timestamp(1)].sort() == [timestamp(1), timestamp(2)]", "true"},
          {"[].sort()", "[]"},
          {"[2.0, double('NaN'), 1.0, double('NaN'), 3.0].sort().slice(0, 3)", "[1.0, 2.0, 3.0]"},
          {"[dyn(1), dyn('a')].sort()", "error: list elements must have the same type"},
          {"[dyn(2), dyn(1.5)].sort()", "error: list elements must have the same type"},
          {"dyn([3, 1]).sort()", "[1, 3]"},
      },
      Dialect::kStandard);
  EXPECT_EQ(Evaluate("[[1]].sort()", Dialect::kStandard).substr(0, 6), "issue:");
}

TEST(ListsExtension, SortsByKeys) {
  ExpectAll(
      {
          {"[3, 1, 2].sortBy(e, -e)", "[3, 2, 1]"},
          {"['bb', 'a', 'cc', 'd'].sortBy(e, size(e))", R"(["a", "d", "bb", "cc"])"},  // stable
          {"[{'a': 2}, {'a': 1}].sortBy(e, e.a)", R"([{"a": 1}, {"a": 2}])"},
          {"[dyn([3]), dyn([1])].sortBy(e, e[0])", "[[1], [3]]"},
          {"[].sortBy(e, e)", "[]"},
          {"lists.range(5).sortBy(i, i % 2 == 0)", "[1, 3, 0, 2, 4]"},
      },
      Dialect::kStandard);
}

TEST(ListsExtension, Distinguishes) {
  ExpectAll(
      {
          {"[1, 2, 1, 3, 2].distinct()", "[1, 2, 3]"},
          {"[dyn(1), dyn(2u), dyn(2.0), dyn(2)].distinct()", "[1, 2u]"},
          {"[[1], [1], [2]].distinct()", "[[1], [2]]"},
          {"[{'a': 1}, {'a': 1.0}].distinct()", R"([{"a": 1}])"},
          {"[double('NaN'), double('NaN')].distinct().size()", "2"},
          {"[].distinct()", "[]"},
      },
      Dialect::kStandard);
}

TEST(ListsExtension, RangesReversesAndPicks) {
  ExpectAll(
      {
          {"lists.range(3)", "[0, 1, 2]"},
          {"lists.range(0)", "[]"},
          {"lists.range(-1)", "error: lists.range: size must be non-negative, got -1"},
          {"lists.range(2000000)", "error: lists.range: size 2000000 exceeds maximum allowed (1000000)"},
          {"lists.range(9223372036854775807)",
           "error: lists.range: size 9223372036854775807 exceeds maximum allowed (1000000)"},
          {"[1, 2, 3].reverse()", "[3, 2, 1]"},
          {"[].reverse()", "[]"},
          {"[1, 2].first()", "optional.of(1)"},
          {"[1, 2].last()", "optional.of(2)"},
          {"[].first()", "optional.none()"},
          {"[].last()", "optional.none()"},
      },
      Dialect::kStandard);
}

// Figures of k8s.io/apiserver's environment.
TEST(ListsExtension, Costs) {
  ExpectCosts(Dialect::kKubernetes, {
                                        {"[3, 1, 2].sort()", 29},
                                        {"['b', 'a'].sort()", 19},
                                        {"[].sort()", 11},
                                        {"[3, 1, 2].sortBy(e, -e)", 74},
                                        {"[1, 2, 3].reverse()", 14},
                                        {"[1, 2, 1].distinct()", 29},
                                        {"lists.range(5)", 16},
                                        {"[1, 2, 3, 4].slice(1, 3)", 13},
                                        {"[[1, 2], [3]].flatten()", 13},
                                        {"[1, 2].first()", 1},
                                        {"[1, 2].last()", 1},
                                    });
}

TEST(ListsExtension, PaysBeforeTheWork) {
  for (const char* expression : {"lists.range(2000).sort()", "lists.range(2000).distinct()",
                                 "lists.range(1000000)", "lists.range(2000).flatten(1000)"}) {
    EXPECT_EQ(Evaluate(expression, Dialect::kKubernetes).substr(0, 6), "error:") << expression;
  }
}

}  // namespace
}  // namespace guard::cel::test

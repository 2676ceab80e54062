#include "tests/unit/cel/run_expression.h"

namespace guard::cel::test {
namespace {

TEST(SetsExtension, ComparesListsAsSets) {
  ExpectAll(
      {
          {"sets.contains([], [])", "true"},
          {"sets.contains([], [1])", "false"},
          {"sets.contains([1, 2, 3], [2, 2, 1])", "true"},
          {"sets.contains([1, 2u, 3.0], [1.0, 2, 3u])", "true"},
          {"sets.contains([[1], [2, 3]], [[2, 3.0]])", "true"},
          {"sets.equivalent([], [])", "true"},
          {"sets.equivalent([1], [1, 1])", "true"},
          {"sets.equivalent([1, 2], [1])", "false"},
          {"sets.equivalent([1], [1u, 1.0])", "true"},
          {"sets.intersects([], [])", "false"},
          {"sets.intersects([1], [])", "false"},
          {"sets.intersects([1, 2], [3, 2.0])", "true"},
          {"sets.intersects([dyn({'a': 1})], [dyn({'a': 1u})])", "true"},
          {"sets.contains([double('NaN')], [double('NaN')])", "false"},
      },
      Dialect::kStandard);
}

// Figures of k8s.io/apiserver's environment.
TEST(SetsExtension, Costs) {
  ExpectCosts(Dialect::kKubernetes, {
                                        {"sets.contains([1, 2, 3], [1, 2])", 7},
                                        {"sets.equivalent([1, 2, 3], [1, 2, 3])", 19},
                                        {"sets.intersects([1, 2, 3], [1, 2])", 7},
                                    });
  std::string huge = "sets.contains(lists.range(2000), lists.range(2000))";
  EXPECT_EQ(Evaluate(huge, Dialect::kKubernetes).substr(0, 6), "error:");
}

}  // namespace
}  // namespace guard::cel::test

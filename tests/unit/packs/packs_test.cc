// The packs in the binary: all load, all are complete, and every example comes out as it should.
#include <gtest/gtest.h>

#include "policies/engine/lint.h"
#include "policies/subjects/examples.h"

namespace guard {
namespace {

std::string Told(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += '\n' + Render(error);
  return text;
}

TEST(Packs, LoadAndAreComplete) {
  auto set = PolicySet::Load(PolicySet::Embedded());
  ASSERT_TRUE(set) << Told(set.error());
  EXPECT_FALSE(set->guardrails().empty());
  std::vector<Error> lint = LintPolicies(*set);
  EXPECT_TRUE(lint.empty()) << Told(lint);
}

TEST(Packs, EveryExampleComesOutAsItShould) {
  auto set = PolicySet::Load(PolicySet::Embedded());
  ASSERT_TRUE(set) << Told(set.error());
  for (const auto& guardrail : set->guardrails()) {
    std::vector<Error> errors = RunExamples(*set, *guardrail);
    EXPECT_TRUE(errors.empty()) << Told(errors);
  }
}

}  // namespace
}  // namespace guard

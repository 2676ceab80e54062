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

// Unsafe fixes are not applied unasked, but what they do has to mend the finding, too. Some cannot be
// written: no line of a runner says that it is privileged.
TEST(Packs, EveryUnsafeFixMends) {
  std::vector<PolicyFile> files = PolicySet::Embedded();
  constexpr std::string_view kUnsafe = "  fix_is_safe: false\n";
  int unsafe = 0;
  for (PolicyFile& file : files)
    if (size_t at = file.text.find(kUnsafe); at != file.text.npos)
      file.text.erase(at, kUnsafe.size()), ++unsafe;
  EXPECT_GT(unsafe, 0);
  auto set = PolicySet::Load(files);
  ASSERT_TRUE(set) << Told(set.error());
  for (const auto& guardrail : set->guardrails()) {
    std::vector<Error> errors = RunExamples(*set, *guardrail);
    std::erase_if(errors, [](const Error& error) {
      return error.message.find("cannot be written") != error.message.npos;
    });
    EXPECT_TRUE(errors.empty()) << Told(errors);
  }
}

}  // namespace
}  // namespace guard

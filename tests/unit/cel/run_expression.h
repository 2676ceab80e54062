// One expression, from text to text: what the tables of the function families are made of.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "policies/cel/environment.h"
#include "policies/cel/program.h"
#include "policies/cel/value.h"

namespace guard::cel::test {

inline const Environment& EnvironmentOf(Dialect dialect) {
  static const Environment standard(Dialect::kStandard);
  static const Environment kubernetes(Dialect::kKubernetes);
  return dialect == Dialect::kStandard ? standard : kubernetes;
}

struct Outcome {
  std::string text;  // the value as a literal, "error: ..." or "issue: ..."
  uint64_t cost = 0;
};

inline Outcome RunExpression(std::string_view expression, const Environment& env) {
  auto program = Compile(expression, env);
  if (!program) return {"issue: " + program.error().front().message};
  Evaluation evaluation;
  Value value = evaluation.Run(*program);
  std::string text = value.is_error() ? "error: " + std::string(value.error->message) : ToString(value);
  return {text, evaluation.cost()};
}

inline std::string Evaluate(std::string_view expression, Dialect dialect) {
  return RunExpression(expression, EnvironmentOf(dialect)).text;
}

struct Case {
  const char* expression;
  const char* want;  // the whole text, or the beginning of an error or issue
};

template <size_t count>
void ExpectAll(const Case (&cases)[count], Dialect dialect) {
  for (const Case& c : cases) {
    std::string got = Evaluate(c.expression, dialect);
    std::string_view want = c.want;
    bool fails = want.starts_with("error: ") || want.starts_with("issue: ");
    EXPECT_TRUE(fails ? got.starts_with(want) : got == want)
        << c.expression << "\n  want " << want << "\n  got  " << got;
  }
}

struct CostCase {
  const char* expression;
  uint64_t cost;
};

template <size_t count>
void ExpectCosts(Dialect dialect, const CostCase (&cases)[count]) {
  for (const CostCase& c : cases)
    EXPECT_EQ(RunExpression(c.expression, EnvironmentOf(dialect)).cost, c.cost) << c.expression;
}

}  // namespace guard::cel::test

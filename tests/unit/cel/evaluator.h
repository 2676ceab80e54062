// Evaluates expressions over variables given as JSON: what the tests of evaluation share.
#pragma once

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "policies/cel/environment.h"
#include "policies/cel/program.h"
#include "policies/document/document.h"

namespace guard::cel {

// One dialect with its variables. `json` is an object: each member becomes a variable of type dyn.
class Evaluator {
 public:
  explicit Evaluator(std::string_view json = "{}", Dialect dialect = Dialect::kStandard)
      : env_(Base(dialect), nullptr) {
    Result<Node> node = ReadJsonValues(json, arena_);
    EXPECT_TRUE(node) << json;
    if (!node) return;
    root_ = *node;
    for (const Entry& entry : root_.map())
      ev.Bind(env_.Declare(entry.key(), &kDynType), Value::Of(entry.value));
  }

  Environment& env() { return env_; }

  Program Compile(std::string_view text, const CompileOptions& options = {}) {
    auto program = cel::Compile(text, env_, options);
    if (program) return std::move(*program);
    for (const Issue& issue : program.error()) ADD_FAILURE() << text << ": " << issue.message;
    return {};
  }

  // The value as a literal, or "error: ...". Every evaluation is done by the plain folds too: nothing may
  // tell them apart, neither the value nor the cost.
  std::string operator()(std::string_view text, CompileOptions options = {}) {
    std::string value = Once(text, options);
    uint64_t fast_cost = cost;
    options.plain_folds = true;
    std::string plain = Once(text, options);
    EXPECT_EQ(value, plain) << text;
    if (!value.starts_with("error")) {
      EXPECT_EQ(fast_cost, cost) << text;
    }
    return value;
  }
  std::string Unchecked(std::string_view text) { return (*this)(text, {.check = false}); }

  Evaluation ev;
  uint64_t cost = 0;  // of the last expression
  uint64_t limit = kCostPerCall;

 private:
  static const Environment& Base(Dialect dialect) {
    static const Environment kStandard(Dialect::kStandard), kKubernetes(Dialect::kKubernetes);
    return dialect == Dialect::kStandard ? kStandard : kKubernetes;
  }

  std::string Once(std::string_view text, const CompileOptions& options) {
    Program program = Compile(text, options);
    if (!program) return "no program";
    ev.ResetCost();
    std::string value = ToString(ev.Run(program, limit));
    cost = ev.cost();
    return value;
  }

  Arena arena_;
  Node root_;
  Environment env_;
};

}  // namespace guard::cel

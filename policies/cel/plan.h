// The planner: from a tree whose names are resolved to a tree of steps.
//
// What is known before anything is evaluated is decided here: which slot a variable has, what a path is made
// of, which overloads can apply, what is constant.
#pragma once

#include <string_view>
#include <vector>

#include "policies/cel/ast.h"
#include "policies/cel/environment.h"
#include "policies/cel/step.h"
#include "policies/cel/step_fold.h"
#include "policies/cel/step_path.h"

namespace guard::cel {

class Planner {
 public:
  Planner(const Environment& env, Arena& arena, std::vector<std::unique_ptr<re2::RE2>>& regexes,
          bool plain_folds);

  const Step* Plan(const Expr& root);
  uint32_t locals() const { return peak_local_; }
  uint32_t height() const { return height_; }

 private:
  // Whether an attribute pays for itself: not as a branch of ?: nor as an index.
  enum class Charge : bool { kNo, kYes };

  // A comprehension's variable, or one of cel.bind with the step that computes it.
  struct Local {
    std::string_view name;
    uint32_t local;
    const Step* init = nullptr;
  };

  // plan.cc: names, paths, literals.
  const Step* Node(const Expr& e, Charge charge = Charge::kYes);
  const Step* Path(const Expr& e, Charge charge);
  const Step* PathOn(const Expr& base, std::vector<Qualifier> qualifiers, uint32_t own, bool has);
  template <class Base>
  const Step* Finish(Base base, std::vector<Qualifier>& qualifiers, uint32_t charge, bool has);
  Qualifier IndexOf(const Expr& index, bool optional, Span span);
  const Step* List(const Expr& e);
  const Step* Map(const Expr& e);
  const Step* Constant(Value value, uint64_t cost);
  const Step* Failing(std::string_view message, Span span);
  std::vector<const Step*> Nodes(const std::vector<Expr*>& exprs);
  template <class T>
  std::span<const T> Keep(const std::vector<T>& items);
  std::span<const bool> Flags(const std::vector<bool>& flags);
  const Local* Find(std::string_view name) const;

  // plan_call.cc: operators and functions.
  const Step* Call(const Expr& e, Charge charge);
  const Step* Operator(const Expr& e, Charge charge);
  const Step* Logic(const Expr& e);
  const Step* In(const Expr& e);
  const Step* Optional(const Expr& e);
  const Step* Matches(const Expr& e);
  const Step* Function(const Expr& e);
  const Step* Folded(const Expr& e, const Step* call, Steps args);
  std::vector<const Overload*> Candidates(const Expr& e, size_t count) const;

  // plan_fold.cc: comprehensions.
  const Step* Comprehension(const Expr& e);
  const Step* Bind(const Expr& e);
  const Step* PlainFold(const Expr& e);
  const Step* FastFold(const Expr& e);
  const Step* FastBody(const Expr& e, const Iteration& iteration);
  const Step* Collect(const Expr& e, const Expr& step, const Iteration& iteration, const Expr* filter);
  uint32_t NewLocal();

  bool kubernetes() const { return env_.dialect() == Dialect::kKubernetes; }

  const Environment& env_;
  Arena& arena_;
  std::vector<std::unique_ptr<re2::RE2>>& regexes_;
  bool plain_folds_;
  // What literal lists and maps cost. Kubernetes compiles constant ones into constants, which are free.
  uint64_t empty_list_cost_, empty_map_cost_;
  uint32_t presence_cost_;  // of has()
  BadPresence bad_presence_;
  std::vector<Local> scope_;
  uint32_t next_local_ = 0, peak_local_ = 0;
  uint32_t depth_ = 0, height_ = 0;
};

}  // namespace guard::cel

// Planning of comprehensions: the macros by what they are, anything else as the fold it is.
// Tested by tests/unit/cel/eval_test.cc.
#include <algorithm>

#include "policies/cel/plan.h"

namespace guard::cel {

namespace {

bool IsAccumulator(const Expr& e, const Expr& fold) {
  return e.kind == ExprKind::kIdent && e.name == fold.accu_var && e.resolved.empty();
}

// The call `name` whose first argument is the accumulator; nullptr when it is something else.
const Expr* OnAccumulator(const Expr& e, std::string_view name, const Expr& fold) {
  bool yes = e.kind == ExprKind::kCall && !e.target && e.name == name && e.args.size() >= 2 &&
             IsAccumulator(*e.args[0], fold);
  return yes ? &e : nullptr;
}

}  // namespace

uint32_t Planner::NewLocal() {
  uint32_t local = next_local_++;
  peak_local_ = std::max(peak_local_, next_local_);
  return local;
}

const Step* Planner::Comprehension(const Expr& e) {
  if (e.macro == MacroKind::kBind) return Bind(e);
  const Step* step = plain_folds_ ? nullptr : FastFold(e);
  return step ? step : PlainFold(e);
}

// The value is computed where the name is first read, in the middle of the body's own loops: its locals are
// kept apart from theirs.
const Step* Planner::Bind(const Expr& e) {
  uint32_t outer_next = next_local_, outer_peak = peak_local_;
  peak_local_ = next_local_;
  const Step* init = Node(*e.accu_init);
  next_local_ = peak_local_;
  peak_local_ = std::max(peak_local_, outer_peak);
  uint32_t local = NewLocal();
  scope_.push_back({e.accu_var, local, init});
  const Step* body = Node(*e.result);
  scope_.pop_back();
  next_local_ = outer_next;
  return NewBind(arena_, local, body, empty_list_cost_);
}

const Step* Planner::PlainFold(const Expr& e) {
  uint32_t outer_next = next_local_;
  Iteration iteration;
  iteration.range = Node(*e.iter_range);
  iteration.span = e.span;
  // Whatever loops inside these is over before this one begins.
  const Step* init = Node(*e.accu_init);
  uint32_t accumulator = NewLocal();
  scope_.push_back({e.accu_var, accumulator});
  iteration.first = NewLocal();
  scope_.push_back({e.iter_var, iteration.first});
  if (!e.iter_var2.empty()) {
    iteration.second = NewLocal();
    scope_.push_back({e.iter_var2, iteration.second});
  } else {
    iteration.second = kNoLocal;
  }
  const Step* condition = Node(*e.loop_condition);
  const Step* step = Node(*e.loop_step);
  scope_.resize(scope_.size() - (e.iter_var2.empty() ? 1 : 2));
  const Step* result = Node(*e.result);
  scope_.pop_back();
  next_local_ = outer_next;
  return NewFold(arena_, iteration, accumulator, init, condition, step, result);
}

// nullptr when the tree is not what its macro makes of it.
const Step* Planner::FastFold(const Expr& e) {
  if (e.macro == MacroKind::kNone || e.macro == MacroKind::kOther) return nullptr;
  uint32_t outer_next = next_local_;
  size_t outer_scope = scope_.size();
  Iteration iteration;
  iteration.range = Node(*e.iter_range);
  iteration.span = e.span;
  iteration.first = NewLocal();
  scope_.push_back({e.iter_var, iteration.first});
  iteration.second = kNoLocal;
  if (!e.iter_var2.empty()) {
    iteration.second = NewLocal();
    scope_.push_back({e.iter_var2, iteration.second});
  }
  const Step* step = FastBody(e, iteration);
  scope_.erase(scope_.begin() + static_cast<ptrdiff_t>(outer_scope), scope_.end());
  next_local_ = outer_next;
  return step;
}

const Step* Planner::FastBody(const Expr& e, const Iteration& iteration) {
  const Expr* step = e.loop_step;
  if (e.macro == MacroKind::kAll) {
    step = OnAccumulator(*step, "_&&_", e);
    return step ? NewAll(arena_, iteration, Node(*step->args[1])) : nullptr;
  }
  if (e.macro == MacroKind::kExists) {
    step = OnAccumulator(*step, "_||_", e);
    return step ? NewExists(arena_, iteration, Node(*step->args[1])) : nullptr;
  }
  const Expr* filter = nullptr;
  if (step->kind == ExprKind::kCall && step->name == "_?_:_" && step->args.size() == 3) {
    if (!IsAccumulator(*step->args[2], e)) return nullptr;
    filter = step->args[0];
    step = step->args[1];
  }
  if (e.macro == MacroKind::kExistsOne)
    return filter && OnAccumulator(*step, "_+_", e) ? NewExistsOne(arena_, iteration, Node(*filter))
                                                    : nullptr;
  return Collect(e, *step, iteration, filter);
}

const Step* Planner::Collect(const Expr& e, const Expr& step, const Iteration& iteration,
                             const Expr* filter) {
  if (const Expr* add = OnAccumulator(step, "_+_", e)) {
    const Expr& list = *add->args[1];
    if (list.kind != ExprKind::kList || list.args.size() != 1) return nullptr;
    if (!list.optional.empty() && list.optional[0]) return nullptr;
    const Step* test = filter ? Node(*filter) : nullptr;
    const Step* item = Node(*list.args[0]);
    uint64_t unused = 0;
    bool constant = !item->Constant(&unused).is(Tag::kUnset);
    return NewCollect(arena_, iteration, test, item, empty_list_cost_,
                      constant ? empty_list_cost_ : kListCost);
  }
  if (const Expr* insert = OnAccumulator(step, "cel.@mapInsert", e)) {
    if (insert->args.size() > 3) return nullptr;
    const Step* test = filter ? Node(*filter) : nullptr;
    const Step* key = insert->args.size() == 3 ? Node(*insert->args[1]) : nullptr;
    return NewCollectMap(arena_, iteration, test, key, Node(*insert->args.back()), empty_map_cost_);
  }
  return nullptr;
}

}  // namespace guard::cel

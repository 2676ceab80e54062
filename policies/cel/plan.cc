// Planning of names, paths and literals.
// Tested by tests/unit/cel/eval_test.cc and cost_test.cc.
#include "policies/cel/plan.h"

#include <algorithm>
#include <string>

#include "policies/cel/step_call.h"
#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

bool IsName(const Expr& e) { return e.is_variable || e.denoted != nullptr || !e.resolved.empty(); }

bool IsConditional(const Expr& e) { return e.kind == ExprKind::kCall && !e.target && e.name == "_?_:_"; }

bool IsIndexing(const Expr& e) {
  return e.kind == ExprKind::kCall && !e.target && e.args.size() == 2 &&
         (e.name == "_[_]" || e.name == "_[?_]" || e.name == "_?._");
}

Qualifier FieldOf(const Expr& select) {
  Qualifier field;
  field.key = Value::String(select.name);
  field.key_hash = KeyHash(select.name);
  field.span = select.name_span;
  return field;
}

}  // namespace

Planner::Planner(const Environment& env, Arena& arena, std::vector<std::unique_ptr<re2::RE2>>& regexes,
                 bool plain_folds)
    : env_(env), arena_(arena), regexes_(regexes), plain_folds_(plain_folds) {
  empty_list_cost_ = kubernetes() ? 0 : kListCost;
  empty_map_cost_ = kubernetes() ? 0 : kMapCost;
  presence_cost_ = kubernetes() ? 0 : 1;
  bad_presence_ = kubernetes() ? BadPresence::kAbsent : BadPresence::kError;
}

const Step* Planner::Plan(const Expr& root) { return Node(root); }

const Step* Planner::Node(const Expr& e, Charge charge) {
  ++depth_;
  height_ = std::max(height_, depth_);
  const Step* step = nullptr;
  switch (e.kind) {
    case ExprKind::kConstant: step = Constant(e.constant, 0); break;
    case ExprKind::kIdent:
    case ExprKind::kSelect: step = Path(e, charge); break;
    case ExprKind::kCall: step = IsIndexing(e) ? Path(e, charge) : Call(e, charge); break;
    case ExprKind::kList: step = List(e); break;
    case ExprKind::kMap: step = Map(e); break;
    case ExprKind::kStruct: step = Failing("unknown type: " + e.name, e.span); break;
    case ExprKind::kComprehension: step = Comprehension(e); break;
  }
  --depth_;
  return step;
}

// From the top of a chain of selections and indices down to what it begins with. Only the topmost selection
// can be has(): one further down is a value like any other.
const Step* Planner::Path(const Expr& e, Charge charge) {
  std::vector<Qualifier> qualifiers;
  const Expr* base = &e;
  bool has = e.kind == ExprKind::kSelect && e.test_only;
  while (!IsName(*base) || (has && base == &e)) {
    if (base->kind == ExprKind::kSelect && (!base->test_only || base == &e)) {
      qualifiers.push_back(FieldOf(*base));
      base = base->target;
    } else if (IsIndexing(*base)) {
      qualifiers.push_back(IndexOf(*base->args[1], base->name != "_[_]", base->args[1]->span));
      base = base->args[0];
    } else {
      break;
    }
  }
  std::reverse(qualifiers.begin(), qualifiers.end());
  uint32_t own = has ? presence_cost_ : 1;
  return PathOn(*base, std::move(qualifiers), charge == Charge::kYes ? own : 0, has);
}

const Step* Planner::PathOn(const Expr& base, std::vector<Qualifier> qualifiers, uint32_t own, bool has) {
  if (base.is_variable) {
    uint32_t slot = 0;
    if (env_.FindVariable(base.resolved, &slot) == nullptr)
      return Failing("undeclared reference to '" + base.resolved + "'", base.span);
    return Finish(SlotBase{slot, base.span, arena_.Copy(base.resolved)}, qualifiers, own, has);
  }
  if (IsName(base)) {
    const Value* constant = env_.FindConstant(base.resolved);
    Value value = base.denoted ? Value::OfType(base.denoted) : constant ? *constant : Value();
    const Step* step = Constant(value, 0);
    return qualifiers.empty() ? step : Finish(StepBase{step}, qualifiers, own, has);
  }
  if (base.kind == ExprKind::kIdent) {
    const Local* local = Find(base.name);
    if (local == nullptr) return Failing("undeclared reference to '" + base.name + "'", base.span);
    if (local->init != nullptr) return Finish(BoundBase{local->local, local->init}, qualifiers, own, has);
    return Finish(LocalBase{local->local}, qualifiers, own, has);
  }
  // What is computed. A conditional pays nothing of its own, nor does the path on it.
  const Step* step = Node(base, Charge::kYes);
  if (IsConditional(base) && !has) own = 0;
  return Finish(StepBase{step}, qualifiers, own, has);
}

template <class Base>
const Step* Planner::Finish(Base base, std::vector<Qualifier>& qualifiers, uint32_t charge, bool has) {
  std::span<const Qualifier> kept = Keep(qualifiers);
  if (has) return NewHas(arena_, base, kept, charge, bad_presence_);
  return NewPath(arena_, base, kept, charge, bad_presence_);
}

Qualifier Planner::IndexOf(const Expr& index, bool optional, Span span) {
  Qualifier qualifier;
  qualifier.optional = optional;
  qualifier.span = span;
  const Step* step = Node(index, Charge::kNo);
  qualifier.key = step->Constant();
  if (qualifier.key.is(Tag::kUnset)) qualifier.index = step;
  if (qualifier.key.is(Tag::kString)) qualifier.key_hash = KeyHash(qualifier.key.string());
  return qualifier;
}

const Planner::Local* Planner::Find(std::string_view name) const {
  auto found = std::find_if(scope_.rbegin(), scope_.rend(), [&](const Local& l) { return l.name == name; });
  return found == scope_.rend() ? nullptr : &*found;
}

const Step* Planner::List(const Expr& e) {
  std::vector<const Step*> items = Nodes(e.args);
  bool optional = std::find(e.optional.begin(), e.optional.end(), true) != e.optional.end();
  uint64_t cost = kListCost;
  std::vector<Value> values;
  for (const Step* item : items) {
    uint64_t item_cost = 0;
    Value v = item->Constant(&item_cost);
    if (v.is(Tag::kUnset)) break;
    values.push_back(v);
    cost += item_cost;
  }
  if (values.size() == items.size() && !optional) {
    std::span<const Value> kept = Keep(values);
    return Constant(Value::Items(kept.data(), static_cast<uint32_t>(kept.size())), kubernetes() ? 0 : cost);
  }
  return NewList(arena_, Keep(items), optional ? Flags(e.optional) : std::span<const bool>(), e.span);
}

const Step* Planner::Map(const Expr& e) {
  std::vector<const Step*> parts = Nodes(e.args);
  bool optional = std::find(e.optional.begin(), e.optional.end(), true) != e.optional.end();
  uint64_t cost = kMapCost;
  MapBuilder builder(arena_);
  bool constant = !optional;
  for (size_t i = 0; constant && i + 1 < parts.size(); i += 2) {
    uint64_t key_cost = 0, value_cost = 0;
    Value key = parts[i]->Constant(&key_cost), value = parts[i + 1]->Constant(&value_cost);
    constant = !key.is(Tag::kUnset) && !value.is(Tag::kUnset) && IsKey(key) && builder.Insert(key, value);
    cost += key_cost + value_cost;
  }
  if (constant) return Constant(builder.Finish(), kubernetes() ? 0 : cost);
  return NewMap(arena_, Keep(parts), optional ? Flags(e.optional) : std::span<const bool>(), e.span);
}

const Step* Planner::Constant(Value value, uint64_t cost) {
  if (value.is(Tag::kUnset)) return Failing("there is no such value", {});
  return arena_.New<ConstantStep>(value, cost);
}

const Step* Planner::Failing(std::string_view message, Span span) {
  return arena_.New<FailingStep>(arena_.Copy(message), span);
}

std::vector<const Step*> Planner::Nodes(const std::vector<Expr*>& exprs) {
  std::vector<const Step*> steps;
  steps.reserve(exprs.size());
  for (const Expr* e : exprs) steps.push_back(Node(*e));
  return steps;
}

template <class T>
std::span<const T> Planner::Keep(const std::vector<T>& items) {
  T* kept = arena_.AllocateArray<T>(items.size());
  std::copy(items.begin(), items.end(), kept);
  return {kept, items.size()};
}
template std::span<const Step* const> Planner::Keep(const std::vector<const Step*>&);
template std::span<const Overload* const> Planner::Keep(const std::vector<const Overload*>&);

std::span<const bool> Planner::Flags(const std::vector<bool>& flags) {
  bool* kept = arena_.AllocateArray<bool>(flags.size());
  std::copy(flags.begin(), flags.end(), kept);
  return {kept, flags.size()};
}

}  // namespace guard::cel

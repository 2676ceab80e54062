// Planning of operators and function calls.
// Tested by tests/unit/cel/eval_test.cc, optionals_test.cc and cost_test.cc.
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <string>

#include "policies/cel/plan.h"
#include "policies/cel/step_call.h"
#include "policies/cel/step_logic.h"
#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

constexpr size_t kLongestPattern = 64 * 1024;

// x.f() and f(x): the receiver is the first argument.
std::vector<Expr*> Arguments(const Expr& e) {
  std::vector<Expr*> args = e.args;
  if (e.target) args.insert(args.begin(), e.target);
  return args;
}

bool IsConversion(std::string_view name) {
  for (std::string_view conversion :
       {"bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"})
    if (name == conversion) return true;
  return false;
}

std::optional<Relation> RelationOf(std::string_view name) {
  if (name == "_<_") return Relation::kLess;
  if (name == "_<=_") return Relation::kLessEqual;
  if (name == "_>_") return Relation::kGreater;
  if (name == "_>=_") return Relation::kGreaterEqual;
  return std::nullopt;
}

std::optional<Arithmetic> ArithmeticOf(std::string_view name) {
  if (name == "_+_") return Arithmetic::kAdd;
  if (name == "_-_") return Arithmetic::kSubtract;
  if (name == "_*_") return Arithmetic::kMultiply;
  return std::nullopt;
}

}  // namespace

const Step* Planner::Call(const Expr& e, Charge charge) {
  if (!e.target)
    if (const Step* step = Operator(e, charge)) return step;
  if (const Step* step = Optional(e)) return step;
  if (e.name == "matches")
    if (const Step* step = Matches(e)) return step;
  return Function(e);
}

// nullptr when it is a function like any other.
const Step* Planner::Operator(const Expr& e, Charge) {
  const std::string& name = e.name;
  size_t count = e.args.size();
  if (count == 1) {
    if (name == "!_") return NewNot(arena_, Node(*e.args[0]), e.span);
    if (name == "@not_strictly_false") return NewNotStrictlyFalse(arena_, Node(*e.args[0]));
  }
  if (name == "_?_:_" && count == 3)
    return NewConditional(arena_, Node(*e.args[0]), Node(*e.args[1], Charge::kNo),
                          Node(*e.args[2], Charge::kNo), e.span);
  if ((name == "_&&_" || name == "_||_") && count >= 2) return Logic(e);
  if (count != 2) return nullptr;
  if (name == "@in") return In(e);
  if (name == "_==_" || name == "_!=_") {
    const Step* left = Node(*e.args[0]);
    return NewEqual(arena_, left, Node(*e.args[1]), name == "_!=_");
  }
  if (auto relation = RelationOf(name)) {
    const Step* left = Node(*e.args[0]);
    return NewCompare(arena_, *relation, left, Node(*e.args[1]), e.span);
  }
  return nullptr;
}

// a && b && c is one step with three terms, however it was nested.
const Step* Planner::Logic(const Expr& e) {
  std::vector<const Expr*> left = {&e};
  std::vector<const Step*> terms;
  while (!left.empty()) {
    const Expr* term = left.back();
    left.pop_back();
    if (term->kind == ExprKind::kCall && !term->target && term->name == e.name) {
      left.insert(left.end(), term->args.rbegin(), term->args.rend());
    } else {
      terms.push_back(Node(*term));
    }
  }
  return e.name == "_&&_" ? NewAnd(arena_, Keep(terms), e.span) : NewOr(arena_, Keep(terms), e.span);
}

const Step* Planner::In(const Expr& e) {
  const Step* item = Node(*e.args[0]);
  const Step* container = Node(*e.args[1]);
  uint64_t cost = 0;
  Value list = container->Constant(&cost);
  if (!list.is(Tag::kList) || list.node_backed) return NewIn(arena_, item, container, e.span);
  // Kubernetes makes a set of a literal list, which is free to ask.
  if (kubernetes() && list.size == 0) return Constant(Value::Bool(false), 0);
  cost = kubernetes() ? 0 : cost + list.size;
  bool keys = std::all_of(list.items, list.items + list.size, [](const Value& v) { return IsKey(v); });
  return keys ? NewInConstant(arena_, item, list, cost) : NewIn(arena_, item, container, e.span);
}

// orValue, or and hasValue look at what they need only. nullptr when it is none of them.
const Step* Planner::Optional(const Expr& e) {
  if (!e.target) return nullptr;
  auto is = [&](std::string_view name, size_t count, std::string_view overload) {
    if (e.name != name || e.args.size() != count) return false;
    return e.overloads.empty() || (e.overloads.size() == 1 && e.overloads[0]->id == overload);
  };
  if (is("orValue", 1, "optional_orValue_value")) {
    const Step* optional = Node(*e.target);
    const Step* alternative = Node(*e.args[0]);
    if (const PathStep* path = optional->AsPath()) return path->OrValue(arena_, alternative, e.span);
    return NewOrValue(arena_, optional, alternative, e.span);
  }
  if (is("or", 1, "optional_or_optional")) {
    const Step* optional = Node(*e.target);
    return NewOptionalOr(arena_, optional, Node(*e.args[0]), e.span);
  }
  if (is("hasValue", 0, "optional_hasValue")) {
    const Step* optional = Node(*e.target);
    if (const PathStep* path = optional->AsPath()) return NewHasValue(arena_, path, e.span);
    const Step* args[] = {optional};
    return NewCall(arena_, Keep(Candidates(e, 1)), args, e.span);
  }
  return nullptr;
}

// With a pattern known now; nullptr when it is not, or is none: then the call itself says so.
const Step* Planner::Matches(const Expr& e) {
  std::vector<Expr*> args = Arguments(e);
  if (args.size() != 2 || args[1]->kind != ExprKind::kConstant) return nullptr;
  const Value& pattern = args[1]->constant;
  if (!pattern.is(Tag::kString) || pattern.size > kLongestPattern) return nullptr;
  auto regex = std::make_unique<re2::RE2>(re2::StringPiece(pattern.bytes, pattern.size), re2::RE2::Quiet);
  if (!regex->ok()) return nullptr;
  regexes_.push_back(std::move(regex));
  uint64_t cost = (CodePoints(pattern.string()) + 3) / 4;
  return NewMatches(arena_, Node(*args[0]), regexes_.back().get(), cost, e.span);
}

std::vector<const Overload*> Planner::Candidates(const Expr& e, size_t count) const {
  if (!e.overloads.empty()) return e.overloads;
  std::vector<const Overload*> all = env_.FindFunction(e.name);
  std::erase_if(all, [&](const Overload* overload) {
    return overload->receiver != (e.target != nullptr) || overload->params.size() != count;
  });
  return all;
}

const Step* Planner::Function(const Expr& e) {
  std::vector<Expr*> exprs = Arguments(e);
  std::vector<const Overload*> overloads = Candidates(e, exprs.size());
  std::erase_if(overloads, [](const Overload* overload) { return overload->impl == nullptr; });
  if (overloads.empty()) {
    bool known = env_.HasFunction(e.name);
    return Failing((known ? "no such overload: " : "unbound function: ") + e.name, e.name_span);
  }
  std::vector<const Step*> nodes = Nodes(exprs);
  Steps args = Keep(nodes);
  std::span<const Overload* const> kept = Keep(overloads);
  auto arithmetic = ArithmeticOf(e.name);
  if (arithmetic && args.size() == 2 && !e.target)
    return NewArithmetic(arena_, *arithmetic, kept, args, e.span);
  const Step* call = NewCall(arena_, kept, args, e.span);
  return IsConversion(e.name) && args.size() == 1 ? Folded(e, call, args) : call;
}

// duration('1h') is read once. Only values without memory of their own are kept.
const Step* Planner::Folded(const Expr&, const Step* call, Steps args) {
  if (args[0]->Constant().is(Tag::kUnset)) return call;
  Evaluation ev;
  Value v = call->Eval(ev);
  switch (v.tag) {
    case Tag::kBool:
    case Tag::kInt:
    case Tag::kUint:
    case Tag::kDouble:
    case Tag::kTimestamp:
    case Tag::kDuration: return Constant(v, kubernetes() ? 0 : ev.cost());
    default: return call;
  }
}

}  // namespace guard::cel

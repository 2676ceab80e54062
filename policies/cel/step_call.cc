// Calls and constructions.
// Tested by tests/unit/cel/eval_test.cc, standard_test.cc and cost_test.cc.
#include "policies/cel/step_call.h"

#include <re2/re2.h>

#include <string>

#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

// What a parameter asks of an argument: mostly a tag, seldom a longer look.
struct Parameter {
  Tag tag = Tag::kUnset;       // kUnset: any value will do
  const Type* type = nullptr;  // asked as well when it is set
  bool Fits(const Value& v) const {
    return (tag == Tag::kUnset || v.is(tag)) && (!type || Accepts(*type, v));
  }
};

Parameter ParameterOf(const Type& type) {
  switch (type.kind) {
    case TypeKind::kDyn:
    case TypeKind::kParam:
    case TypeKind::kError: return {};
    case TypeKind::kNull: return {.tag = Tag::kNull};
    case TypeKind::kBool: return {.tag = Tag::kBool};
    case TypeKind::kInt: return {.tag = Tag::kInt};
    case TypeKind::kUint: return {.tag = Tag::kUint};
    case TypeKind::kDouble: return {.tag = Tag::kDouble};
    case TypeKind::kString: return {.tag = Tag::kString};
    case TypeKind::kBytes: return {.tag = Tag::kBytes};
    case TypeKind::kTimestamp: return {.tag = Tag::kTimestamp};
    case TypeKind::kDuration: return {.tag = Tag::kDuration};
    case TypeKind::kType: return {.tag = Tag::kType};
    case TypeKind::kObject: return {.tag = Tag::kMap};
    case TypeKind::kOptional: return {.tag = Tag::kOptional, .type = &type};
    case TypeKind::kList: return {.tag = Tag::kList, .type = &type};
    case TypeKind::kMap: return {.tag = Tag::kMap, .type = &type};
    case TypeKind::kOpaque: return {.tag = Tag::kOpaque, .type = &type};
  }
  return {};
}

struct Candidate {
  const Overload* overload;
  std::span<const Parameter> parameters;

  bool Fits(const Value* args) const {
    for (size_t i = 0; i < parameters.size(); ++i)
      if (!parameters[i].Fits(args[i])) return false;
    return true;
  }
};

std::span<const Candidate> Prepare(Arena& arena, std::span<const Overload* const> overloads) {
  Candidate* candidates = arena.AllocateArray<Candidate>(overloads.size());
  for (size_t i = 0; i < overloads.size(); ++i) {
    size_t count = overloads[i]->params.size();
    Parameter* parameters = arena.AllocateArray<Parameter>(count);
    for (size_t p = 0; p < count; ++p) {
      parameters[p] = ParameterOf(*overloads[i]->params[p]);
      if (overloads[i]->shallow) parameters[p].type = nullptr;
    }
    candidates[i] = {overloads[i], {parameters, count}};
  }
  return {candidates, overloads.size()};
}

// Calls the first candidate that takes the arguments, and pays.
Value Call(Evaluation& ev, std::span<const Candidate> candidates, const Value* args, uint32_t count,
           Span span) {
  if (ev.Over()) return ev.OverCost();
  for (const Candidate& candidate : candidates) {
    if (!candidate.Fits(args)) continue;
    const Overload& overload = *candidate.overload;
    Value result = overload.impl(ev, args, count);
    ev.Pay(overload.cost ? overload.cost(args, count, result) : 1);
    return result.is_error() ? ev.At(result, span) : result;
  }
  ev.Pay(1);
  return NoOverload(ev, span);
}

template <uint32_t kCount>
class CallStep final : public Step {
 public:
  CallStep(std::span<const Candidate> candidates, Steps args, Span span)
      : candidates_(candidates), span_(span) {
    for (uint32_t i = 0; i < kCount; ++i) args_[i] = args[i];
  }
  Value Eval(Evaluation& ev) const override {
    Value args[kCount > 0 ? kCount : 1];
    for (uint32_t i = 0; i < kCount; ++i) {
      args[i] = args_[i]->Eval(ev);
      if (args[i].is_error()) return args[i];
    }
    return Call(ev, candidates_, args, kCount, span_);
  }

 private:
  std::span<const Candidate> candidates_;
  const Step* args_[kCount > 0 ? kCount : 1];
  Span span_;
};

class LongCall final : public Step {
 public:
  LongCall(std::span<const Candidate> candidates, Steps args, Span span)
      : candidates_(candidates), args_(args), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value* args = ev.arena().AllocateArray<Value>(args_.size());
    for (size_t i = 0; i < args_.size(); ++i) {
      args[i] = args_[i]->Eval(ev);
      if (args[i].is_error()) return args[i];
    }
    return Call(ev, candidates_, args, static_cast<uint32_t>(args_.size()), span_);
  }

 private:
  std::span<const Candidate> candidates_;
  Steps args_;
  Span span_;
};

template <Arithmetic kOp>
class ArithmeticStep final : public Step {
 public:
  ArithmeticStep(std::span<const Candidate> candidates, const Step* left, const Step* right, Span span)
      : candidates_(candidates), left_(left), right_(right), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value args[2];
    args[0] = left_->Eval(ev);
    if (args[0].is_error()) return args[0];
    args[1] = right_->Eval(ev);
    if (args[1].is_error()) return args[1];
    int64_t result = 0;
    if (args[0].is(Tag::kInt) && args[1].is(Tag::kInt) &&
        !Overflows(args[0].integer, args[1].integer, &result)) {
      ev.Pay(1);
      return Value::Int(result);
    }
    return Call(ev, candidates_, args, 2, span_);
  }

 private:
  static bool Overflows(int64_t a, int64_t b, int64_t* result) {
    switch (kOp) {
      case Arithmetic::kAdd: return __builtin_add_overflow(a, b, result);
      case Arithmetic::kSubtract: return __builtin_sub_overflow(a, b, result);
      case Arithmetic::kMultiply: return __builtin_mul_overflow(a, b, result);
    }
    return true;
  }

  std::span<const Candidate> candidates_;
  const Step* left_;
  const Step* right_;
  Span span_;
};

class MatchesStep final : public Step {
 public:
  MatchesStep(const Step* text, const re2::RE2* pattern, uint64_t pattern_cost, Span span)
      : text_(text), pattern_(pattern), pattern_cost_(pattern_cost), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value v = text_->Eval(ev);
    if (v.is_error()) return v;
    if (!v.is(Tag::kString)) return ev.Pay(1), NoOverload(ev, span_);
    ev.Pay(Tenth(SizeOf(v) + 1) * pattern_cost_);
    if (ev.Over()) return ev.OverCost();
    return Value::Bool(re2::RE2::PartialMatch(re2::StringPiece(v.bytes, v.size), *pattern_));
  }

 private:
  const Step* text_;
  const re2::RE2* pattern_;
  uint64_t pattern_cost_;
  Span span_;
};

// What an element or entry written with ? stands for: its value, kUnset for none, or an error.
Value Unwrap(Evaluation& ev, const Value& v, const char* what, Span span) {
  if (!v.is(Tag::kOptional))
    return ev.At(ev.Fail(std::string("cannot initialize optional ") + what + " from non-optional value " +
                         ToString(v)),
                 span);
  return v.optional ? *v.optional : Value();
}

class ListStep final : public Step {
 public:
  ListStep(Steps items, std::span<const bool> optional, Span span)
      : items_(items), optional_(optional), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    if (ev.Over()) return ev.OverCost();
    Value* values = ev.arena().AllocateArray<Value>(items_.size());
    uint32_t count = 0;
    for (size_t i = 0; i < items_.size(); ++i) {
      Value v = items_[i]->Eval(ev);
      if (v.is_error()) return v;
      if (!optional_.empty() && optional_[i]) {
        v = Unwrap(ev, v, "list element", span_);
        if (v.is_error()) return v;
        if (v.is(Tag::kUnset)) continue;
      }
      values[count++] = v;
    }
    ev.Pay(kListCost);
    return Value::Items(values, count);
  }

 private:
  Steps items_;
  std::span<const bool> optional_;
  Span span_;
};

class MapStep final : public Step {
 public:
  MapStep(Steps keys_and_values, std::span<const bool> optional, Span span)
      : parts_(keys_and_values), optional_(optional), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    if (ev.Over()) return ev.OverCost();
    MapBuilder builder(ev.arena(), static_cast<uint32_t>(parts_.size() / 2));
    for (size_t i = 0; i < parts_.size(); i += 2) {
      Value key = parts_[i]->Eval(ev);
      if (key.is_error()) return key;
      Value v = parts_[i + 1]->Eval(ev);
      if (v.is_error()) return v;
      if (!IsKey(key)) return ev.At(ev.Fail("unsupported key type: " + TypeOfValue(key)->name), span_);
      if (!optional_.empty() && optional_[i / 2]) {
        v = Unwrap(ev, v, "entry", span_);
        if (v.is_error()) return v;
        if (v.is(Tag::kUnset)) continue;
      }
      if (!builder.Insert(key, v)) return ev.At(ev.Fail("repeated key: " + ToString(key)), span_);
    }
    ev.Pay(kMapCost);
    return builder.Finish();
  }

 private:
  Steps parts_;
  std::span<const bool> optional_;
  Span span_;
};

}  // namespace

const Step* NewCall(Arena& arena, std::span<const Overload* const> overloads, Steps args, Span span) {
  std::span<const Candidate> candidates = Prepare(arena, overloads);
  switch (args.size()) {
    case 0: return arena.New<CallStep<0>>(candidates, args, span);
    case 1: return arena.New<CallStep<1>>(candidates, args, span);
    case 2: return arena.New<CallStep<2>>(candidates, args, span);
    case 3: return arena.New<CallStep<3>>(candidates, args, span);
    default: return arena.New<LongCall>(candidates, args, span);
  }
}

const Step* NewArithmetic(Arena& arena, Arithmetic op, std::span<const Overload* const> overloads, Steps args,
                          Span span) {
  std::span<const Candidate> candidates = Prepare(arena, overloads);
  switch (op) {
    case Arithmetic::kAdd:
      return arena.New<ArithmeticStep<Arithmetic::kAdd>>(candidates, args[0], args[1], span);
    case Arithmetic::kSubtract:
      return arena.New<ArithmeticStep<Arithmetic::kSubtract>>(candidates, args[0], args[1], span);
    case Arithmetic::kMultiply:
      return arena.New<ArithmeticStep<Arithmetic::kMultiply>>(candidates, args[0], args[1], span);
  }
  return nullptr;
}

const Step* NewMatches(Arena& arena, const Step* text, const re2::RE2* pattern, uint64_t pattern_cost,
                       Span span) {
  return arena.New<MatchesStep>(text, pattern, pattern_cost, span);
}

const Step* NewList(Arena& arena, Steps items, std::span<const bool> optional, Span span) {
  return arena.New<ListStep>(items, optional, span);
}

const Step* NewMap(Arena& arena, Steps keys_and_values, std::span<const bool> optional, Span span) {
  return arena.New<MapStep>(keys_and_values, optional, span);
}

}  // namespace guard::cel

// Steps that decide, with short cuts where one side is a constant, which it mostly is.
// Tested by tests/unit/cel/eval_test.cc and cost_test.cc.
#include "policies/cel/step_logic.h"

#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

// `kStop` is the operand's value that decides: false for &&, true for ||.
template <bool kStop>
class LogicStep final : public Step {
 public:
  LogicStep(Steps terms, Span span) : terms_(terms), span_(span) {}

  Value Eval(Evaluation& ev) const override {
    Value error;
    for (const Step* term : terms_) {
      Value v = term->Eval(ev);
      if (v.is(Tag::kBool)) {
        if (v.boolean == kStop) return v;
      } else if (error.is(Tag::kUnset)) {
        error = v.is_error() ? v : NoOverload(ev, span_);
      }
    }
    return error.is(Tag::kUnset) ? Value::Bool(!kStop) : error;
  }

 private:
  Steps terms_;
  Span span_;
};

template <bool kStop>
class LogicOfTwo final : public Step {
 public:
  LogicOfTwo(const Step* left, const Step* right, Span span) : left_(left), right_(right), span_(span) {}

  Value Eval(Evaluation& ev) const override {
    Value a = left_->Eval(ev);
    if (a.is(Tag::kBool)) {
      if (a.boolean == kStop) return a;
      Value b = right_->Eval(ev);
      return b.is(Tag::kBool) || b.is_error() ? b : NoOverload(ev, span_);
    }
    Value b = right_->Eval(ev);
    if (b.is(Tag::kBool) && b.boolean == kStop) return b;
    return a.is_error() ? a : NoOverload(ev, span_);
  }

 private:
  const Step* left_;
  const Step* right_;
  Span span_;
};

class NotStep final : public Step {
 public:
  NotStep(const Step* operand, Span span) : operand_(operand), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value v = operand_->Eval(ev);
    if (v.is_error()) return v;
    ev.Pay(1);
    return v.is(Tag::kBool) ? Value::Bool(!v.boolean) : NoOverload(ev, span_);
  }

 private:
  const Step* operand_;
  Span span_;
};

class NotStrictlyFalseStep final : public Step {
 public:
  explicit NotStrictlyFalseStep(const Step* operand) : operand_(operand) {}
  Value Eval(Evaluation& ev) const override {
    Value v = operand_->Eval(ev);
    ev.Pay(1);
    return Value::Bool(!v.is(Tag::kBool) || v.boolean);
  }

 private:
  const Step* operand_;
};

class ConditionalStep final : public Step {
 public:
  ConditionalStep(const Step* condition, const Step* yes, const Step* no, Span span)
      : condition_(condition), yes_(yes), no_(no), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value v = condition_->Eval(ev);
    if (v.is(Tag::kBool)) return v.boolean ? yes_->Eval(ev) : no_->Eval(ev);
    return v.is_error() ? v : NoOverload(ev, span_);
  }

 private:
  const Step* condition_;
  const Step* yes_;
  const Step* no_;
  Span span_;
};

template <bool kNegate>
class EqualStep final : public Step {
 public:
  EqualStep(const Step* left, const Step* right) : left_(left), right_(right) {}
  Value Eval(Evaluation& ev) const override {
    Value a = left_->Eval(ev);
    if (a.is_error()) return a;
    Value b = right_->Eval(ev);
    if (b.is_error()) return b;
    ev.Pay(ComparisonCost(a, b));
    return Value::Bool(ev.Same(a, b) != kNegate);
  }

 private:
  const Step* left_;
  const Step* right_;
};

template <bool kNegate>
class EqualsText final : public Step {
 public:
  EqualsText(const Step* operand, Value text) : operand_(operand), text_(text) {}
  Value Eval(Evaluation& ev) const override {
    Value v = operand_->Eval(ev);
    if (v.is_error()) return v;
    ev.Pay(ComparisonCost(v, text_));
    bool same = v.tag == text_.tag && v.string() == text_.string();
    return Value::Bool(same != kNegate);
  }

 private:
  const Step* operand_;
  Value text_;
};

// A boolean, an int or null, to which no value of another kind but a number is equal.
template <bool kNegate>
class EqualsScalar final : public Step {
 public:
  EqualsScalar(const Step* operand, Value scalar) : operand_(operand), scalar_(scalar) {}
  Value Eval(Evaluation& ev) const override {
    Value v = operand_->Eval(ev);
    if (v.is_error()) return v;
    ev.Pay(ComparisonCost(v, scalar_));
    bool same = false;
    if (v.tag != scalar_.tag) {
      same = Equal(v, scalar_);
    } else {
      same =
          v.is(Tag::kInt) ? v.integer == scalar_.integer : v.is(Tag::kNull) || v.boolean == scalar_.boolean;
    }
    return Value::Bool(same != kNegate);
  }

 private:
  const Step* operand_;
  Value scalar_;
};

template <Relation kRelation>
class CompareStep final : public Step {
 public:
  CompareStep(const Step* left, const Step* right, Span span) : left_(left), right_(right), span_(span) {}

  Value Eval(Evaluation& ev) const override {
    Value a = left_->Eval(ev);
    if (a.is_error()) return a;
    Value b = right_->Eval(ev);
    if (b.is_error()) return b;
    if (a.is(Tag::kInt) && b.is(Tag::kInt)) {
      ev.Pay(1);
      return Value::Bool(Holds(a.integer < b.integer ? -1 : a.integer > b.integer));
    }
    bool text = a.is(Tag::kString) || a.is(Tag::kBytes);
    ev.Pay(text ? ComparisonCost(a, b) : 1);
    bool ordered = false;
    int order = Compare(a, b, &ordered);
    if (ordered) return Value::Bool(Holds(order));
    if (IsNumber(a) && IsNumber(b)) return Value::Bool(false);  // NaN
    return NoOverload(ev, span_);
  }

 private:
  static bool IsNumber(const Value& v) { return v.is(Tag::kInt) || v.is(Tag::kUint) || v.is(Tag::kDouble); }
  static bool Holds(int order) {
    switch (kRelation) {
      case Relation::kLess: return order < 0;
      case Relation::kLessEqual: return order <= 0;
      case Relation::kGreater: return order > 0;
      case Relation::kGreaterEqual: return order >= 0;
    }
    return false;
  }

  const Step* left_;
  const Step* right_;
  Span span_;
};

bool Contains(Evaluation& ev, const Value& list, const Value& item) {
  for (uint32_t i = 0; i < list.size; ++i)
    if (ev.Same(ListAt(list, i), item)) return true;
  return false;
}

class InStep final : public Step {
 public:
  InStep(const Step* item, const Step* container, Span span)
      : item_(item), container_(container), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value item = item_->Eval(ev);
    if (item.is_error()) return item;
    Value container = container_->Eval(ev);
    if (container.is_error()) return container;
    if (container.is(Tag::kList)) {
      ev.Pay(container.size);
      if (ev.Over()) return ev.OverCost();
      return Value::Bool(Contains(ev, container, item));
    }
    ev.Pay(1);
    if (!container.is(Tag::kMap)) return NoOverload(ev, span_);
    Value found = ev.Find(container, item);
    return found.is_error() ? found : Value::Bool(!found.is(Tag::kUnset));
  }

 private:
  const Step* item_;
  const Step* container_;
  Span span_;
};

// In a literal list of strings, booleans and numbers. A long one has its items in a map's index.
class InConstantStep final : public Step {
 public:
  InConstantStep(const Step* item, Value list, const Value* index, uint64_t cost)
      : item_(item), list_(list), index_(index), cost_(cost) {}
  Value Eval(Evaluation& ev) const override {
    Value item = item_->Eval(ev);
    if (item.is_error()) return item;
    ev.Pay(cost_);
    if (index_ != nullptr) return Value::Bool(!MapFind(*index_, item).is(Tag::kUnset));
    if (item.is(Tag::kString)) {
      for (uint32_t i = 0; i < list_.size; ++i) {
        const Value& candidate = list_.items[i];
        if (candidate.is(Tag::kString) && candidate.string() == item.string()) return Value::Bool(true);
      }
      return Value::Bool(false);
    }
    return Value::Bool(Contains(ev, list_, item));
  }

 private:
  const Step* item_;
  Value list_;
  const Value* index_;
  uint64_t cost_;
};

template <template <bool> class kStep, class... Args>
const Step* NewEither(Arena& arena, bool flag, Args... args) {
  if (flag) return arena.New<kStep<true>>(args...);
  return arena.New<kStep<false>>(args...);
}

template <bool kStop>
const Step* NewLogic(Arena& arena, Steps terms, Span span) {
  if (terms.size() == 2) return arena.New<LogicOfTwo<kStop>>(terms[0], terms[1], span);
  return arena.New<LogicStep<kStop>>(terms, span);
}

}  // namespace

const Step* NewAnd(Arena& arena, Steps terms, Span span) { return NewLogic<false>(arena, terms, span); }
const Step* NewOr(Arena& arena, Steps terms, Span span) { return NewLogic<true>(arena, terms, span); }

const Step* NewNot(Arena& arena, const Step* operand, Span span) { return arena.New<NotStep>(operand, span); }

const Step* NewNotStrictlyFalse(Arena& arena, const Step* operand) {
  return arena.New<NotStrictlyFalseStep>(operand);
}

const Step* NewConditional(Arena& arena, const Step* condition, const Step* yes, const Step* no, Span span) {
  return arena.New<ConditionalStep>(condition, yes, no, span);
}

const Step* NewEqual(Arena& arena, const Step* left, const Step* right, bool negate) {
  Value constant = right->Constant();
  const Step* operand = left;
  if (constant.is(Tag::kUnset)) {
    constant = left->Constant();
    operand = right;
  }
  switch (constant.tag) {
    case Tag::kString:
    case Tag::kBytes: return NewEither<EqualsText>(arena, negate, operand, constant);
    case Tag::kBool:
    case Tag::kInt:
    case Tag::kNull: return NewEither<EqualsScalar>(arena, negate, operand, constant);
    default: return NewEither<EqualStep>(arena, negate, left, right);
  }
}

const Step* NewCompare(Arena& arena, Relation relation, const Step* left, const Step* right, Span span) {
  switch (relation) {
    case Relation::kLess: return arena.New<CompareStep<Relation::kLess>>(left, right, span);
    case Relation::kLessEqual: return arena.New<CompareStep<Relation::kLessEqual>>(left, right, span);
    case Relation::kGreater: return arena.New<CompareStep<Relation::kGreater>>(left, right, span);
    case Relation::kGreaterEqual: return arena.New<CompareStep<Relation::kGreaterEqual>>(left, right, span);
  }
  return nullptr;
}

const Step* NewInConstant(Arena& arena, const Step* item, Value list, uint64_t cost) {
  constexpr uint32_t kFew = 8;
  const Value* index = nullptr;
  if (list.size > kFew) {
    MapBuilder builder(arena, list.size);
    for (uint32_t i = 0; i < list.size; ++i) builder.Insert(list.items[i], Value::Null());
    index = arena.New<Value>(builder.Finish());
  }
  return arena.New<InConstantStep>(item, list, index, cost);
}

const Step* NewIn(Arena& arena, const Step* item, const Step* container, Span span) {
  return arena.New<InStep>(item, container, span);
}

}  // namespace guard::cel

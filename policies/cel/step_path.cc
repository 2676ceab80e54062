// Paths: the hot ones walk a document's nodes and look at nothing else.
// Tested by tests/unit/cel/eval_test.cc, optionals_test.cc and cost_test.cc.
#include "policies/cel/step_path.h"

#include <algorithm>
#include <string>

namespace guard::cel {

namespace {

std::string KeyText(const Value& key) {
  return key.is(Tag::kString) ? std::string(key.string()) : ToString(key);
}

// The place in a list that a number is; negative when it is none.
int64_t ListIndex(const Value& key) {
  if (key.is(Tag::kInt)) return key.integer;
  if (key.is(Tag::kUint))
    return key.unsigned_integer <= INT64_MAX ? static_cast<int64_t>(key.unsigned_integer) : -1;
  if (key.real >= 0 && key.real < 0x1p62) return static_cast<int64_t>(key.real);
  return -1;
}

bool IsIndex(const Value& key) {
  if (key.is(Tag::kInt) || key.is(Tag::kUint)) return true;
  return key.is(Tag::kDouble) && key.real >= -0x1p62 && key.real < 0x1p62 &&
         static_cast<double>(static_cast<int64_t>(key.real)) == key.real;
}

// Longer than this, a map is better asked through the evaluation, which may have an index of it.
constexpr uint32_t kLargeMap = 64;

// What `key` is in `object`. An error, or kUnset when it is absent and `presence` was asked for.
Value Lookup(Evaluation& ev, const Value& object, const Value& key, const Qualifier& qualifier, bool presence,
             BadPresence bad_presence) {
  if (object.is(Tag::kMap)) {
    Value found = ev.Find(object, key, qualifier.key_hash);
    if (presence || !found.is(Tag::kUnset)) return found;
  } else if (object.is(Tag::kList)) {
    if (!IsIndex(key)) {
      std::string type = TypeOfValue(key)->name;
      return ev.At(ev.Fail("unsupported index type '" + type + "' in list"), qualifier.span);
    }
    int64_t index = ListIndex(key);
    if (index >= 0 && index < int64_t{object.size}) return ListAt(object, static_cast<uint32_t>(index));
    if (presence) return Value();
    return ev.At(ev.Fail("index out of bounds: " + ToString(key)), qualifier.span);
  } else if (presence && bad_presence == BadPresence::kAbsent) {
    return Value();
  }
  return ev.At(ev.Fail("no such key: " + KeyText(key)), qualifier.span);
}

Value KeyOf(Evaluation& ev, const Qualifier& qualifier) {
  return qualifier.index ? qualifier.index->Eval(ev) : qualifier.key;
}

// The node at the end of plain fields below a document's map; nullptr where the path ends early or is not
// that simple.
const Node* WalkFields(const Node* node, std::span<const Qualifier> fields) {
  for (const Qualifier& field : fields) {
    if (node->size > kLargeMap) return nullptr;
    node = node->Find(field.key.string(), field.key_hash);
    if (node == nullptr) return nullptr;
  }
  return node;
}

template <class Base>
class GeneralPath final : public PathStep {
 public:
  GeneralPath(Base base, std::span<const Qualifier> qualifiers, uint32_t charge, BadPresence bad_presence)
      : PathStep(qualifiers, charge, bad_presence), base_(base) {}

  Value Eval(Evaluation& ev) const override {
    bool optional = false;
    Value v = Resolve(ev, &optional);
    return Finish(ev, v, optional);
  }
  Value Resolve(Evaluation& ev, bool* optional) const override {
    Value object = base_.Get(ev);
    return object.is_error() ? object : Apply(ev, object, optional);
  }

 private:
  Base base_;
};

// a.b.c, and nothing else.
template <class Base>
class FieldsStep final : public PathStep {
 public:
  FieldsStep(Base base, std::span<const Qualifier> qualifiers, uint32_t charge, BadPresence bad_presence)
      : PathStep(qualifiers, charge, bad_presence), base_(base) {}

  Value Eval(Evaluation& ev) const override {
    Value object = base_.Get(ev);
    if (object.is(Tag::kMap) && object.node_backed) {
      if (const Node* node = WalkFields(object.node, qualifiers_)) {
        ev.Pay(qualifiers_.size() + charge_);
        return Value::Of(*node);
      }
    }
    if (object.is_error()) return object;
    bool optional = false;
    object = Apply(ev, object, &optional);
    return Finish(ev, object, optional);
  }
  Value Resolve(Evaluation& ev, bool* optional) const override {
    Value object = base_.Get(ev);
    return object.is_error() ? object : Apply(ev, object, optional);
  }

 private:
  Base base_;
};

// A variable by itself.
template <class Base>
class VariableStep final : public PathStep {
 public:
  VariableStep(Base base, uint32_t charge) : PathStep({}, charge, BadPresence::kAbsent), base_(base) {}
  Value Eval(Evaluation& ev) const override {
    Value v = base_.Get(ev);
    if (!v.is_error()) ev.Pay(charge_);
    return v;
  }
  Value Resolve(Evaluation& ev, bool*) const override { return base_.Get(ev); }

 private:
  Base base_;
};

template <class Base>
class FieldsHas final : public HasStep {
 public:
  FieldsHas(Base base, std::span<const Qualifier> qualifiers, uint32_t charge, BadPresence bad_presence)
      : HasStep(qualifiers, charge, bad_presence), base_(base) {}

  Value Eval(Evaluation& ev) const override {
    Value object = base_.Get(ev);
    if (object.is(Tag::kMap) && object.node_backed) {
      const Node* node = WalkFields(object.node, qualifiers_.first(qualifiers_.size() - 1));
      if (node != nullptr && node->is_map() && node->size <= kLargeMap) {
        ev.Pay(qualifiers_.size() + charge_);
        const Qualifier& last = qualifiers_.back();
        return Value::Bool(node->Find(last.key.string(), last.key_hash) != nullptr);
      }
    }
    return object.is_error() ? object : Test(ev, object);
  }

 private:
  Base base_;
};

template <class Base>
class GeneralHas final : public HasStep {
 public:
  GeneralHas(Base base, std::span<const Qualifier> qualifiers, uint32_t charge, BadPresence bad_presence)
      : HasStep(qualifiers, charge, bad_presence), base_(base) {}

  Value Eval(Evaluation& ev) const override {
    Value object = base_.Get(ev);
    return object.is_error() ? object : Test(ev, object);
  }

 private:
  Base base_;
};

// path.orValue(alternative). `Path` has Walk, which is Resolve: inline where the class is known.
template <class Path>
class OrValueOfPath final : public Step {
 public:
  OrValueOfPath(const Path* path, const Step* alternative, Span span)
      : path_(path), alternative_(alternative), constant_(alternative->Constant()), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    bool optional = false;
    Value v = path_->Walk(ev, &optional);
    if (v.is_error()) return v;
    ev.Pay(path_->charge());
    if (v.is(Tag::kUnset)) return Alternative(ev);
    if (optional) return v;
    if (!v.is(Tag::kOptional)) return NoOverload(ev, span_);
    return v.optional ? *v.optional : Alternative(ev);
  }

 private:
  Value Alternative(Evaluation& ev) const {
    return constant_.is(Tag::kUnset) ? alternative_->Eval(ev) : constant_;
  }

  const Path* path_;
  const Step* alternative_;
  Value constant_;
  Span span_;
};

// a.?b.c, and nothing but fields: `first` is the first one written with ?.
template <class Base>
class OptionalFieldsStep final : public PathStep {
 public:
  OptionalFieldsStep(Base base, std::span<const Qualifier> qualifiers, size_t first, uint32_t charge,
                     BadPresence bad_presence)
      : PathStep(qualifiers, charge, bad_presence), base_(base), first_(first) {}

  Value Eval(Evaluation& ev) const override {
    bool optional = false;
    Value v = Resolve(ev, &optional);
    return Finish(ev, v, optional);
  }
  Value Resolve(Evaluation& ev, bool* optional) const override { return Walk(ev, optional); }
  const Step* OrValue(Arena& arena, const Step* alternative, Span span) const override {
    return arena.New<OrValueOfPath<OptionalFieldsStep>>(this, alternative, span);
  }

  [[gnu::always_inline]] Value Walk(Evaluation& ev, bool* optional) const {
    Value object = base_.Get(ev);
    if (object.is_error()) return object;
    if (!object.is(Tag::kMap) || !object.node_backed) return Apply(ev, object, optional);
    const Node* node = object.node;
    for (size_t i = 0; i < qualifiers_.size(); ++i) {
      if (!node->is_map() || node->size > kLargeMap) return Apply(ev, object, optional);
      node = node->Find(qualifiers_[i].key.string(), qualifiers_[i].key_hash);
      if (node != nullptr) continue;
      if (i < first_) return Apply(ev, object, optional);
      *optional = true;
      ev.Pay(i + 1);
      return Value();
    }
    *optional = true;
    ev.Pay(qualifiers_.size());
    return Value::Of(*node);
  }

 private:
  Base base_;
  size_t first_;
};

class OrValueStep final : public Step {
 public:
  OrValueStep(const Step* optional, const Step* alternative, Span span)
      : optional_(optional), alternative_(alternative), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value v = optional_->Eval(ev);
    if (v.is_error()) return v;
    if (!v.is(Tag::kOptional)) return NoOverload(ev, span_);
    return v.optional ? *v.optional : alternative_->Eval(ev);
  }

 private:
  const Step* optional_;
  const Step* alternative_;
  Span span_;
};

class OrStep final : public Step {
 public:
  OrStep(const Step* optional, const Step* alternative, Span span)
      : optional_(optional), alternative_(alternative), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    Value v = optional_->Eval(ev);
    if (v.is_error()) return v;
    if (!v.is(Tag::kOptional)) return NoOverload(ev, span_);
    return v.optional ? v : alternative_->Eval(ev);
  }

 private:
  const Step* optional_;
  const Step* alternative_;
  Span span_;
};

class HasValueOfPath final : public Step {
 public:
  HasValueOfPath(const PathStep* path, Span span) : path_(path), span_(span) {}
  Value Eval(Evaluation& ev) const override {
    bool optional = false;
    Value v = path_->Resolve(ev, &optional);
    if (v.is_error()) return v;
    ev.Pay(path_->charge() + 1);
    if (optional) return Value::Bool(!v.is(Tag::kUnset));
    if (!v.is(Tag::kOptional)) return NoOverload(ev, span_);
    return Value::Bool(v.optional != nullptr);
  }

 private:
  const PathStep* path_;
  Span span_;
};

bool AllFields(std::span<const Qualifier> qualifiers) {
  return std::ranges::all_of(qualifiers, [](const Qualifier& q) { return q.key.is(Tag::kString); });
}

// The first qualifier written with ?, or how many there are.
size_t FirstOptional(std::span<const Qualifier> qualifiers) {
  auto found = std::ranges::find_if(qualifiers, [](const Qualifier& q) { return q.optional; });
  return static_cast<size_t>(found - qualifiers.begin());
}

}  // namespace

Value SlotBase::Missing(Evaluation& ev, Value v) const {
  if (v.is_error()) return ev.At(v, span);
  return ev.At(ev.Fail("no such attribute(s): " + std::string(name)), span);
}

Value PathStep::Finish(Evaluation& ev, Value v, bool optional) const {
  if (v.is_error()) return v;
  ev.Pay(charge_);
  if (!optional) return v;
  return v.is(Tag::kUnset) ? Value::None() : ev.MakeOptional(v);
}

Value PathStep::Apply(Evaluation& ev, Value object, bool* optional) const {
  for (const Qualifier& qualifier : qualifiers_) {
    if (object.is(Tag::kOptional)) {
      *optional = true;
      if (object.optional == nullptr) return Value();
      object = *object.optional;
    }
    *optional = *optional || qualifier.optional;
    Value key = KeyOf(ev, qualifier);
    if (key.is_error()) return key;
    object = Lookup(ev, object, key, qualifier, *optional, bad_presence_);
    if (object.is_error()) return object;
    ev.Pay(1);
    if (object.is(Tag::kUnset)) return object;
  }
  return object;
}

Value HasStep::Test(Evaluation& ev, Value object) const {
  bool optional = false;
  for (const Qualifier& qualifier : qualifiers_) {
    if (object.is(Tag::kOptional)) {
      optional = true;
      if (object.optional == nullptr) break;
      object = *object.optional;
    }
    bool last = &qualifier == &qualifiers_.back();
    optional = optional || qualifier.optional;
    Value key = KeyOf(ev, qualifier);
    if (key.is_error()) return key;
    object = Lookup(ev, object, key, qualifier, optional || last, bad_presence_);
    if (object.is_error()) return object;
    ev.Pay(1);
    if (last || object.is(Tag::kUnset)) {
      ev.Pay(charge_);
      return Value::Bool(!object.is(Tag::kUnset));
    }
  }
  ev.Pay(charge_);
  return Value::Bool(false);
}

const Step* NewOrValue(Arena& arena, const Step* optional, const Step* alternative, Span span) {
  return arena.New<OrValueStep>(optional, alternative, span);
}

const Step* PathStep::OrValue(Arena& arena, const Step* alternative, Span span) const {
  return arena.New<OrValueOfPath<PathStep>>(this, alternative, span);
}

const Step* NewOptionalOr(Arena& arena, const Step* optional, const Step* alternative, Span span) {
  return arena.New<OrStep>(optional, alternative, span);
}

const Step* NewHasValue(Arena& arena, const PathStep* path, Span span) {
  return arena.New<HasValueOfPath>(path, span);
}

template <class Base>
const PathStep* NewPath(Arena& arena, Base base, std::span<const Qualifier> qualifiers, uint32_t charge,
                        BadPresence bad_presence) {
  if (qualifiers.empty()) return arena.New<VariableStep<Base>>(base, charge);
  size_t first = FirstOptional(qualifiers);
  if (AllFields(qualifiers)) {
    if (first == qualifiers.size())
      return arena.New<FieldsStep<Base>>(base, qualifiers, charge, bad_presence);
    return arena.New<OptionalFieldsStep<Base>>(base, qualifiers, first, charge, bad_presence);
  }
  return arena.New<GeneralPath<Base>>(base, qualifiers, charge, bad_presence);
}

template <class Base>
const Step* NewHas(Arena& arena, Base base, std::span<const Qualifier> qualifiers, uint32_t charge,
                   BadPresence bad_presence) {
  if (AllFields(qualifiers) && FirstOptional(qualifiers) == qualifiers.size())
    return arena.New<FieldsHas<Base>>(base, qualifiers, charge, bad_presence);
  return arena.New<GeneralHas<Base>>(base, qualifiers, charge, bad_presence);
}

template const PathStep* NewPath(Arena&, SlotBase, std::span<const Qualifier>, uint32_t, BadPresence);
template const PathStep* NewPath(Arena&, LocalBase, std::span<const Qualifier>, uint32_t, BadPresence);
template const PathStep* NewPath(Arena&, BoundBase, std::span<const Qualifier>, uint32_t, BadPresence);
template const PathStep* NewPath(Arena&, StepBase, std::span<const Qualifier>, uint32_t, BadPresence);
template const Step* NewHas(Arena&, SlotBase, std::span<const Qualifier>, uint32_t, BadPresence);
template const Step* NewHas(Arena&, LocalBase, std::span<const Qualifier>, uint32_t, BadPresence);
template const Step* NewHas(Arena&, BoundBase, std::span<const Qualifier>, uint32_t, BadPresence);
template const Step* NewHas(Arena&, StepBase, std::span<const Qualifier>, uint32_t, BadPresence);

}  // namespace guard::cel

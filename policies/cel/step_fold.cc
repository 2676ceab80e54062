// Comprehensions. The fast forms give what the general fold gives, errors and costs included: eval_test.cc
// and the fuzz target run both and compare. Tested by tests/unit/cel/eval_test.cc and cost_test.cc.
#include "policies/cel/step_fold.h"

#include <algorithm>

#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

// Grows in the arena; what it leaves behind when it moves is at most as much again.
class ListBuilder {
 public:
  explicit ListBuilder(Arena& arena) : arena_(arena) {}
  void Add(const Value& value) {
    if (size_ == capacity_) Grow();
    items_[size_++] = value;
  }
  Value Finish() const { return Value::Items(items_, size_); }

 private:
  void Grow() {
    uint32_t capacity = std::max(8u, capacity_ * 2);
    Value* items = arena_.AllocateArray<Value>(capacity);
    std::copy_n(items_, size_, items);
    items_ = items, capacity_ = capacity;
  }

  Arena& arena_;
  Value* items_ = nullptr;
  uint32_t size_ = 0, capacity_ = 0;
};

class IterationStep : public Step {
 protected:
  explicit IterationStep(const Iteration& iteration) : it_(iteration) {}

  // The list or map to go through, or an error.
  Value Range(Evaluation& ev) const {
    Value range = it_.range->Eval(ev);
    if (range.is_error() || range.is(Tag::kList) || range.is(Tag::kMap)) return range;
    return ev.At(ev.Fail("got '" + TypeOfValue(range)->name + "', expected iterable type"), it_.span);
  }

  void SetVariables(Evaluation& ev, const Value& range, uint32_t i) const {
    if (range.is(Tag::kList)) {
      if (it_.second == kNoLocal) {
        ev.Local(it_.first) = ListAt(range, i);
      } else {
        ev.Local(it_.first) = Value::Int(i);
        ev.Local(it_.second) = ListAt(range, i);
      }
      return;
    }
    MapEntry entry = MapAt(range, i);
    ev.Local(it_.first) = entry.key;
    if (it_.second != kNoLocal) ev.Local(it_.second) = entry.value;
  }

  Iteration it_;
};

class FoldStep final : public IterationStep {
 public:
  FoldStep(const Iteration& iteration, uint32_t accumulator, const Step* init, const Step* condition,
           const Step* step, const Step* result)
      : IterationStep(iteration),
        accumulator_(accumulator),
        init_(init),
        condition_(condition),
        step_(step),
        result_(result) {}

  Value Eval(Evaluation& ev) const override {
    Value range = Range(ev);
    if (range.is_error()) return range;
    Value accumulated = init_->Eval(ev);
    ev.Local(accumulator_) = accumulated;
    for (uint32_t i = 0; i < range.size; ++i) {
      if (ev.Spent()) return ev.OverCost();
      SetVariables(ev, range, i);
      Value go_on = condition_->Eval(ev);
      if (go_on.is(Tag::kBool) && !go_on.boolean) break;
      accumulated = step_->Eval(ev);
      ev.Local(accumulator_) = accumulated;
    }
    return result_->Eval(ev);
  }

 private:
  uint32_t accumulator_;
  const Step* init_;
  const Step* condition_;
  const Step* step_;
  const Step* result_;
};

// all stops at false, exists at true. Each round of the fold looks at its accumulator before it goes on,
// which costs `kCondition`, or 1 once the accumulator is an error.
template <bool kStop>
class SearchStep final : public IterationStep {
 public:
  SearchStep(const Iteration& iteration, const Step* predicate)
      : IterationStep(iteration), predicate_(predicate) {}

  Value Eval(Evaluation& ev) const override {
    constexpr uint64_t kCondition = kStop ? 3 : 2;
    Value range = Range(ev);
    if (range.is_error()) return range;
    Value error;
    for (uint32_t i = 0; i < range.size; ++i) {
      if (ev.Spent()) return ev.OverCost();
      SetVariables(ev, range, i);
      bool failed = error.is_error();
      ev.Pay(failed ? 1 : kCondition + 1);
      Value v = predicate_->Eval(ev);
      if (v.is(Tag::kBool)) {
        if (v.boolean != kStop) continue;
        ev.Pay(i + 1 < range.size ? kCondition + 1 : 1);
        return v;
      }
      if (!failed) error = v.is_error() ? v : NoOverload(ev, it_.span);
    }
    if (error.is_error()) return error;
    ev.Pay(1);
    return Value::Bool(!kStop);
  }

 private:
  const Step* predicate_;
};

class ExistsOneStep final : public IterationStep {
 public:
  ExistsOneStep(const Iteration& iteration, const Step* predicate)
      : IterationStep(iteration), predicate_(predicate) {}

  Value Eval(Evaluation& ev) const override {
    Value range = Range(ev);
    if (range.is_error()) return range;
    Value error;
    uint32_t count = 0;
    for (uint32_t i = 0; i < range.size; ++i) {
      if (ev.Spent()) return ev.OverCost();
      SetVariables(ev, range, i);
      Value v = predicate_->Eval(ev);
      if (!v.is(Tag::kBool)) {
        error = v.is_error() ? v : NoOverload(ev, it_.span);
      } else if (v.boolean && !error.is_error()) {
        ev.Pay(2);
        ++count;
      }
    }
    if (error.is_error()) return error;
    ev.Pay(2);
    return Value::Bool(count == 1);
  }

 private:
  const Step* predicate_;
};

// What a round of a collecting macro does with its element: take it, leave it, or fail.
enum class Verdict : uint8_t { kTake, kLeave, kFail };

class CollectStep : public IterationStep {
 protected:
  CollectStep(const Iteration& iteration, const Step* filter) : IterationStep(iteration), filter_(filter) {}

  Verdict Judge(Evaluation& ev, Value* error) const {
    if (filter_ == nullptr) return Verdict::kTake;
    Value v = filter_->Eval(ev);
    if (v.is(Tag::kBool)) return v.boolean ? Verdict::kTake : Verdict::kLeave;
    *error = v.is_error() ? v : NoOverload(ev, it_.span);
    return Verdict::kFail;
  }

  const Step* filter_;
};

class CollectList final : public CollectStep {
 public:
  CollectList(const Iteration& iteration, const Step* filter, const Step* item, uint64_t begin_cost,
              uint64_t item_cost)
      : CollectStep(iteration, filter), item_(item), begin_cost_(begin_cost), item_cost_(item_cost) {}

  Value Eval(Evaluation& ev) const override {
    Value range = Range(ev);
    if (range.is_error()) return range;
    ev.Pay(begin_cost_);
    ListBuilder list(ev.arena());
    Value error;
    for (uint32_t i = 0; i < range.size; ++i) {
      if (ev.Spent()) return ev.OverCost();
      SetVariables(ev, range, i);
      // Once it has failed a fold still evaluates its filter, which may fail in another way.
      if (Judge(ev, &error) != Verdict::kTake || error.is_error()) continue;
      ev.Pay(1);
      Value v = item_->Eval(ev);
      if (v.is_error()) {
        if (filter_ == nullptr) return v;
        error = v;
        continue;
      }
      ev.Pay(item_cost_ + 1);
      list.Add(v);
    }
    if (error.is_error()) return error;
    ev.Pay(1);
    return list.Finish();
  }

 private:
  const Step* item_;
  uint64_t begin_cost_, item_cost_;
};

class CollectMap final : public CollectStep {
 public:
  CollectMap(const Iteration& iteration, const Step* filter, const Step* key, const Step* value,
             uint64_t begin_cost)
      : CollectStep(iteration, filter), key_(key), value_(value), begin_cost_(begin_cost) {}

  Value Eval(Evaluation& ev) const override {
    Value range = Range(ev);
    if (range.is_error()) return range;
    ev.Pay(begin_cost_);
    MapBuilder map(ev.arena());
    Value error;
    for (uint32_t i = 0; i < range.size; ++i) {
      if (ev.Spent()) return ev.OverCost();
      SetVariables(ev, range, i);
      if (Judge(ev, &error) != Verdict::kTake || error.is_error()) continue;
      ev.Pay(1);
      Value failure = key_ != nullptr ? InsertOne(ev, map) : InsertAll(ev, map);
      if (failure.is_error()) {
        if (filter_ == nullptr) return failure;
        error = failure;
      }
    }
    if (error.is_error()) return error;
    ev.Pay(1);
    return map.Finish();
  }

 private:
  // An error, or kUnset.
  Value InsertOne(Evaluation& ev, MapBuilder& map) const {
    Value key = key_->Eval(ev);
    if (key.is_error()) return key;
    Value value = value_->Eval(ev);
    if (value.is_error()) return value;
    ev.Pay(1);
    return Insert(ev, map, key, value);
  }

  Value InsertAll(Evaluation& ev, MapBuilder& map) const {
    Value entries = value_->Eval(ev);
    if (entries.is_error()) return entries;
    ev.Pay(1);
    if (!entries.is(Tag::kMap)) return NoOverload(ev, it_.span);
    for (uint32_t i = 0; i < entries.size; ++i) {
      if (ev.Spent()) return ev.OverCost();
      MapEntry entry = MapAt(entries, i);
      Value failure = Insert(ev, map, entry.key, entry.value);
      if (failure.is_error()) return failure;
    }
    return Value();
  }

  Value Insert(Evaluation& ev, MapBuilder& map, const Value& key, const Value& value) const {
    if (!IsKey(key)) return ev.At(ev.Fail("unsupported key type: " + TypeOfValue(key)->name), it_.span);
    if (map.Insert(key, value)) return Value();
    return ev.At(ev.Fail("insert failed: key " + ToString(key) + " already exists"), it_.span);
  }

  const Step* key_;
  const Step* value_;
  uint64_t begin_cost_;
};

class BindStep final : public Step {
 public:
  BindStep(uint32_t local, const Step* body, uint64_t cost) : local_(local), body_(body), cost_(cost) {}
  Value Eval(Evaluation& ev) const override {
    ev.Pay(cost_);
    ev.Local(local_) = Value();
    return body_->Eval(ev);
  }

 private:
  uint32_t local_;
  const Step* body_;
  uint64_t cost_;
};

}  // namespace

const Step* NewFold(Arena& arena, const Iteration& iteration, uint32_t accumulator, const Step* init,
                    const Step* condition, const Step* step, const Step* result) {
  return arena.New<FoldStep>(iteration, accumulator, init, condition, step, result);
}

const Step* NewAll(Arena& arena, const Iteration& iteration, const Step* predicate) {
  return arena.New<SearchStep<false>>(iteration, predicate);
}

const Step* NewExists(Arena& arena, const Iteration& iteration, const Step* predicate) {
  return arena.New<SearchStep<true>>(iteration, predicate);
}

const Step* NewExistsOne(Arena& arena, const Iteration& iteration, const Step* predicate) {
  return arena.New<ExistsOneStep>(iteration, predicate);
}

const Step* NewCollect(Arena& arena, const Iteration& iteration, const Step* filter, const Step* item,
                       uint64_t begin_cost, uint64_t item_cost) {
  return arena.New<CollectList>(iteration, filter, item, begin_cost, item_cost);
}

const Step* NewCollectMap(Arena& arena, const Iteration& iteration, const Step* filter, const Step* key,
                          const Step* value, uint64_t begin_cost) {
  return arena.New<CollectMap>(iteration, filter, key, value, begin_cost);
}

const Step* NewBind(Arena& arena, uint32_t local, const Step* body, uint64_t cost) {
  return arena.New<BindStep>(local, body, cost);
}

}  // namespace guard::cel

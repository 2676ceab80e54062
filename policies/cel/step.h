// A Step is a compiled node of an expression; a Program is a tree of them.
//
// Steps live in the Program's arena and are never changed once they are planned. What a step costs it pays
// when it has its value, as cel-go does (interpreter/runtimecost.go); a step whose operand fails pays
// nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "policies/cel/cost.h"
#include "policies/cel/program.h"
#include "policies/cel/value.h"

namespace guard::cel {

class PathStep;  // step_path.h

class Step {
 public:
  virtual Value Eval(Evaluation& ev) const = 0;
  // The value of a step that always has the same one and cannot fail; kUnset for others. A literal list or
  // map is made once and yet paid for each time: it is a constant only for who takes its cost as well.
  virtual Value Constant(uint64_t* = nullptr) const { return Value(); }
  virtual const PathStep* AsPath() const { return nullptr; }

 protected:
  ~Step() = default;  // never deleted: the arena is dropped as a whole
};

using Steps = std::span<const Step* const>;

// Costs in cel-go's model.
inline constexpr uint64_t kAttributeCost = 1;
inline constexpr uint64_t kListCost = 10;
inline constexpr uint64_t kMapCost = 30;

class ConstantStep final : public Step {
 public:
  explicit ConstantStep(Value value, uint64_t cost = 0) : value_(value), cost_(cost) {}
  Value Eval(Evaluation& ev) const override {
    ev.Pay(cost_);
    return value_;
  }
  Value Constant(uint64_t* cost) const override {
    if (cost != nullptr) return *cost = cost_, value_;
    return cost_ == 0 ? value_ : Value();
  }

 private:
  Value value_;
  uint64_t cost_;
};

// An expression that can only fail: an unknown name, a function without overloads.
class FailingStep final : public Step {
 public:
  FailingStep(std::string_view message, Span span) : error_{message, span.begin, span.end} {}
  Value Eval(Evaluation&) const override {
    Value v;
    v.tag = Tag::kError;
    v.error = &error_;
    return v;
  }

 private:
  ErrorData error_;
};

// A tenth of a size, rounded up: what it costs to look at text once.
inline uint64_t Tenth(uint64_t size) { return (size + 9) / 10; }

// The cost of comparing two values. Counting code points is only worth it for texts of more than ten bytes.
inline uint64_t ComparisonCost(const Value& a, const Value& b) {
  if (a.is(Tag::kString) && b.is(Tag::kString) && std::min(a.size, b.size) <= 10)
    return a.size != 0 && b.size != 0;
  uint64_t least = a.size;  // at least what it weighs, for what has a size
  auto sized = [](const Value& v) {
    return v.is(Tag::kString) || v.is(Tag::kBytes) || v.is(Tag::kList) || v.is(Tag::kMap);
  };
  if (!sized(a) || !sized(b)) {
    if (a.is(Tag::kOptional) || b.is(Tag::kOptional)) return Tenth(std::min(SizeOf(a), SizeOf(b)));
    return (sized(a) && a.size == 0) || (sized(b) && b.size == 0) ? 0 : 1;
  }
  least = std::min(least, uint64_t{b.size});
  if (least <= 10) return least == 0 ? 0 : 1;
  return Tenth(std::min(SizeOf(a), SizeOf(b)));
}

inline Value NoOverload(Evaluation& ev, Span span) { return ev.At(ev.Fail("no such overload"), span); }

}  // namespace guard::cel

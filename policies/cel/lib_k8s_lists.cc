// Kubernetes' list functions: isSorted, sum, min, max, indexOf, lastIndexOf, includes.
//
// Values that have no order among each other (NaN, or a list of mixed types that was dyn to the checker)
// count as sorted, as they do for cel-go.
//
// Tested by lib_k8s_lists_test.cc.
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"
#include "policies/cel/time.h"

namespace guard::cel {
namespace {

Value IsSorted(Evaluation&, const Value* args, uint32_t) {
  for (uint32_t i = 1; i < args[0].size; ++i) {
    bool ordered;
    int order = Compare(ListAt(args[0], i - 1), ListAt(args[0], i), &ordered);
    if (ordered && order > 0) return Value::Bool(false);
  }
  return Value::Bool(true);
}

Value Mixed(Evaluation& ev) { return ev.Fail("no such overload: sum() of values of different types"); }

Value SumOfInts(Evaluation& ev, const Value* args, uint32_t) {
  int64_t sum = 0;
  for (uint32_t i = 0; i < args[0].size; ++i) {
    Value item = ListAt(args[0], i);
    if (!item.is(Tag::kInt)) return Mixed(ev);
    if (__builtin_add_overflow(sum, item.integer, &sum)) return ev.Fail("integer overflow");
  }
  return Value::Int(sum);
}
Value SumOfUints(Evaluation& ev, const Value* args, uint32_t) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < args[0].size; ++i) {
    Value item = ListAt(args[0], i);
    if (!item.is(Tag::kUint)) return Mixed(ev);
    if (__builtin_add_overflow(sum, item.unsigned_integer, &sum)) return ev.Fail("unsigned integer overflow");
  }
  return Value::Uint(sum);
}
Value SumOfDoubles(Evaluation& ev, const Value* args, uint32_t) {
  double sum = 0;
  for (uint32_t i = 0; i < args[0].size; ++i) {
    Value item = ListAt(args[0], i);
    if (!item.is(Tag::kDouble)) return Mixed(ev);
    sum += item.real;
  }
  return Value::Double(sum);
}
Value SumOfDurations(Evaluation& ev, const Value* args, uint32_t) {
  Time sum;
  for (uint32_t i = 0; i < args[0].size; ++i) {
    Value item = ListAt(args[0], i);
    if (!item.is(Tag::kDuration)) return Mixed(ev);
    if (!AddDurations(sum, {item.integer, item.nanos()}, &sum)) return ev.Fail("duration out of range");
  }
  return Value::Duration(sum.seconds, sum.nanos);
}

// The first of the smallest (sign 1) or of the largest (sign -1).
template <int sign>
Value Extreme(Evaluation& ev, const Value* args, uint32_t) {
  if (args[0].size == 0) return ev.Fail(sign > 0 ? "min called on empty list" : "max called on empty list");
  Value best = ListAt(args[0], 0);
  for (uint32_t i = 1; i < args[0].size; ++i) {
    Value item = ListAt(args[0], i);
    bool ordered;
    int order = Compare(best, item, &ordered);
    if (ordered && order * sign > 0) best = item;
  }
  return best;
}

Value IndexOf(Evaluation& ev, const Value* args, uint32_t) {
  for (uint32_t i = 0; i < args[0].size; ++i)
    if (ev.Same(ListAt(args[0], i), args[1])) return Value::Int(i);
  return Value::Int(-1);
}
Value LastIndexOf(Evaluation& ev, const Value* args, uint32_t) {
  for (uint32_t i = args[0].size; i-- > 0;)
    if (ev.Same(ListAt(args[0], i), args[1])) return Value::Int(i);
  return Value::Int(-1);
}
Value Includes(Evaluation& ev, const Value* args, uint32_t) {
  if (!args[0].is(Tag::kList)) return Value::Bool(ev.Same(args[0], args[1]));
  for (uint32_t i = 0; i < args[0].size; ++i)
    if (ev.Same(ListAt(args[0], i), args[1])) return Value::Bool(true);
  return Value::Bool(false);
}

// Reading a value whole: a tenth of its texts' bytes and 1 for every other scalar (cost.go traversalCost).
// Documents are not deeper than their reader allows, so this may recurse.
uint64_t TraversalCost(const Value& value) {
  switch (value.tag) {
    case Tag::kString:
    case Tag::kBytes: return value.size / 10;
    case Tag::kList: {
      uint64_t cost = 0;
      for (uint32_t i = 0; i < value.size; ++i) cost += TraversalCost(ListAt(value, i));
      return cost;
    }
    case Tag::kMap: {
      uint64_t cost = 0;
      for (uint32_t i = 0; i < value.size; ++i) {
        MapEntry entry = MapAt(value, i);
        cost += TraversalCost(entry.key) + TraversalCost(entry.value);
      }
      return cost;
    }
    default: return 1;
  }
}
uint64_t TraverseFirst(const Value* args, uint32_t, const Value&) { return TraversalCost(args[0]); }

}  // namespace

void RegisterKubernetesLists(Environment& env) {
  const struct {
    const char* name;
    const Type* type;
    FunctionImpl sum;
  } kComparable[] = {
      {"int", &kIntType, SumOfInts},
      {"uint", &kUintType, SumOfUints},
      {"double", &kDoubleType, SumOfDoubles},
      {"bool", &kBoolType, nullptr},
      {"duration", &kDurationType, SumOfDurations},
      {"timestamp", &kTimestampType, nullptr},
      {"string", &kStringType, nullptr},
      {"bytes", &kBytesType, nullptr},
  };
  for (const auto& [name, type, sum] : kComparable) {
    const Type* list = env.types().List(type);
    std::string prefix = std::string("list_") + name;
    env.Add({"isSorted", prefix + "_is_sorted_bool", true, {list}, &kBoolType, IsSorted, TraverseFirst});
    env.Add({"min", prefix + "_min_" + name, true, {list}, type, Extreme<1>, TraverseFirst});
    env.Add({"max", prefix + "_max_" + name, true, {list}, type, Extreme<-1>, TraverseFirst});
    if (sum != nullptr) env.Add({"sum", prefix + "_sum_" + name, true, {list}, type, sum, TraverseFirst});
  }
  const Type* item = env.types().Param("A");
  const Type* list = env.types().List(item);
  env.Add({"indexOf", "list_a_index_of_int", true, {list, item}, &kIntType, IndexOf, TraverseFirst});
  env.Add(
      {"lastIndexOf", "list_a_last_index_of_int", true, {list, item}, &kIntType, LastIndexOf, TraverseFirst});
  env.Add({"includes",
           "list_includes_dyn_dyn",
           true,
           {&kDynType, &kDynType},
           &kBoolType,
           Includes,
           TraverseFirst});
}

}  // namespace guard::cel

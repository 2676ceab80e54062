// Optional values (cel-go cel/library.go, OptionalTypes). a.?b, a[?b], orValue and or are steps
// (step_path.h), and first and last belong to the lists. Tested by tests/unit/cel/optionals_test.cc.
#include <algorithm>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"

namespace guard::cel {

namespace {

// What a type has before anybody gave it a value: false, 0, "", [], {}, null, none.
bool IsZero(const Value& v) {
  switch (v.tag) {
    case Tag::kNull: return true;
    case Tag::kBool: return !v.boolean;
    case Tag::kInt: return v.integer == 0;
    case Tag::kUint: return v.unsigned_integer == 0;
    case Tag::kDouble: return v.real == 0;
    case Tag::kDuration: return v.integer == 0 && v.size == 0;
    case Tag::kString:
    case Tag::kBytes:
    case Tag::kList:
    case Tag::kMap: return v.size == 0;
    case Tag::kOptional: return v.optional == nullptr;
    default: return false;
  }
}

Value None(Evaluation&, const Value*, uint32_t) { return Value::None(); }
Value Of(Evaluation& ev, const Value* a, uint32_t) { return ev.MakeOptional(a[0]); }
Value OfNonZeroValue(Evaluation& ev, const Value* a, uint32_t) {
  return IsZero(a[0]) ? Value::None() : ev.MakeOptional(a[0]);
}

Value HasValue(Evaluation&, const Value* a, uint32_t) { return Value::Bool(a[0].optional != nullptr); }
Value HasThisValue(Evaluation& ev, const Value* a, uint32_t) {
  return Value::Bool(a[0].optional != nullptr && ev.Same(*a[0].optional, a[1]));
}
uint64_t HasThisValueCost(const Value* a, uint32_t, const Value&) {
  return (std::min(SizeOf(a[0]), SizeOf(a[1])) + 9) / 10;
}

Value Get(Evaluation& ev, const Value* a, uint32_t) {
  return a[0].optional ? *a[0].optional : ev.Fail("optional.none() dereference");
}
// As functions, for who calls them on what the planner does not see through.
Value Or(Evaluation&, const Value* a, uint32_t) { return a[0].optional ? a[0] : a[1]; }
Value OrValue(Evaluation&, const Value* a, uint32_t) { return a[0].optional ? *a[0].optional : a[1]; }

Value Unwrap(Evaluation& ev, const Value* a, uint32_t) {
  if (!HasRoom(ev, a[0].size * sizeof(Value))) return NoRoom(ev);
  if (!ev.Work(a[0].size)) return ev.OverCost();
  Value* items = ev.arena().AllocateArray<Value>(a[0].size);
  uint32_t count = 0;
  for (uint32_t i = 0; i < a[0].size; ++i) {
    Value item = ListAt(a[0], i);
    if (!item.is(Tag::kOptional)) return ev.Fail("value " + ToString(item) + " is not optional");
    if (item.optional) items[count++] = *item.optional;
  }
  return Value::Items(items, count);
}

}  // namespace

void RegisterOptionals(Environment& env) {
  TypePool& types = env.types();
  const Type *value = types.Param("V"), *key = types.Param("K");
  const Type *optional = types.Optional(value), *list = types.List(value), *map = types.Map(key, value);
  const Type *optional_list = types.Optional(list), *optional_map = types.Optional(map);
  const Type* optionals = types.List(optional);

  env.AddType("optional_type", types.Optional(&kDynType));
  env.Add({"optional.none", "optional_none", false, {}, optional, None});
  env.Add({"optional.of", "optional_of", false, {value}, optional, Of});
  env.Add({"optional.ofNonZeroValue", "optional_ofNonZeroValue", false, {value}, optional, OfNonZeroValue});
  env.Add({"hasValue", "optional_hasValue", true, {optional}, &kBoolType, HasValue});
  env.Add({"hasValue",
           "optional_hasValue_value",
           true,
           {optional, value},
           &kBoolType,
           HasThisValue,
           HasThisValueCost});
  env.Add({"value", "optional_value", true, {optional}, value, Get});
  env.Add({"or", "optional_or_optional", true, {optional, optional}, optional, Or});
  env.Add({"orValue", "optional_orValue_value", true, {optional, value}, value, OrValue});
  env.Add({"optional.unwrap", "optional_unwrap", false, {optionals}, list, Unwrap});
  env.Add({"unwrapOpt", "optional_unwrapOpt", true, {optionals}, list, Unwrap});

  env.Add({"_?._", "select_optional_field", false, {&kDynType, &kStringType}, optional});
  env.Add({"_[?_]", "list_optindex_optional_int", false, {list, &kIntType}, optional});
  env.Add({"_[?_]", "optional_list_optindex_optional_int", false, {optional_list, &kIntType}, optional});
  env.Add({"_[?_]", "map_optindex_optional_value", false, {map, key}, optional});
  env.Add({"_[?_]", "optional_map_optindex_optional_value", false, {optional_map, key}, optional});
  env.Add({"_[_]", "optional_list_index_int", false, {optional_list, &kIntType}, optional});
  env.Add({"_[_]", "optional_map_index_value", false, {optional_map, key}, optional});
}

}  // namespace guard::cel

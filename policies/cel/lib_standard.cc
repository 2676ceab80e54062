// The operators of cel-spec. Most are steps of their own (step_logic.h, step_path.h), and their rows are
// there for the checker; arithmetic beyond two ints is here. Tested by tests/unit/cel/standard_test.cc.
#include "policies/cel/lib_standard.h"

#include <algorithm>
#include <limits>
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

Value IntOverflow(Evaluation& ev) { return ev.Fail("integer overflow"); }
Value UintOverflow(Evaluation& ev) { return ev.Fail("unsigned integer overflow"); }

Value AddInt(Evaluation& ev, const Value* a, uint32_t) {
  int64_t sum = 0;
  return __builtin_add_overflow(a[0].integer, a[1].integer, &sum) ? IntOverflow(ev) : Value::Int(sum);
}
Value SubtractInt(Evaluation& ev, const Value* a, uint32_t) {
  int64_t difference = 0;
  return __builtin_sub_overflow(a[0].integer, a[1].integer, &difference) ? IntOverflow(ev)
                                                                         : Value::Int(difference);
}
Value MultiplyInt(Evaluation& ev, const Value* a, uint32_t) {
  int64_t product = 0;
  return __builtin_mul_overflow(a[0].integer, a[1].integer, &product) ? IntOverflow(ev) : Value::Int(product);
}

// The least int has no counterpart.
bool QuotientOverflows(const Value* a) {
  return a[0].integer == std::numeric_limits<int64_t>::min() && a[1].integer == -1;
}
Value DivideInt(Evaluation& ev, const Value* a, uint32_t) {
  if (a[1].integer == 0) return ev.Fail("division by zero");
  return QuotientOverflows(a) ? IntOverflow(ev) : Value::Int(a[0].integer / a[1].integer);
}
Value RemainderInt(Evaluation& ev, const Value* a, uint32_t) {
  if (a[1].integer == 0) return ev.Fail("modulus by zero");
  return QuotientOverflows(a) ? IntOverflow(ev) : Value::Int(a[0].integer % a[1].integer);
}
Value NegateInt(Evaluation& ev, const Value* a, uint32_t) {
  if (a[0].integer == std::numeric_limits<int64_t>::min()) return IntOverflow(ev);
  return Value::Int(-a[0].integer);
}

Value AddUint(Evaluation& ev, const Value* a, uint32_t) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a[0].unsigned_integer, a[1].unsigned_integer, &sum) ? UintOverflow(ev)
                                                                                    : Value::Uint(sum);
}
Value SubtractUint(Evaluation& ev, const Value* a, uint32_t) {
  uint64_t difference = 0;
  return __builtin_sub_overflow(a[0].unsigned_integer, a[1].unsigned_integer, &difference)
             ? UintOverflow(ev)
             : Value::Uint(difference);
}
Value MultiplyUint(Evaluation& ev, const Value* a, uint32_t) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a[0].unsigned_integer, a[1].unsigned_integer, &product)
             ? UintOverflow(ev)
             : Value::Uint(product);
}
Value DivideUint(Evaluation& ev, const Value* a, uint32_t) {
  if (a[1].unsigned_integer == 0) return ev.Fail("division by zero");
  return Value::Uint(a[0].unsigned_integer / a[1].unsigned_integer);
}
Value RemainderUint(Evaluation& ev, const Value* a, uint32_t) {
  if (a[1].unsigned_integer == 0) return ev.Fail("modulus by zero");
  return Value::Uint(a[0].unsigned_integer % a[1].unsigned_integer);
}

Value AddDouble(Evaluation&, const Value* a, uint32_t) { return Value::Double(a[0].real + a[1].real); }
Value SubtractDouble(Evaluation&, const Value* a, uint32_t) { return Value::Double(a[0].real - a[1].real); }
Value MultiplyDouble(Evaluation&, const Value* a, uint32_t) { return Value::Double(a[0].real * a[1].real); }
Value DivideDouble(Evaluation&, const Value* a, uint32_t) { return Value::Double(a[0].real / a[1].real); }
Value NegateDouble(Evaluation&, const Value* a, uint32_t) { return Value::Double(-a[0].real); }

// Strings and bytes alike: the result is what the operands are.
Value Concatenate(Evaluation& ev, const Value* a, uint32_t) {
  if (a[0].size == 0) return a[1];
  if (a[1].size == 0) return a[0];
  uint64_t size = uint64_t{a[0].size} + a[1].size;
  if (!HasRoom(ev, size)) return NoRoom(ev);
  char* text = ev.arena().AllocateArray<char>(size);
  std::memcpy(text, a[0].bytes, a[0].size);
  std::memcpy(text + a[0].size, a[1].bytes, a[1].size);
  std::string_view whole(text, size);
  return a[0].is(Tag::kString) ? Value::String(whole) : Value::Bytes(whole);
}
uint64_t ConcatenateCost(const Value* a, uint32_t, const Value&) {
  return (SizeOf(a[0]) + SizeOf(a[1]) + 9) / 10;
}

Value ConcatenateLists(Evaluation& ev, const Value* a, uint32_t) {
  if (a[0].size == 0) return a[1];
  if (a[1].size == 0) return a[0];
  uint64_t count = uint64_t{a[0].size} + a[1].size;
  if (!HasRoom(ev, count * sizeof(Value))) return NoRoom(ev);
  if (!ev.Work(count)) return ev.OverCost();
  Value* items = ev.arena().AllocateArray<Value>(count);
  uint32_t at = 0;
  for (const Value* list : {&a[0], &a[1]})
    for (uint32_t i = 0; i < list->size; ++i) items[at++] = ListAt(*list, i);
  return Value::Items(items, at);
}

// cel.@mapInsert of the plain fold; the macros themselves collect their entries without it.
Value InsertEntries(Evaluation& ev, const Value& map, std::span<const MapEntry> entries) {
  if (!ev.Work(map.size + entries.size())) return ev.OverCost();
  MapBuilder builder(ev.arena(), map.size + static_cast<uint32_t>(entries.size()));
  for (uint32_t i = 0; i < map.size; ++i) {
    MapEntry entry = MapAt(map, i);
    builder.Insert(entry.key, entry.value);
  }
  for (const MapEntry& entry : entries) {
    if (!IsKey(entry.key)) return ev.Fail("unsupported key type: " + TypeOfValue(entry.key)->name);
    if (!builder.Insert(entry.key, entry.value))
      return ev.Fail("insert failed: key " + ToString(entry.key) + " already exists");
  }
  return builder.Finish();
}
Value InsertKey(Evaluation& ev, const Value* a, uint32_t) {
  MapEntry entry{a[1], a[2]};
  return InsertEntries(ev, a[0], {&entry, 1});
}
Value InsertMap(Evaluation& ev, const Value* a, uint32_t) {
  std::vector<MapEntry> entries;
  for (uint32_t i = 0; i < a[1].size; ++i) entries.push_back(MapAt(a[1], i));
  return InsertEntries(ev, a[0], entries);
}

void AddLogic(Environment& env) {
  TypePool& types = env.types();
  const Type *any = types.Param("T"), *key = types.Param("K"), *value = types.Param("V");
  const Type *list = types.List(any), *map = types.Map(key, value);
  const Type* boolean = &kBoolType;
  env.Add({"_&&_", "logical_and", false, {boolean, boolean}, boolean});
  env.Add({"_||_", "logical_or", false, {boolean, boolean}, boolean});
  env.Add({"!_", "logical_not", false, {boolean}, boolean});
  env.Add({"@not_strictly_false", "not_strictly_false", false, {boolean}, boolean});
  env.Add({"_?_:_", "conditional", false, {boolean, any, any}, any});
  env.Add({"_==_", "equals", false, {any, any}, boolean});
  env.Add({"_!=_", "not_equals", false, {any, any}, boolean});
  env.Add({"@in", "in_list", false, {any, list}, boolean});
  env.Add({"@in", "in_map", false, {key, map}, boolean});
  env.Add({"_[_]", "index_list", false, {list, &kIntType}, any});
  env.Add({"_[_]", "index_map", false, {map, key}, value});
  env.Add({"cel.@mapInsert", "@mapInsert_map_key_value", false, {map, key, value}, map, InsertKey});
  env.Add({"cel.@mapInsert", "@mapInsert_map_map", false, {map, map}, map, InsertMap});
}

// Each relation for each type that has an order, and between numbers of different types.
void AddRelations(Environment& env) {
  constexpr std::pair<const char*, const char*> kRelations[] = {
      {"_<_", "less"}, {"_<=_", "less_equals"}, {"_>_", "greater"}, {"_>=_", "greater_equals"}};
  constexpr std::pair<const Type*, const char*> kTypes[] = {
      {&kBoolType, "bool"},           {&kIntType, "int64"},        {&kUintType, "uint64"},
      {&kDoubleType, "double"},       {&kStringType, "string"},    {&kBytesType, "bytes"},
      {&kTimestampType, "timestamp"}, {&kDurationType, "duration"}};
  auto numeric = [](const Type* type) {
    return type == &kIntType || type == &kUintType || type == &kDoubleType;
  };
  for (auto [function, id] : kRelations) {
    for (auto [left, left_name] : kTypes) {
      for (auto [right, right_name] : kTypes) {
        if (left != right && !(numeric(left) && numeric(right))) continue;
        std::string name = std::string(id) + "_" + left_name;
        if (left != right) name += std::string("_") + right_name;
        env.Add({function, std::move(name), false, {left, right}, &kBoolType});
      }
    }
  }
}

void AddArithmetic(Environment& env) {
  const Type *integer = &kIntType, *natural = &kUintType, *real = &kDoubleType;
  const Type *string = &kStringType, *bytes = &kBytesType;
  const Type* list = env.types().List(env.types().Param("T"));
  env.Add({"_+_", "add_int64", false, {integer, integer}, integer, AddInt});
  env.Add({"_+_", "add_uint64", false, {natural, natural}, natural, AddUint});
  env.Add({"_+_", "add_double", false, {real, real}, real, AddDouble});
  env.Add({"_+_", "add_string", false, {string, string}, string, Concatenate, ConcatenateCost});
  env.Add({"_+_", "add_bytes", false, {bytes, bytes}, bytes, Concatenate, ConcatenateCost});
  env.Add({"_+_", "add_list", false, {list, list}, list, ConcatenateLists});
  env.Add({"_-_", "subtract_int64", false, {integer, integer}, integer, SubtractInt});
  env.Add({"_-_", "subtract_uint64", false, {natural, natural}, natural, SubtractUint});
  env.Add({"_-_", "subtract_double", false, {real, real}, real, SubtractDouble});
  env.Add({"_*_", "multiply_int64", false, {integer, integer}, integer, MultiplyInt});
  env.Add({"_*_", "multiply_uint64", false, {natural, natural}, natural, MultiplyUint});
  env.Add({"_*_", "multiply_double", false, {real, real}, real, MultiplyDouble});
  env.Add({"_/_", "divide_int64", false, {integer, integer}, integer, DivideInt});
  env.Add({"_/_", "divide_uint64", false, {natural, natural}, natural, DivideUint});
  env.Add({"_/_", "divide_double", false, {real, real}, real, DivideDouble});
  env.Add({"_%_", "modulo_int64", false, {integer, integer}, integer, RemainderInt});
  env.Add({"_%_", "modulo_uint64", false, {natural, natural}, natural, RemainderUint});
  env.Add({"-_", "negate_int64", false, {integer}, integer, NegateInt});
  env.Add({"-_", "negate_double", false, {real}, real, NegateDouble});
}

}  // namespace

void RegisterOperators(Environment& env) {
  AddLogic(env);
  AddRelations(env);
  AddArithmetic(env);
}

void RegisterStandard(Environment& env) {
  RegisterOperators(env);
  RegisterConversions(env);
  RegisterText(env);
}

}  // namespace guard::cel

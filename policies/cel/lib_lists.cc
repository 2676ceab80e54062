// The lists extension, version 3 (cel-go ext/lists.go). sortBy is a macro that calls @sortByAssociatedKeys.
// Tested by tests/unit/cel/lib_lists_test.cc.
//
// What is worse than linear, or larger than its arguments, is charged before it is done.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"

namespace guard::cel {
namespace {

constexpr int64_t kLongestRange = 1'000'000;

// The array of a new list; nullptr when there is no room for it.
Value* NewItems(Evaluation& ev, uint64_t count) {
  return HasRoom(ev, count * sizeof(Value)) ? ev.arena().AllocateArray<Value>(count) : nullptr;
}

// For a call that makes a list: its cost without the one that every call is.
bool Pay(Evaluation& ev, double size, double factor) {
  return ev.Charge(ScaledCost(size, factor) + kListCreateCost);
}

Value Slice(Evaluation& ev, const Value* args, uint32_t) {
  int64_t begin = args[1].integer, end = args[2].integer;
  auto fail = [&](const std::string& why) {
    return ev.Fail("cannot slice(" + std::to_string(begin) + ", " + std::to_string(end) + "), " + why);
  };
  if (begin < 0 || end < 0) return fail("negative indexes not supported");
  if (begin > end) return fail("start index must be less than or equal to end index");
  if (end > args[0].size) return fail("list is length " + std::to_string(args[0].size));
  auto first = static_cast<uint32_t>(begin), size = static_cast<uint32_t>(end - begin);
  if (!Pay(ev, size, 1)) return ev.OverCost();
  if (!args[0].node_backed) return Value::Items(args[0].items + first, size);
  Value* items = NewItems(ev, size);
  if (items == nullptr) return NoRoom(ev);
  for (uint32_t i = 0; i < size; ++i) items[i] = ListAt(args[0], first + i);
  return Value::Items(items, size);
}

// Counts the elements of the flattened list, or writes them; stops counting when there is no room for more.
void FlattenInto(const Value& list, int64_t depth, uint64_t& count, Value* items) {
  for (uint32_t i = 0; i < list.size && count * sizeof(Value) <= kMaxString; ++i) {
    Value item = ListAt(list, i);
    if (depth > 0 && item.is(Tag::kList)) {
      FlattenInto(item, depth - 1, count, items);
    } else {
      if (items != nullptr) items[count] = item;
      ++count;
    }
  }
}

Value Flatten(Evaluation& ev, const Value* args, uint32_t count) {
  int64_t depth = count == 2 ? args[1].integer : 1;
  if (depth < 0) return ev.Fail("level must be non-negative");
  if (!Pay(ev, args[0].size, static_cast<double>(depth))) return ev.OverCost();
  uint64_t size = 0;
  FlattenInto(args[0], depth, size, nullptr);
  Value* items = NewItems(ev, size);
  if (items == nullptr) return NoRoom(ev);
  size = 0;
  FlattenInto(args[0], depth, size, items);
  return Value::Items(items, static_cast<uint32_t>(size));
}

Value Range(Evaluation& ev, const Value* args, uint32_t) {
  int64_t size = args[0].integer;
  if (size < 0) return ev.Fail("lists.range: size must be non-negative, got " + std::to_string(size));
  if (size > kLongestRange) {
    return ev.Fail("lists.range: size " + std::to_string(size) + " exceeds maximum allowed (" +
                   std::to_string(kLongestRange) + ")");
  }
  if (!Pay(ev, static_cast<double>(size), 1)) return ev.OverCost();
  Value* items = NewItems(ev, static_cast<uint64_t>(size));
  if (items == nullptr) return NoRoom(ev);
  for (int64_t i = 0; i < size; ++i) items[i] = Value::Int(i);
  return Value::Items(items, static_cast<uint32_t>(size));
}

Value Reverse(Evaluation& ev, const Value* args, uint32_t) {
  uint32_t size = args[0].size;
  if (!Pay(ev, size, 1)) return ev.OverCost();
  Value* items = NewItems(ev, size);
  if (items == nullptr) return NoRoom(ev);
  for (uint32_t i = 0; i < size; ++i) items[i] = ListAt(args[0], size - 1 - i);
  return Value::Items(items, size);
}

// Every element against every other, text a little dearer.
bool PayQuadratic(Evaluation& ev, const Value& list) {
  double size = list.size, factor = 2;
  if (list.size > 0) {
    Value first = ListAt(list, 0);
    if (first.is(Tag::kString) || first.is(Tag::kBytes)) factor += 0.1;
  }
  return Pay(ev, size * size, factor);
}

Value Distinct(Evaluation& ev, const Value* args, uint32_t) {
  if (!PayQuadratic(ev, args[0])) return ev.OverCost();
  Value* items = NewItems(ev, args[0].size);
  if (items == nullptr) return NoRoom(ev);
  uint32_t size = 0;
  for (uint32_t i = 0; i < args[0].size; ++i) {
    Value item = ListAt(args[0], i);
    bool seen = std::any_of(items, items + size, [&](const Value& other) { return ev.Same(item, other); });
    if (!seen) items[size++] = item;
  }
  return Value::Items(items, size);
}

bool IsComparable(const Value& value) {
  switch (value.tag) {
    case Tag::kBool:
    case Tag::kInt:
    case Tag::kUint:
    case Tag::kDouble:
    case Tag::kString:
    case Tag::kBytes:
    case Tag::kTimestamp:
    case Tag::kDuration: return true;
    default: return false;
  }
}

// The elements in the order of their keys, equal keys in the order they came. NaN comes last, so that there
// is one.
Value SortByKeys(Evaluation& ev, const Value& list, const Value& keys) {
  struct Item {
    Value key, value;
    uint32_t place;
  };
  if (list.size != keys.size) {
    return ev.Fail(
        "@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got " +
        std::to_string(list.size) + " and " + std::to_string(keys.size) + " elements respectively");
  }
  if (!PayQuadratic(ev, keys)) return ev.OverCost();
  std::vector<Item> sorted(list.size);
  for (uint32_t i = 0; i < list.size; ++i) {
    sorted[i] = {ListAt(keys, i), ListAt(list, i), i};
    if (!IsComparable(sorted[0].key)) return ev.Fail("list elements must be comparable");
    if (sorted[i].key.tag != sorted[0].key.tag) return ev.Fail("list elements must have the same type");
  }
  std::sort(sorted.begin(), sorted.end(), [](const Item& a, const Item& b) {
    bool a_last = a.key.is(Tag::kDouble) && std::isnan(a.key.real);
    bool b_last = b.key.is(Tag::kDouble) && std::isnan(b.key.real);
    if (a_last != b_last) return b_last;
    bool ordered = false;
    int order = a_last ? 0 : Compare(a.key, b.key, &ordered);
    return order != 0 ? order < 0 : a.place < b.place;
  });
  Value* items = NewItems(ev, list.size);
  if (items == nullptr) return NoRoom(ev);
  for (uint32_t i = 0; i < list.size; ++i) items[i] = sorted[i].value;
  return Value::Items(items, list.size);
}

Value Sort(Evaluation& ev, const Value* args, uint32_t) { return SortByKeys(ev, args[0], args[0]); }
Value SortBy(Evaluation& ev, const Value* args, uint32_t) { return SortByKeys(ev, args[0], args[1]); }

Value First(Evaluation& ev, const Value* args, uint32_t) {
  return args[0].size == 0 ? Value::None() : ev.MakeOptional(ListAt(args[0], 0));
}
Value Last(Evaluation& ev, const Value* args, uint32_t) {
  return args[0].size == 0 ? Value::None() : ev.MakeOptional(ListAt(args[0], args[0].size - 1));
}

}  // namespace

void RegisterLists(Environment& env) {
  TypePool& types = env.types();
  const Type *integer = &kIntType, *item = types.Param("T"), *list = types.List(item);
  const Type *lists = types.List(list), *anything = types.List(&kDynType), *optional = types.Optional(item);

  env.Add({"slice", "list_slice", true, {list, integer, integer}, list, Slice});
  env.Add(
      {"flatten", "list_flatten", true, {lists}, list, Flatten, nullptr, true});  // takes flat lists of dyn
  env.Add({"flatten", "list_flatten_int", true, {anything, integer}, anything, Flatten});
  env.Add({"lists.range", "lists_range", false, {integer}, types.List(integer), Range});
  env.Add({"reverse", "list_reverse", true, {list}, list, Reverse});
  env.Add({"distinct", "list_distinct", true, {list}, list, Distinct});
  env.Add({"first", "list_first", true, {list}, optional, First});
  env.Add({"last", "list_last", true, {list}, optional, Last});
  for (const Type* key : {&kIntType, &kUintType, &kDoubleType, &kBoolType, &kDurationType, &kTimestampType,
                          &kStringType, &kBytesType}) {
    const Type* keys = types.List(key);
    env.Add({"sort", "list_" + key->name + "_sort", true, {keys}, keys, Sort});
    env.Add({"@sortByAssociatedKeys",
             "list_" + key->name + "_sortByAssociatedKeys",
             true,
             {list, keys},
             list,
             SortBy});
  }
}

}  // namespace guard::cel

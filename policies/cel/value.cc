// Equality, order and look-up of CEL's values.
// Tested by tests/unit/cel/value_test.cc.
#include "policies/cel/value.h"

#include <cmath>
#include <limits>
#include <vector>

#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

// Nested deeper than this, two values are compared with a list of what is left instead of the machine's
// stack.
constexpr int kRecursion = 48;

int Sign(auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; }

// An int or uint as a double, rounded: numbers beyond 2^53 may be equal to a double that is not quite the
// same, as in cel-go and its conformance tests. Keys of maps are compared exactly (value_map.cc).
template <class Integer>
int CompareWithDouble(Integer i, double d, bool* ordered) {
  if (std::isnan(d)) *ordered = false;
  return Sign(static_cast<double>(i), d);
}

int CompareIntUint(int64_t i, uint64_t u) { return i < 0 ? -1 : Sign(static_cast<uint64_t>(i), u); }

bool IsNumber(Tag tag) { return tag == Tag::kInt || tag == Tag::kUint || tag == Tag::kDouble; }

bool SameType(const Type& a, const Type& b) {
  if (a.kind != b.kind) return false;
  return (a.kind != TypeKind::kOpaque && a.kind != TypeKind::kObject) || a.name == b.name;
}

struct Pair {
  Value a, b;
};

// Compares what needs no descent: true or false, or nothing when `a` and `b` are containers of the same
// shape.
enum class Answer { kNo, kYes, kDescend };

Answer EqualShallow(const Value& a, const Value& b) {
  auto answer = [](bool yes) { return yes ? Answer::kYes : Answer::kNo; };
  if (a.tag != b.tag) {
    if (!IsNumber(a.tag) || !IsNumber(b.tag)) return Answer::kNo;
    bool ordered = true;
    return answer(Compare(a, b, &ordered) == 0 && ordered);
  }
  switch (a.tag) {
    case Tag::kUnset:
    case Tag::kNull: return Answer::kYes;
    case Tag::kBool: return answer(a.boolean == b.boolean);
    case Tag::kInt: return answer(a.integer == b.integer);
    case Tag::kUint: return answer(a.unsigned_integer == b.unsigned_integer);
    case Tag::kDouble: return answer(a.real == b.real);
    case Tag::kString:
    case Tag::kBytes: return answer(a.string() == b.string());
    case Tag::kTimestamp:
    case Tag::kDuration: return answer(a.integer == b.integer && a.size == b.size);
    case Tag::kType: return answer(SameType(*a.type, *b.type));
    case Tag::kOpaque:
      return answer(a.opaque->cls == b.opaque->cls && a.opaque->cls->equal(*a.opaque, *b.opaque));
    case Tag::kError: return answer(a.error == b.error);
    case Tag::kOptional:
      if (a.optional == nullptr || b.optional == nullptr) return answer(a.optional == b.optional);
      return Answer::kDescend;
    case Tag::kList:
    case Tag::kMap:
      if (a.size != b.size) return Answer::kNo;
      return a.size == 0 ? Answer::kYes : Answer::kDescend;
  }
  return Answer::kNo;
}

bool Spend(uint64_t& budget, uint64_t amount) {
  if (budget < amount) return budget = 0, false;
  budget -= amount;
  return true;
}

// The value in `b` under the key of entry `i` of `a`; maps that are equal mostly list their keys in the same
// order.
Value Counterpart(const Value& b, const Value& key, uint32_t i, uint64_t& budget) {
  MapEntry same_place = MapAt(b, i);
  if (SameKey(same_place.key, key)) return same_place.value;
  bool linear = b.node_backed || b.map_data->index == nullptr;
  if (linear && !Spend(budget, b.size / 4)) return Value();
  return MapFind(b, key);
}

bool EqualByList(Pair first, uint64_t& budget) {
  std::vector<Pair> left = {first};
  while (!left.empty()) {
    Pair pair = left.back();
    left.pop_back();
    if (!Spend(budget, 1)) return false;
    Answer answer = EqualShallow(pair.a, pair.b);
    if (answer == Answer::kNo) return false;
    if (answer == Answer::kYes) continue;
    if (pair.a.is(Tag::kOptional)) {
      left.push_back({*pair.a.optional, *pair.b.optional});
      continue;
    }
    if (!Spend(budget, pair.a.size)) return false;
    for (uint32_t i = 0; i < pair.a.size; ++i) {
      if (pair.a.is(Tag::kList)) {
        left.push_back({ListAt(pair.a, i), ListAt(pair.b, i)});
        continue;
      }
      MapEntry entry = MapAt(pair.a, i);
      Value other = Counterpart(pair.b, entry.key, i, budget);
      if (other.is(Tag::kUnset)) return false;
      left.push_back({entry.value, other});
    }
  }
  return true;
}

bool EqualNested(const Value& a, const Value& b, int depth, uint64_t& budget) {
  if (!Spend(budget, 1)) return false;
  Answer answer = EqualShallow(a, b);
  if (answer != Answer::kDescend) return answer == Answer::kYes;
  if (depth == 0) return EqualByList({a, b}, budget);
  if (a.is(Tag::kOptional)) return EqualNested(*a.optional, *b.optional, depth - 1, budget);
  for (uint32_t i = 0; i < a.size; ++i) {
    if (a.is(Tag::kList)) {
      if (!EqualNested(ListAt(a, i), ListAt(b, i), depth - 1, budget)) return false;
      continue;
    }
    MapEntry entry = MapAt(a, i);
    Value other = Counterpart(b, entry.key, i, budget);
    if (other.is(Tag::kUnset) || !EqualNested(entry.value, other, depth - 1, budget)) return false;
  }
  return true;
}

}  // namespace

bool Equal(const Value& a, const Value& b) {
  uint64_t unlimited = std::numeric_limits<uint64_t>::max();
  return EqualNested(a, b, kRecursion, unlimited);
}

bool Equal(const Value& a, const Value& b, uint64_t& budget) { return EqualNested(a, b, kRecursion, budget); }

int Compare(const Value& a, const Value& b, bool* ordered) {
  *ordered = true;
  if (a.tag == b.tag) {
    switch (a.tag) {
      case Tag::kBool: return static_cast<int>(a.boolean) - static_cast<int>(b.boolean);
      case Tag::kInt: return Sign(a.integer, b.integer);
      case Tag::kUint: return Sign(a.unsigned_integer, b.unsigned_integer);
      case Tag::kDouble:
        if (std::isnan(a.real) || std::isnan(b.real)) *ordered = false;
        return Sign(a.real, b.real);
      case Tag::kString:
      case Tag::kBytes: return Sign(a.string().compare(b.string()), 0);
      case Tag::kTimestamp:
      case Tag::kDuration:
        return a.integer != b.integer ? Sign(a.integer, b.integer) : Sign(a.nanos(), b.nanos());
      default: return *ordered = false, 0;
    }
  }
  if (!IsNumber(a.tag) || !IsNumber(b.tag)) return *ordered = false, 0;
  switch (a.tag) {
    case Tag::kInt:
      return b.is(Tag::kUint) ? CompareIntUint(a.integer, b.unsigned_integer)
                              : CompareWithDouble(a.integer, b.real, ordered);
    case Tag::kUint:
      return b.is(Tag::kInt) ? -CompareIntUint(b.integer, a.unsigned_integer)
                             : CompareWithDouble(a.unsigned_integer, b.real, ordered);
    default:
      return b.is(Tag::kInt) ? -CompareWithDouble(b.integer, a.real, ordered)
                             : -CompareWithDouble(b.unsigned_integer, a.real, ordered);
  }
}

Value MapFind(const Value& map, std::string_view key, uint32_t key_hash) {
  if (map.node_backed) {
    const Node* found = map.node->Find(key, key_hash);
    return found ? Value::Of(*found) : Value();
  }
  return MapFind(map, Value::String(key));
}

Value MapFind(const Value& map, const Value& key) {
  if (map.node_backed) {
    if (!key.is(Tag::kString)) return Value();
    const Node* found = map.node->Find(key.string());
    return found ? Value::Of(*found) : Value();
  }
  if (map.map_data->index != nullptr) {
    if (!IsKey(key) && !key.is(Tag::kDouble)) return Value();
    const MapEntry* found = IndexFind(*map.map_data, key, IndexHash(key, map.map_data->index->seed));
    return found ? found->value : Value();
  }
  for (uint32_t i = 0; i < map.size; ++i) {
    const MapEntry& entry = map.map_data->entries[i];
    if (SameKey(entry.key, key)) return entry.value;
  }
  return Value();
}

const Type* TypeOfValue(const Value& value) {
  static const Type kAnyList{.kind = TypeKind::kList, .name = "list", .params = {&kDynType}};
  static const Type kAnyMap{.kind = TypeKind::kMap, .name = "map", .params = {&kDynType, &kDynType}};
  static const Type kAnyType{.kind = TypeKind::kType, .name = "type", .params = {&kDynType}};
  static const Type kAnyOptional{.kind = TypeKind::kOptional, .name = "optional_type", .params = {&kDynType}};
  switch (value.tag) {
    case Tag::kUnset: return &kDynType;
    case Tag::kNull: return &kNullType;
    case Tag::kBool: return &kBoolType;
    case Tag::kInt: return &kIntType;
    case Tag::kUint: return &kUintType;
    case Tag::kDouble: return &kDoubleType;
    case Tag::kString: return &kStringType;
    case Tag::kBytes: return &kBytesType;
    case Tag::kTimestamp: return &kTimestampType;
    case Tag::kDuration: return &kDurationType;
    case Tag::kList: return &kAnyList;
    case Tag::kMap: return &kAnyMap;
    case Tag::kType: return &kAnyType;
    case Tag::kOptional: return &kAnyOptional;
    case Tag::kOpaque: return value.opaque->cls->type ? value.opaque->cls->type : &kDynType;
    case Tag::kError: return &kErrorType;
  }
  return &kDynType;
}

}  // namespace guard::cel

// The values of CEL at run time: 16 bytes, trivially copyable, no ownership.
//
// A Value either is its value (numbers, booleans, times), or views bytes and structures owned by a Document,
// by a Program's constants or by the Evaluation's arena. Lists and maps of a Document are viewed as they
// stand, never copied into another model. An error is a value too (CEL: && and || absorb it).
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "policies/base/arena.h"
#include "policies/cel/type.h"
#include "policies/document/node.h"

namespace guard::cel {

enum class Tag : uint8_t {
  kUnset,  // a variable slot nobody has bound yet; never the result of an expression
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kList,
  kMap,
  kType,
  kOptional,
  kOpaque,
  kError,
};

struct Value;
struct MapData;

// A value of a library's own type (quantity, ip, url ...). Lives in an arena; concrete types derive from it.
struct Opaque;
struct OpaqueClass {
  const char* type_name;  // what type(x) says and what the checker's Opaque type is called
  bool (*equal)(const Opaque&, const Opaque&);
  std::string (*print)(const Opaque&);  // for messages and for `guardctl cel`
  const Type* type = nullptr;  // a constant Type of that name, for type(x); nullptr: type(x) says dyn
};
struct Opaque {
  const OpaqueClass* cls;
};

struct ErrorData {
  std::string_view message;
  uint32_t expr_begin = 0, expr_end = 0;  // the part of the expression that failed; bytes of its text
};

struct Value {
  Tag tag = Tag::kUnset;
  bool node_backed = false;  // list, map: `node` is the Document's own; else `items` or `map_data`
  uint32_t size =
      0;  // bytes of a string or bytes, items of a list, entries of a map; nanoseconds (0..999999999)
          // of a timestamp or duration (sign as in protobuf: same as seconds for durations)
  union {
    bool boolean;
    int64_t integer;  // kInt; seconds of kTimestamp (since 1970) and kDuration
    uint64_t unsigned_integer;
    double real;
    const char* bytes;
    const Node* node;
    const Value* items;
    const MapData* map_data;
    const Type* type;
    const Value* optional;  // nullptr: optional.none()
    const Opaque* opaque;
    const ErrorData* error;
  };

  Value() : integer(0) {}

  bool is(Tag other) const { return tag == other; }
  bool is_error() const { return tag == Tag::kError; }
  bool is_true() const { return tag == Tag::kBool && boolean; }
  std::string_view string() const { return {bytes, size}; }  // kString, kBytes
  int32_t nanos() const { return static_cast<int32_t>(size); }

  static Value Null() {
    Value v;
    v.tag = Tag::kNull;
    return v;
  }
  static Value Bool(bool b) {
    Value v;
    v.tag = Tag::kBool;
    v.boolean = b;
    return v;
  }
  static Value Int(int64_t i) {
    Value v;
    v.tag = Tag::kInt;
    v.integer = i;
    return v;
  }
  static Value Uint(uint64_t u) {
    Value v;
    v.tag = Tag::kUint;
    v.unsigned_integer = u;
    return v;
  }
  static Value Double(double d) {
    Value v;
    v.tag = Tag::kDouble;
    v.real = d;
    return v;
  }
  static Value String(std::string_view s) { return Text(Tag::kString, s); }  // views `s`
  static Value Bytes(std::string_view s) { return Text(Tag::kBytes, s); }
  static Value Timestamp(int64_t seconds, int32_t nanos) { return Time(Tag::kTimestamp, seconds, nanos); }
  static Value Duration(int64_t seconds, int32_t nanos) { return Time(Tag::kDuration, seconds, nanos); }
  static Value OfType(const Type* t) {
    Value v;
    v.tag = Tag::kType;
    v.type = t;
    return v;
  }
  static Value None() {
    Value v;
    v.tag = Tag::kOptional;
    v.optional = nullptr;
    return v;
  }
  static Value OfOpaque(const Opaque* o) {
    Value v;
    v.tag = Tag::kOpaque;
    v.opaque = o;
    return v;
  }
  static Value Items(const Value* items, uint32_t count) {
    Value v;
    v.tag = Tag::kList;
    v.items = items;
    v.size = count;
    return v;
  }
  // A view of a Document's node; scalars become values at once.
  static Value Of(const Node& node) {
    constexpr Tag kTags[] = {Tag::kNull,   Tag::kBool, Tag::kInt, Tag::kDouble,
                             Tag::kString, Tag::kList, Tag::kMap};
    Value v;
    v.tag = kTags[static_cast<uint8_t>(node.kind)];
    v.size = node.size;
    if (node.kind >= NodeKind::kList) {
      v.node_backed = true, v.node = &node;
    } else {
      std::memcpy(&v.integer, &node.integer, sizeof(v.integer));  // whichever member of the two unions it is
    }
    return v;
  }

 private:
  static Value Text(Tag tag, std::string_view s) {
    Value v;
    v.tag = tag;
    v.bytes = s.data();
    v.size = static_cast<uint32_t>(s.size());
    return v;
  }
  static Value Time(Tag tag, int64_t seconds, int32_t nanos) {
    Value v;
    v.tag = tag;
    v.integer = seconds;
    v.size = static_cast<uint32_t>(nanos);
    return v;
  }
};
static_assert(sizeof(Value) == 16);

struct MapEntry {
  Value key, value;
};
struct MapIndex;  // value_map.h
// Entries in the order they were written; keys are unique under CEL equality (1, 1u and 1.0 are one key).
// Made by a MapBuilder (value_map.h) or Evaluation::MakeMap, which give large maps an index.
struct MapData {
  const MapEntry* entries;
  const MapIndex* index = nullptr;
};

// Lists and maps, whatever stands behind them. `i` is in range.
inline Value ListAt(const Value& list, uint32_t i) {
  return list.node_backed ? Value::Of(list.node->items[i]) : list.items[i];
}
inline MapEntry MapAt(const Value& map, uint32_t i) {
  if (!map.node_backed) return map.map_data->entries[i];
  const Entry& entry = map.node->entries[i];
  return {Value::String(entry.key()), Value::Of(entry.value)};
}
// The value under a key (CEL key equality: int, uint and double compare as numbers); kUnset when there is
// none.
Value MapFind(const Value& map, const Value& key);
Value MapFind(const Value& map, std::string_view key, uint32_t key_hash);

// CEL equality: numbers compare across types, NaN differs from itself, different types are unequal, lists and
// maps compare deeply. Never an error. Values that share parts can be exponentially larger than the
// expression that made them, so code that runs inside an evaluation asks Evaluation::Same, which is bounded.
bool Equal(const Value& a, const Value& b);
// As Equal, taking one from `budget` for every pair of values it looks at; false once there is nothing left.
bool Equal(const Value& a, const Value& b, uint64_t& budget);
// Total order of two numbers, strings, bytes, booleans or times: <0, 0, >0; `ordered` is false when they have
// no order (NaN, or types that do not compare).
int Compare(const Value& a, const Value& b, bool* ordered);

// The runtime type, as type(x) gives it.
const Type* TypeOfValue(const Value& value);

// A CEL literal that reads back as the value, for messages and tests: 1u, "a\n", [1, 2], {"a": b"\x00"}. Cut
// with
// "..." where it would be enormous.
std::string ToString(const Value& value);

// Text as a literal in double quotes, escaped.
std::string Quote(std::string_view text);
// As string(double) gives it, which is how Go prints %g: 1e+06, 0.1, NaN, +Inf.
std::string FormatDouble(double value);

}  // namespace guard::cel

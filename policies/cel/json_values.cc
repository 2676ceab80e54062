// Reading and writing values with their types.
// Tested by tests/unit/cel/json_values_test.cc.
#include "policies/cel/json_values.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "policies/cel/base64.h"
#include "policies/cel/environment.h"
#include "policies/cel/text.h"
#include "policies/cel/time.h"
#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

constexpr int kDeepest = 200;
constexpr size_t kLargest = size_t{64} << 20;

struct Reader {
  Arena& arena;

  Result<Value> Read(const Node& json, int depth) {
    if (depth == 0) return Fail("the value is nested too deeply");
    if (json.map().size() != 1) return Fail("a value is an object with one member: its type and what it is");
    std::string_view kind = json.entries[0].key();
    const Node& what = json.entries[0].value;
    if (kind == "list") return ReadList(what, depth);
    if (kind == "map") return ReadMap(what, depth);
    if (kind == "optional") return ReadOptional(what, depth);
    if (kind == "bool" && what.kind == NodeKind::kBool) return Value::Bool(what.boolean);
    if (kind == "null" && what.is_null()) return Value::Null();
    if (kind == "duration_parts") return ReadParts(what, true);
    if (kind == "timestamp_parts") return ReadParts(what, false);
    if (what.is_string())
      if (Value v = OfText(kind, what.string()); !v.is(Tag::kUnset)) return v;
    return Fail("there is no such value of type '" + std::string(kind) + "'");
  }

  // kUnset when the text is none of the kind.
  Value OfText(std::string_view kind, std::string_view text) {
    if (kind == "string") return Value::String(text);
    if (kind == "int") {
      int64_t number = 0;
      return Whole(text, &number) ? Value::Int(number) : Value();
    }
    if (kind == "uint") {
      uint64_t number = 0;
      return Whole(text, &number) ? Value::Uint(number) : Value();
    }
    if (kind == "double") return DoubleOf(text);
    if (kind == "bytes") {
      char* bytes = arena.AllocateArray<char>(DecodedSize(text.size()));
      size_t size = 0, bad = 0;
      return DecodeBase64(text, bytes, &size, &bad) ? Value::Bytes({bytes, size}) : Value();
    }
    int64_t seconds = 0;
    int32_t nanos = 0;
    if (kind == "timestamp" && ParseTimestamp(text, &seconds, &nanos))
      return Value::Timestamp(seconds, nanos);
    if (kind == "duration" && ParseDuration(text, &seconds, &nanos)) return Value::Duration(seconds, nanos);
    if (kind == "type") return TypeNamed(text);
    return Value();
  }

  template <class Number>
  static bool Whole(std::string_view text, Number* number) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    return error == std::errc() && end == text.data() + text.size();
  }

  static Value DoubleOf(std::string_view text) {
    if (text == "NaN") return Value::Double(std::nan(""));
    if (text == "Infinity") return Value::Double(HUGE_VAL);
    if (text == "-Infinity") return Value::Double(-HUGE_VAL);
    double number = 0;
    return Whole(text, &number) ? Value::Double(number) : Value();
  }

  static Value TypeNamed(std::string_view name) {
    for (const Type* type : {&kBoolType, &kIntType, &kUintType, &kDoubleType, &kStringType, &kBytesType,
                             &kNullType, &kTimestampType, &kDurationType})
      if (type->name == name) return Value::OfType(type);
    Value sample;
    sample.tag = name == "list"            ? Tag::kList
                 : name == "map"           ? Tag::kMap
                 : name == "type"          ? Tag::kType
                 : name == "optional_type" ? Tag::kOptional
                                           : Tag::kUnset;
    return sample.is(Tag::kUnset) ? sample : Value::OfType(TypeOfValue(sample));
  }

  Result<Value> ReadList(const Node& json, int depth) {
    if (!json.is_list()) return Fail("a list is written as a JSON array");
    Value* items = arena.AllocateArray<Value>(json.size);
    for (uint32_t i = 0; i < json.size; ++i) items[i] = TRY(Read(json.items[i], depth - 1));
    return Value::Items(items, json.size);
  }

  Result<Value> ReadMap(const Node& json, int depth) {
    if (!json.is_list()) return Fail("a map is written as a JSON array of pairs");
    MapBuilder builder(arena, json.size);
    for (const Node& pair : json.list()) {
      if (pair.list().size() != 2) return Fail("an entry of a map is written as a pair of key and value");
      Value key = TRY(Read(pair.items[0], depth - 1));
      Value value = TRY(Read(pair.items[1], depth - 1));
      if (!IsKey(key)) return Fail("a map's key is a bool, int, uint or string");
      if (!builder.Insert(key, value)) return Fail("the key " + ToString(key) + " is there twice");
    }
    return builder.Finish();
  }

  Result<Value> ReadOptional(const Node& json, int depth) {
    if (json.is_null()) return Value::None();
    Value some;
    some.tag = Tag::kOptional;
    some.optional = arena.New<Value>(TRY(Read(json, depth - 1)));
    return some;
  }

  static Result<Value> ReadParts(const Node& json, bool duration) {
    std::span<const Node> parts = json.list();
    if (parts.size() != 2 || parts[0].kind != NodeKind::kInt || parts[1].kind != NodeKind::kInt)
      return Fail("a time in parts is written as [seconds, nanoseconds]");
    int64_t seconds = parts[0].integer, nanos = parts[1].integer;
    if (duration) {
      bool mixed = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
      if (mixed || std::abs(seconds) > 9'223'372'036 || nanos < -999'999'999 || nanos > 999'999'999)
        return Fail("the duration is out of range");
      return Value::Duration(seconds, static_cast<int32_t>(nanos));
    }
    if (seconds < kFirstTimestamp || seconds > kLastTimestamp || nanos < 0 || nanos > 999'999'999)
      return Fail("the timestamp is out of range");
    return Value::Timestamp(seconds, static_cast<int32_t>(nanos));
  }
};

// Exactly, where string(duration) rounds to a double.
std::string DurationText(const Value& v) {
  uint64_t seconds = static_cast<uint64_t>(v.integer);
  bool negative = v.integer < 0 || v.nanos() < 0;
  std::string out = (negative ? "-" : "") + std::to_string(v.integer < 0 ? 0 - seconds : seconds);
  if (v.nanos() != 0) {
    std::string digits = std::to_string(std::abs(v.nanos()));
    digits.insert(0, 9 - digits.size(), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    out += "." + digits;
  }
  return out + "s";
}

std::string DoubleText(double d) {
  if (std::isnan(d)) return "NaN";
  if (std::isinf(d)) return d > 0 ? "Infinity" : "-Infinity";
  return FormatDouble(d);
}

struct Writer {
  std::string out;

  // False when it gives up.
  bool Write(const Value& v, int depth) {
    if (depth == 0 || out.size() > kLargest) return false;
    switch (v.tag) {
      case Tag::kNull: return Raw("null", "null");
      case Tag::kBool: return Raw("bool", v.boolean ? "true" : "false");
      case Tag::kInt: return Text("int", std::to_string(v.integer));
      case Tag::kUint: return Text("uint", std::to_string(v.unsigned_integer));
      case Tag::kDouble: return Text("double", DoubleText(v.real));
      case Tag::kString: return Text("string", v.string());
      case Tag::kBytes: {
        std::string text(Base64Size(v.size), '\0');
        EncodeBase64(v.string(), text.data());
        return Text("bytes", text);
      }
      case Tag::kTimestamp: return Text("timestamp", FormatTimestamp(v.integer, v.nanos()));
      case Tag::kDuration: return Text("duration", DurationText(v));
      case Tag::kType: return Text("type", TypeName(*v.type));
      case Tag::kOpaque: return Text("opaque", v.opaque->cls->print(*v.opaque));
      case Tag::kList:
      case Tag::kMap: return Container(v, depth);
      case Tag::kOptional:
        if (v.optional == nullptr) return Raw("optional", "null");
        out += "{\"optional\":";
        if (!Write(*v.optional, depth - 1)) return false;
        out += '}';
        return true;
      case Tag::kUnset:
      case Tag::kError: return false;
    }
    return false;
  }

  bool Raw(std::string_view kind, std::string_view json) {
    out.append("{\"").append(kind).append("\":").append(json).append("}");
    return true;
  }

  bool Text(std::string_view kind, std::string_view text) {
    out.append("{\"").append(kind).append("\":");
    AppendJsonString(out, text);
    out += '}';
    return true;
  }

  bool Container(const Value& v, int depth) {
    out += v.is(Tag::kList) ? "{\"list\":[" : "{\"map\":[";
    for (uint32_t i = 0; i < v.size; ++i) {
      if (i > 0) out += ',';
      if (v.is(Tag::kList)) {
        if (!Write(ListAt(v, i), depth - 1)) return false;
        continue;
      }
      MapEntry entry = MapAt(v, i);
      out += '[';
      if (!Write(entry.key, depth - 1)) return false;
      out += ',';
      if (!Write(entry.value, depth - 1)) return false;
      out += ']';
    }
    out += "]}";
    return true;
  }

  static std::string_view TypeName(const Type& type) {
    switch (type.kind) {
      case TypeKind::kList: return "list";
      case TypeKind::kMap: return "map";
      case TypeKind::kType: return "type";
      case TypeKind::kOptional: return "optional_type";
      default: return type.name;
    }
  }
};

}  // namespace

Result<Value> ReadTypedValue(const Node& json, Arena& arena) { return Reader{arena}.Read(json, kDeepest); }

Result<std::string> WriteTypedValue(const Value& value) {
  Writer writer;
  if (!writer.Write(value, kDeepest))
    return Fail("the value is too large or too deeply nested to be written");
  return std::move(writer.out);
}

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    unsigned char byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      AppendCodePoint(out, DecodeAt(text, at));
      continue;
    }
    ++at;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20 || byte == 0x7f) {
          out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace guard::cel

// Values as text: CEL literals for messages and tests, and doubles as Go prints them.
// Tested by tests/unit/cel/value_test.cc.
#include <charconv>
#include <cmath>

#include "policies/cel/function.h"
#include "policies/cel/time.h"
#include "policies/cel/value.h"

namespace guard::cel {

namespace {

constexpr size_t kLongest = size_t{1} << 20;  // bytes of text after which the rest of a value is "..."
constexpr int kDeepest = 200;

constexpr char kHex[] = "0123456789abcdef";

void AppendQuoted(std::string& out, std::string_view text, bool bytes) {
  out += '"';
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      default:
        if (byte < 0x20 || byte == 0x7f || (bytes && byte >= 0x80)) {
          out += "\\x";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// A double literal: it has a point or an exponent.
std::string DoubleLiteral(double d) {
  if (std::isnan(d) || std::isinf(d)) return "double(\"" + FormatDouble(d) + "\")";
  std::string text = FormatDouble(d);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void Append(std::string& out, const Value& value, int depth);

void AppendItems(std::string& out, const Value& value, int depth) {
  for (uint32_t i = 0; i < value.size; ++i) {
    if (i > 0) out += ", ";
    if (out.size() > kLongest) {
      out += "...";
      return;
    }
    if (value.is(Tag::kList)) {
      Append(out, ListAt(value, i), depth);
      continue;
    }
    MapEntry entry = MapAt(value, i);
    Append(out, entry.key, depth);
    out += ": ";
    Append(out, entry.value, depth);
  }
}

void Append(std::string& out, const Value& value, int depth) {
  if (depth == 0 || out.size() > kLongest) {
    out += "...";
    return;
  }
  switch (value.tag) {
    case Tag::kUnset: out += "unset"; break;
    case Tag::kNull: out += "null"; break;
    case Tag::kBool: out += value.boolean ? "true" : "false"; break;
    case Tag::kInt: out += std::to_string(value.integer); break;
    case Tag::kUint: out += std::to_string(value.unsigned_integer) + "u"; break;
    case Tag::kDouble: out += DoubleLiteral(value.real); break;
    case Tag::kString: AppendQuoted(out, value.string(), false); break;
    case Tag::kBytes:
      out += 'b';
      AppendQuoted(out, value.string(), true);
      break;
    case Tag::kTimestamp:
      out += "timestamp(\"" + FormatTimestamp(value.integer, value.nanos()) + "\")";
      break;
    case Tag::kDuration: out += "duration(\"" + FormatDuration(value.integer, value.nanos()) + "\")"; break;
    case Tag::kList:
      out += '[';
      AppendItems(out, value, depth - 1);
      out += ']';
      break;
    case Tag::kMap:
      out += '{';
      AppendItems(out, value, depth - 1);
      out += '}';
      break;
    case Tag::kType: out += value.type->name; break;
    case Tag::kOptional:
      if (value.optional == nullptr) {
        out += "optional.none()";
        break;
      }
      out += "optional.of(";
      Append(out, *value.optional, depth - 1);
      out += ')';
      break;
    case Tag::kOpaque: out += value.opaque->cls->print(*value.opaque); break;
    case Tag::kError:
      out += "error: ";
      out += value.error->message;
      break;
  }
}

}  // namespace

std::string ToString(const Value& value) {
  std::string out;
  Append(out, value, kDeepest);
  return out;
}

std::string Quote(std::string_view text) {
  std::string out;
  AppendQuoted(out, text, false);
  return out;
}

// Bytes that begin a code point. The compiler makes wide instructions of it.
uint32_t CodePoints(std::string_view utf8) {
  uint32_t count = 0;
  for (char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string FormatDouble(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // The shortest digits that read back, "d.ddde+XX"; then laid out by their exponent.
  char buffer[64];
  auto result = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<size_t>(result.ptr - buffer));
  size_t e = text.find('e');
  int exponent = 0;
  const char* begin = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(begin, text.data() + text.size(), exponent);
  if (exponent < -4 || exponent >= 6) return std::string(text);

  std::string out;
  std::string digits;
  for (char c : text.substr(0, e)) {
    if (c == '-') out += '-';
    if (c >= '0' && c <= '9') digits += c;
  }
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-exponent - 1), '0');
    return out + digits;
  }
  size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    out += digits;
    out.append(whole - digits.size(), '0');
    return out;
  }
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace guard::cel

// string.format: the clauses, and values as %s writes them.
// Tested by tests/unit/cel/format_test.cc.
#include "policies/cel/format.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "policies/cel/cost.h"
#include "policies/cel/text.h"
#include "policies/cel/time.h"

namespace guard::cel {
namespace {

constexpr int kDefaultPrecision = 6;
constexpr int kMaxDepth = 100;  // lists in lists

std::unexpected<Error> WrongType(std::string_view rule, const Value& value) {
  return Fail("error during formatting: " + std::string(rule) + ", was given " + TypeOfValue(value)->name);
}

std::string InBase(const Value& number, int base) {
  char buffer[72];
  const char* end = number.is(Tag::kInt)
                        ? std::to_chars(buffer, buffer + sizeof buffer, number.integer, base).ptr
                        : std::to_chars(buffer, buffer + sizeof buffer, number.unsigned_integer, base).ptr;
  return std::string(static_cast<const char*>(buffer), end);
}

bool IsInteger(const Value& value) { return value.is(Tag::kInt) || value.is(Tag::kUint); }

// As Go's %q: what is not printable is escaped.
std::string GoQuoted(std::string_view text) {
  static const RE2 printable("[\\pL\\pM\\pN\\pP\\pS]");
  constexpr std::string_view kPlain = "\a\b\f\n\r\t\v\\\"", kEscaped = "abfnrtv\\\"";
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    size_t begin = at, special = kPlain.find(text[at]);
    uint32_t point = DecodeAt(text, at);
    std::string_view bytes = text.substr(begin, at - begin);
    if (special != std::string_view::npos) {
      out += '\\', out += kEscaped[special];
    } else if (point >= ' ' &&
               (point < 0x7F || (point > 0x7F && RE2::FullMatch({bytes.data(), bytes.size()}, printable)))) {
      out += bytes;
    } else {
      int digits = point < 0x80 ? 2 : point < 0x10000 ? 4 : 8;
      out += digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
      for (int shift = digits * 4; shift > 0;) out += kHex[point >> (shift -= 4) & 15];
    }
  }
  return out + '"';
}

// What %s makes of values. Fails rather than grow beyond what a string may have.
class Writer {
 public:
  explicit Writer(FormatStyle style) : style_(style) {}

  // `nested`: within a list or map, where the localised style writes literals.
  Result<void> Append(std::string& out, const Value& value, bool nested, int depth = 0) {
    bool literal = nested && style_ == FormatStyle::kLocalised;
    switch (value.tag) {
      case Tag::kNull: out += "null"; break;
      case Tag::kBool: out += value.boolean ? "true" : "false"; break;
      case Tag::kInt:
      case Tag::kUint: out += InBase(value, 10); break;
      case Tag::kDouble: AppendDouble(out, value.real, literal); break;
      case Tag::kBytes:
        if (!IsValidUtf8(value.string())) {
          return Fail(
              "error during formatting: could not convert argument \"invalid UTF-8 in bytes, cannot convert "
              "to "
              "string\" to string");
        }
        if (literal) out += 'b';
        [[fallthrough]];
      case Tag::kString: out += literal ? GoQuoted(value.string()) : value.string(); break;
      case Tag::kTimestamp:
        AppendCall(out, "timestamp", FormatTimestamp(value.integer, value.nanos()), literal);
        break;
      case Tag::kDuration:
        AppendCall(out, "duration", FormatDuration(value.integer, value.nanos()), literal);
        break;
      case Tag::kType: out += value.type->name; break;
      case Tag::kList:
      case Tag::kMap:
        if (depth == kMaxDepth) return Fail("error during formatting: value is nested too deeply");
        TRY_VOID(value.is(Tag::kList) ? AppendList(out, value, depth + 1) : AppendMap(out, value, depth + 1));
        break;
      default:
        if (literal)
          return Fail("error during formatting: no formatting function for " + TypeOfValue(value)->name);
        return WrongType(
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
            "durations, and timestamps",
            value);
    }
    if (out.size() > kMaxString) return Fail("error during formatting: result is too large");
    return {};
  }

 private:
  void AppendDouble(std::string& out, double number, bool literal) {
    if (style_ == FormatStyle::kPlain) {
      out += ShortestNumber(number);
    } else if (!literal) {
      out += FormatDouble(number);
    } else if (std::isfinite(number)) {
      out += FixedNumber(number, kDefaultPrecision, FormatStyle::kPlain);
    } else {
      out += '"' + FormatDouble(number) + '"';
    }
  }

  static void AppendCall(std::string& out, std::string_view function, const std::string& text, bool literal) {
    if (literal)
      out += function, out += "(\"" + text + "\")";
    else
      out += text;
  }

  Result<void> AppendList(std::string& out, const Value& list, int depth) {
    out += '[';
    for (uint32_t i = 0; i < list.size; ++i) {
      if (i > 0) out += ", ";
      TRY_VOID(Append(out, ListAt(list, i), true, depth));
    }
    out += ']';
    return {};
  }

  Result<void> AppendMap(std::string& out, const Value& map, int depth) {
    std::vector<std::pair<std::string, uint32_t>> keys(map.size);
    for (uint32_t i = 0; i < map.size; ++i) {
      Value key = MapAt(map, i).key;
      if (key.is(Tag::kDouble) && style_ == FormatStyle::kLocalised) {
        return Fail("error during formatting: no formatting function for map key of type double");
      }
      TRY_VOID(Append(keys[i].first, key, true, depth));
      keys[i].second = i;
    }
    std::sort(keys.begin(), keys.end());
    out += '{';
    for (size_t i = 0; i < keys.size(); ++i) {
      if (i > 0) out += ", ";
      out += keys[i].first + (style_ == FormatStyle::kPlain ? ": " : ":");
      TRY_VOID(Append(out, MapAt(map, keys[i].second).value, true, depth));
    }
    out += '}';
    return {};
  }

  FormatStyle style_;
};

Result<std::string> Decimal(const Value& value, FormatStyle style) {
  if (IsInteger(value)) return InBase(value, 10);
  if (value.is(Tag::kDouble) && style == FormatStyle::kPlain) return ShortestNumber(value.real);
  return WrongType("decimal clause can only be used on integers", value);
}

Result<std::string> Binary(const Value& value) {
  if (IsInteger(value)) return InBase(value, 2);
  if (value.is(Tag::kBool)) return std::string(value.boolean ? "1" : "0");
  return WrongType("only integers and bools can be formatted as binary", value);
}

Result<std::string> Octal(const Value& value) {
  if (IsInteger(value)) return InBase(value, 8);
  return WrongType("octal clause can only be used on integers", value);
}

Result<std::string> Hex(const Value& value, bool upper) {
  std::string out;
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  if (IsInteger(value)) {
    out = InBase(value, 16);
    if (upper) {
      for (char& c : out) c = static_cast<char>(c >= 'a' ? c - 0x20 : c);
    }
    return out;
  }
  if (!value.is(Tag::kString) && !value.is(Tag::kBytes)) {
    return WrongType("only integers, byte buffers, and strings can be formatted as hex", value);
  }
  if (value.size > kMaxString / 2) return Fail("error during formatting: result is too large");
  for (char c : value.string()) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// The number that %f and %e write. The plain style takes every number; the localised one doubles and the
// names of those that have no literal.
Result<double> Number(const Value& value, FormatStyle style, std::string_view rule) {
  if (value.is(Tag::kDouble)) return value.real;
  if (style == FormatStyle::kPlain) {
    if (value.is(Tag::kInt)) return static_cast<double>(value.integer);
    if (value.is(Tag::kUint)) return static_cast<double>(value.unsigned_integer);
  } else if (value.is(Tag::kString)) {
    if (value.string() == "NaN") return std::nan("");
    if (value.string() == "Infinity") return HUGE_VAL;
    if (value.string() == "-Infinity") return -HUGE_VAL;
  }
  return WrongType(rule, value);
}

// A clause without its %: a precision, if any, and a verb.
struct Clause {
  int precision = kDefaultPrecision;
  char verb = 0;
};

Result<Clause> ParseClause(std::string_view text, size_t& at, FormatStyle style) {
  const std::string kWhere = "could not parse formatting clause: ";
  Clause clause;
  if (text[at] == '.') {
    size_t begin = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    const std::string kPrecision = kWhere + "error while parsing precision: ";
    if (at == text.size()) return Fail(kPrecision + "could not find end of precision specifier");
    std::string digits(text.substr(begin, at - begin));
    if (digits.empty())
      return Fail(kPrecision + "error while converting precision to integer: parsing \"\": invalid syntax");
    int limit =
        style == FormatStyle::kPlain ? 100 : 255;  // cel-go 100 (version 5); x/text goes no further than 255
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), clause.precision);
    if (error != std::errc() || clause.precision > limit) {
      return Fail(kPrecision + "precision " + digits + " exceeds maximum allowed precision " +
                  std::to_string(limit));
    }
  }
  clause.verb = text[at];
  if (std::string_view("sdfebxXo").find(clause.verb) == std::string_view::npos) {
    std::string_view verb = text.substr(at, LengthAt(text, at));
    return Fail(kWhere + "unrecognized formatting clause \"" + std::string(verb) + "\"");
  }
  ++at;
  return clause;
}

Result<std::string> FormatClause(Clause clause, const Value& value, FormatStyle style) {
  switch (clause.verb) {
    case 'd': return Decimal(value, style);
    case 'b': return Binary(value);
    case 'o': return Octal(value);
    case 'x': return Hex(value, false);
    case 'X': return Hex(value, true);
    case 'f': {
      double number = TRY(Number(value, style, "fixed-point clause can only be used on doubles"));
      return FixedNumber(number, clause.precision, style);
    }
    case 'e': {
      double number = TRY(Number(value, style, "scientific clause can only be used on doubles"));
      return ScientificNumber(number, clause.precision, style);
    }
    default: {
      std::string out;
      TRY_VOID(Writer(style).Append(out, value, false));
      return out;
    }
  }
}

}  // namespace

Result<std::string> FormatText(std::string_view format, const Value& args, FormatStyle style) {
  std::string out;
  uint32_t used = 0;
  for (size_t at = 0; at < format.size();) {
    size_t percent = std::min(format.find('%', at), format.size());
    out += format.substr(at, percent - at);
    at = percent + 1;
    if (percent == format.size()) break;
    if (at < format.size() && format[at] == '%') {
      out += '%', ++at;
      continue;
    }
    if (used >= args.size) return Fail("index " + std::to_string(used) + " out of range");
    if (at >= format.size()) return Fail("unexpected end of string");
    Clause clause = TRY(ParseClause(format, at, style));
    out += TRY(FormatClause(clause, ListAt(args, used++), style));
    if (out.size() > kMaxString) return Fail("error during formatting: result is too large");
  }
  return out;
}

}  // namespace guard::cel

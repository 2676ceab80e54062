// string.format: values put in the place of clauses.
// Tested by tests/unit/cel/format_test.cc.
#include "policies/cel/format.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "policies/cel/cost.h"
#include "policies/cel/format_clause.h"
#include "policies/cel/text.h"
#include "policies/cel/time.h"

namespace guard::cel {
namespace {

constexpr int kMaxDepth = 100;  // lists in lists

std::unexpected<Error> WrongType(const VerbRule& rule, const Value& value) {
  return Fail("error during formatting: " + std::string(rule.text) + ", was given " +
              TypeOfValue(value)->name);
}

std::string InBase(const Value& number, int base) {
  char buffer[72];
  const char* end = number.is(Tag::kInt)
                        ? std::to_chars(buffer, buffer + sizeof buffer, number.integer, base).ptr
                        : std::to_chars(buffer, buffer + sizeof buffer, number.unsigned_integer, base).ptr;
  return std::string(static_cast<const char*>(buffer), end);
}

std::unexpected<Error> TooLarge() { return Fail("error during formatting: result is too large"); }

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
        return WrongType(RuleOf('s', style_), value);
    }
    if (out.size() > kMaxString) return TooLarge();
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

std::string Hex(const Value& value, bool upper) {
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  if (IsInteger(value)) {
    out = InBase(value, 16);
    if (upper)
      std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'a' ? c - 0x20 : c; });
    return out;
  }
  for (char c : value.string()) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// The number that %f and %e write. The localised style takes the names of numbers that have no literal.
bool ToNumber(const Value& value, double* number) {
  switch (value.tag) {
    case Tag::kDouble: *number = value.real; return true;
    case Tag::kInt: *number = static_cast<double>(value.integer); return true;
    case Tag::kUint: *number = static_cast<double>(value.unsigned_integer); return true;
    case Tag::kString:
      if (value.string() == "NaN") return *number = std::nan(""), true;
      if (value.string() == "Infinity") return *number = HUGE_VAL, true;
      if (value.string() == "-Infinity") return *number = -HUGE_VAL, true;
      return false;
    default: return false;
  }
}

Result<void> Substitute(std::string& out, const Clause& clause, const Value& value, FormatStyle style) {
  VerbRule rule = RuleOf(clause.verb, style);
  if (!rule.Takes(TypeOfValue(value)->kind)) return WrongType(rule, value);
  double number = 0;
  switch (clause.verb) {
    case 's': return Writer(style).Append(out, value, false);
    case 'd': out += value.is(Tag::kDouble) ? ShortestNumber(value.real) : InBase(value, 10); break;
    case 'b': out += value.is(Tag::kBool) ? (value.boolean ? "1" : "0") : InBase(value, 2); break;
    case 'o': out += InBase(value, 8); break;
    case 'x':
    case 'X':
      if (!IsInteger(value) && value.size > kMaxString / 2) return TooLarge();
      out += Hex(value, clause.verb == 'X');
      break;
    default:
      if (!ToNumber(value, &number)) return WrongType(rule, value);
      out += clause.verb == 'f' ? FixedNumber(number, clause.precision, style)
                                : ScientificNumber(number, clause.precision, style);
  }
  return {};
}

}  // namespace

Result<std::string> FormatText(std::string_view format, const Value& args, FormatStyle style) {
  std::string out;
  ClauseReader reader(format, style, args.size);
  while (!reader.done()) {
    out += reader.ReadText();
    if (std::optional<Clause> clause = TRY(reader.ReadClause())) {
      TRY_VOID(Substitute(out, *clause, ListAt(args, clause->argument), style));
    }
    if (out.size() > kMaxString) return TooLarge();
  }
  return out;
}

}  // namespace guard::cel

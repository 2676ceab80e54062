// The syntax of string.format and the types of its clauses. The wording of errors is cel-spec's.
// Tested by tests/unit/cel/format_test.cc.
#include "policies/cel/format_clause.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "policies/cel/text.h"

namespace guard::cel {
namespace {

constexpr std::string_view kVerbs = "sdfebxXo";

constexpr uint32_t Kinds(std::initializer_list<TypeKind> kinds) {
  uint32_t out = 0;
  for (TypeKind kind : kinds) out |= 1u << static_cast<uint32_t>(kind);
  return out;
}
constexpr uint32_t kIntegers = Kinds({TypeKind::kInt, TypeKind::kUint});
constexpr uint32_t kNumbers = kIntegers | Kinds({TypeKind::kDouble});

std::unexpected<Error> Bad(const std::string& why) {
  return Fail("could not parse formatting clause: " + why);
}

}  // namespace

std::string ClauseReader::ReadText() {
  std::string out;
  while (!done()) {
    size_t percent = std::min(format_.find('%', at_), format_.size());
    out += format_.substr(at_, percent - at_);
    at_ = percent;
    if (percent + 1 >= format_.size() || format_[percent + 1] != '%') break;
    out += '%', at_ += 2;
  }
  return out;
}

Result<std::optional<Clause>> ClauseReader::ReadClause() {
  if (done()) return std::nullopt;
  ++at_;  // %
  Clause clause;
  clause.argument = used_++;
  if (clause.argument >= arguments_)
    return Fail("index " + std::to_string(clause.argument) + " out of range");
  if (done()) return Fail("unexpected end of string");
  if (format_[at_] == '.') clause.precision = TRY(ReadPrecision());
  clause.verb = format_[at_];
  size_t length = LengthAt(format_, at_);
  if (kVerbs.find(clause.verb) == std::string_view::npos) {
    return Bad("unrecognized formatting clause \"" + std::string(format_.substr(at_, length)) + "\"");
  }
  ++at_;
  return clause;
}

Result<int> ClauseReader::ReadPrecision() {
  const int limit =
      style_ == FormatStyle::kPlain ? 100 : 255;  // cel-go has 100 (version 5); x/text ends at 255
  size_t begin = ++at_;
  while (!done() && format_[at_] >= '0' && format_[at_] <= '9') ++at_;
  std::string_view digits = format_.substr(begin, at_ - begin);
  const std::string where = "error while parsing precision: ";
  if (done()) return Bad(where + "could not find end of precision specifier");
  if (digits.empty())
    return Bad(where + "error while converting precision to integer: parsing \"\": invalid syntax");
  int precision = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), precision);
  if (error == std::errc() && precision <= limit) return precision;
  return Bad(where + "precision " + std::string(digits) + " exceeds maximum allowed precision " +
             std::to_string(limit));
}

VerbRule RuleOf(char verb, FormatStyle style) {
  bool plain = style == FormatStyle::kPlain;
  switch (verb) {
    case 'd': return {"decimal clause can only be used on integers", plain ? kNumbers : kIntegers};
    case 'f':
    case 'e':
      return {verb == 'f' ? "fixed-point clause can only be used on doubles"
                          : "scientific clause can only be used on doubles",
              plain ? kNumbers : Kinds({TypeKind::kDouble, TypeKind::kString})};
    case 'b':
      return {"only integers and bools can be formatted as binary", kIntegers | Kinds({TypeKind::kBool})};
    case 'x':
    case 'X':
      return {"only integers, byte buffers, and strings can be formatted as hex",
              kIntegers | Kinds({TypeKind::kString, TypeKind::kBytes})};
    case 'o': return {"octal clause can only be used on integers", kIntegers};
    default:
      return {
          "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
          "durations, "
          "and timestamps",
          kNumbers | Kinds({TypeKind::kNull, TypeKind::kBool, TypeKind::kString, TypeKind::kBytes,
                            TypeKind::kTimestamp, TypeKind::kDuration, TypeKind::kList, TypeKind::kMap,
                            TypeKind::kType})};
  }
}

}  // namespace guard::cel

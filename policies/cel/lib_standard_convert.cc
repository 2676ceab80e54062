// Conversions between types (cel-spec, "Type Conversions"). Those of timestamps and durations are in
// lib_time.cc. Tested by tests/unit/cel/standard_test.cc.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/lib_standard.h"
#include "policies/cel/text.h"

namespace guard::cel {

namespace {

Value Same(Evaluation&, const Value* a, uint32_t) { return a[0]; }

Value OutOfRange(Evaluation& ev, const Value& v, const char* type) {
  return ev.Fail(ToString(v) + " is out of the range of " + type);
}

Value Malformed(Evaluation& ev, const Value& text, const char* type) {
  constexpr uint32_t kExcerpt = 60;
  std::string excerpt = Quote(text.string().substr(0, kExcerpt));
  if (text.size > kExcerpt) excerpt += "...";
  return ev.Fail(excerpt + " is no " + type);
}

Value BoolOfString(Evaluation& ev, const Value* a, uint32_t) {
  for (std::string_view yes : {"1", "t", "T", "true", "True", "TRUE"})
    if (a[0].string() == yes) return Value::Bool(true);
  for (std::string_view no : {"0", "f", "F", "false", "False", "FALSE"})
    if (a[0].string() == no) return Value::Bool(false);
  return Malformed(ev, a[0], "bool");
}

Value IntOfUint(Evaluation& ev, const Value* a, uint32_t) {
  if (a[0].unsigned_integer > INT64_MAX) return OutOfRange(ev, a[0], "int");
  return Value::Int(static_cast<int64_t>(a[0].unsigned_integer));
}

// Towards zero. The bounds themselves are refused: a double that reads as one of them has been rounded.
Value IntOfDouble(Evaluation& ev, const Value* a, uint32_t) {
  double d = a[0].real;
  if (!(d > -0x1p63 && d < 0x1p63)) return OutOfRange(ev, a[0], "int");
  return Value::Int(static_cast<int64_t>(d));
}

Value UintOfInt(Evaluation& ev, const Value* a, uint32_t) {
  if (a[0].integer < 0) return OutOfRange(ev, a[0], "uint");
  return Value::Uint(static_cast<uint64_t>(a[0].integer));
}

Value UintOfDouble(Evaluation& ev, const Value* a, uint32_t) {
  double d = a[0].real;
  if (!(d >= 0 && d < 0x1p64)) return OutOfRange(ev, a[0], "uint");
  return Value::Uint(static_cast<uint64_t>(d));
}

// All of the text as a decimal number, with a sign where the type has one.
template <class Number>
bool ReadNumber(std::string_view text, Number* number) {
  if (std::is_signed_v<Number> && text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

Value IntOfString(Evaluation& ev, const Value* a, uint32_t) {
  int64_t number = 0;
  return ReadNumber(a[0].string(), &number) ? Value::Int(number) : Malformed(ev, a[0], "int");
}

Value UintOfString(Evaluation& ev, const Value* a, uint32_t) {
  uint64_t number = 0;
  return ReadNumber(a[0].string(), &number) ? Value::Uint(number) : Malformed(ev, a[0], "uint");
}

bool SameLetters(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if ((text[i] | 0x20) != lower[i]) return false;
  return true;
}

// A number too small to be told from zero is zero; one too large is none.
bool ReadDouble(std::string_view text, double* number) {
  std::string_view digits = text;
  bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (SameLetters(digits, "inf") || SameLetters(digits, "infinity"))
    return *number = negative ? -HUGE_VAL : HUGE_VAL, true;
  if (SameLetters(text, "nan")) return *number = std::nan(""), true;
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return false;
  std::chars_format format = std::chars_format::general;
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x') {
    // Go's hexadecimal floats always have an exponent.
    if (digits.find_first_of("pP") == std::string_view::npos) return false;
    digits.remove_prefix(2);
    format = std::chars_format::hex;
  }
  const char* last = digits.data() + digits.size();
  auto [end, error] = std::from_chars(digits.data(), last, *number, format);
  if (end != last || error == std::errc::invalid_argument) return false;
  if (error == std::errc::result_out_of_range) {
    *number = std::strtod(std::string(text).c_str(), nullptr);
    return std::isfinite(*number);
  }
  if (negative) *number = -*number;
  return true;
}

Value DoubleOfString(Evaluation& ev, const Value* a, uint32_t) {
  double number = 0;
  return ReadDouble(a[0].string(), &number) ? Value::Double(number) : Malformed(ev, a[0], "double");
}
Value DoubleOfInt(Evaluation&, const Value* a, uint32_t) {
  return Value::Double(static_cast<double>(a[0].integer));
}
Value DoubleOfUint(Evaluation&, const Value* a, uint32_t) {
  return Value::Double(static_cast<double>(a[0].unsigned_integer));
}

Value StringOfBool(Evaluation&, const Value* a, uint32_t) {
  return Value::String(a[0].boolean ? "true" : "false");
}
Value StringOfInt(Evaluation& ev, const Value* a, uint32_t) {
  return ev.MakeString(std::to_string(a[0].integer));
}
Value StringOfUint(Evaluation& ev, const Value* a, uint32_t) {
  return ev.MakeString(std::to_string(a[0].unsigned_integer));
}
Value StringOfDouble(Evaluation& ev, const Value* a, uint32_t) {
  return ev.MakeString(FormatDouble(a[0].real));
}
Value StringOfBytes(Evaluation& ev, const Value* a, uint32_t) {
  if (!IsValidUtf8(a[0].string())) return ev.Fail("the bytes are not valid UTF-8");
  return Value::String(a[0].string());
}
Value BytesOfString(Evaluation&, const Value* a, uint32_t) { return Value::Bytes(a[0].string()); }

uint64_t TextCost(const Value* a, uint32_t, const Value&) { return ScanCost(a[0]); }

Value TypeOf(Evaluation&, const Value* a, uint32_t) { return Value::OfType(TypeOfValue(a[0])); }

}  // namespace

void RegisterConversions(Environment& env) {
  const Type *boolean = &kBoolType, *integer = &kIntType, *natural = &kUintType, *real = &kDoubleType;
  const Type *string = &kStringType, *bytes = &kBytesType;
  const Type* any = env.types().Param("T");
  env.Add({"bool", "bool_to_bool", false, {boolean}, boolean, Same});
  env.Add({"bool", "string_to_bool", false, {string}, boolean, BoolOfString});
  env.Add({"bytes", "bytes_to_bytes", false, {bytes}, bytes, Same});
  env.Add({"bytes", "string_to_bytes", false, {string}, bytes, BytesOfString, TextCost});
  env.Add({"double", "double_to_double", false, {real}, real, Same});
  env.Add({"double", "int64_to_double", false, {integer}, real, DoubleOfInt});
  env.Add({"double", "uint64_to_double", false, {natural}, real, DoubleOfUint});
  env.Add({"double", "string_to_double", false, {string}, real, DoubleOfString});
  env.Add({"int", "int64_to_int64", false, {integer}, integer, Same});
  env.Add({"int", "uint64_to_int64", false, {natural}, integer, IntOfUint});
  env.Add({"int", "double_to_int64", false, {real}, integer, IntOfDouble});
  env.Add({"int", "string_to_int64", false, {string}, integer, IntOfString});
  env.Add({"uint", "uint64_to_uint64", false, {natural}, natural, Same});
  env.Add({"uint", "int64_to_uint64", false, {integer}, natural, UintOfInt});
  env.Add({"uint", "double_to_uint64", false, {real}, natural, UintOfDouble});
  env.Add({"uint", "string_to_uint64", false, {string}, natural, UintOfString});
  env.Add({"string", "string_to_string", false, {string}, string, Same});
  env.Add({"string", "bool_to_string", false, {boolean}, string, StringOfBool});
  env.Add({"string", "int64_to_string", false, {integer}, string, StringOfInt});
  env.Add({"string", "uint64_to_string", false, {natural}, string, StringOfUint});
  env.Add({"string", "double_to_string", false, {real}, string, StringOfDouble});
  env.Add({"string", "bytes_to_string", false, {bytes}, string, StringOfBytes, TextCost});
  env.Add({"dyn", "to_dyn", false, {any}, &kDynType, Same});
  env.Add({"type", "type", false, {any}, env.types().TypeOf(any), TypeOf});
}

}  // namespace guard::cel

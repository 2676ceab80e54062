// The math extension (cel-go ext/math.go). math.greatest and math.least are macros that call math.@max and
// math.@min. Tested by tests/unit/cel/lib_math_test.cc.
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"

namespace guard::cel {
namespace {

bool IsNumber(const Value& value) {
  return value.is(Tag::kInt) || value.is(Tag::kUint) || value.is(Tag::kDouble);
}

enum class Which { kLeast, kGreatest };
template <Which which>
constexpr std::string_view kName = which == Which::kLeast ? "math.@min" : "math.@max";

// The one wanted of two numbers; the first where they are equal.
template <Which which>
Value Pick(Evaluation& ev, const Value& a, const Value& b) {
  if (!IsNumber(a) || !IsNumber(b)) return ev.Fail("no such overload: " + std::string(kName<which>));
  bool ordered = false;
  int order = Compare(a, b, &ordered);
  if (!ordered) return ev.Fail("NaN values cannot be ordered: " + std::string(kName<which>));
  return (which == Which::kLeast ? order > 0 : order < 0) ? b : a;
}

template <Which which>
Value OfTwo(Evaluation& ev, const Value* args, uint32_t) {
  return Pick<which>(ev, args[0], args[1]);
}

template <Which which>
Value OfList(Evaluation& ev, const Value* args, uint32_t) {
  if (args[0].size == 0) return ev.Fail(std::string(kName<which>) + "(list) argument must not be empty");
  Value best = ListAt(args[0], 0);
  if (!IsNumber(best)) return ev.Fail("no such overload: " + std::string(kName<which>));
  for (uint32_t i = 1; i < args[0].size && !best.is_error(); ++i)
    best = Pick<which>(ev, best, ListAt(args[0], i));
  return best;
}

Value Same(Evaluation&, const Value* args, uint32_t) { return args[0]; }

// Not <cmath>'s own names: those are overload sets.
double Ceil(double x) { return std::ceil(x); }
double Floor(double x) { return std::floor(x); }
double Round(double x) { return std::round(x); }  // half away from zero
double Trunc(double x) { return std::trunc(x); }
double Abs(double x) { return std::fabs(x); }
double Sqrt(double x) { return std::sqrt(x); }
double Sign(double x) { return std::isnan(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0; }
bool IsNan(double x) { return std::isnan(x); }
bool IsInf(double x) { return std::isinf(x); }
bool IsFinite(double x) { return std::isfinite(x); }

template <double (*f)(double)>
Value OfDouble(Evaluation&, const Value* args, uint32_t) {
  return Value::Double(f(args[0].real));
}
template <bool (*f)(double)>
Value Test(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(f(args[0].real));
}

Value SqrtInt(Evaluation&, const Value* args, uint32_t) {
  return Value::Double(std::sqrt(static_cast<double>(args[0].integer)));
}
Value SqrtUint(Evaluation&, const Value* args, uint32_t) {
  return Value::Double(std::sqrt(static_cast<double>(args[0].unsigned_integer)));
}

Value AbsInt(Evaluation& ev, const Value* args, uint32_t) {
  if (args[0].integer == std::numeric_limits<int64_t>::min()) return ev.Fail("integer overflow");
  return Value::Int(args[0].integer < 0 ? -args[0].integer : args[0].integer);
}
Value SignInt(Evaluation&, const Value* args, uint32_t) {
  return Value::Int(args[0].integer > 0 ? 1 : args[0].integer < 0 ? -1 : 0);
}
Value SignUint(Evaluation&, const Value* args, uint32_t) {
  return Value::Uint(args[0].unsigned_integer > 0 ? 1 : 0);
}

// Bits are those of the two's complement, so one function serves int and uint.
Value WithBits(const Value& like, uint64_t bits) {
  return like.is(Tag::kInt) ? Value::Int(static_cast<int64_t>(bits)) : Value::Uint(bits);
}
uint64_t Bits(const Value& value) {
  return value.is(Tag::kInt) ? static_cast<uint64_t>(value.integer) : value.unsigned_integer;
}

template <class Operation>
Value Bitwise(Evaluation&, const Value* args, uint32_t) {
  return WithBits(args[0], Operation()(Bits(args[0]), Bits(args[1])));
}
Value BitNot(Evaluation&, const Value* args, uint32_t) { return WithBits(args[0], ~Bits(args[0])); }

Value ShiftLeft(Evaluation& ev, const Value* args, uint32_t) {
  int64_t by = args[1].integer;
  if (by < 0) return ev.Fail("math.bitShiftLeft() negative offset: " + std::to_string(by));
  return WithBits(args[0], by < 64 ? Bits(args[0]) << by : 0);
}
// Zeroes come in from the left, for int too.
Value ShiftRight(Evaluation& ev, const Value* args, uint32_t) {
  int64_t by = args[1].integer;
  if (by < 0) return ev.Fail("math.bitShiftRight() negative offset: " + std::to_string(by));
  return WithBits(args[0], by < 64 ? Bits(args[0]) >> by : 0);
}

// One, as in cel-go, unless the list is long.
uint64_t ListCost(const Value* args, uint32_t, const Value&) { return 1 + args[0].size / 16; }

template <Which which>
void AddPick(Environment& env) {
  const std::string function(kName<which>);
  const std::string id = which == Which::kLeast ? "math_@min" : "math_@max";
  const Type* const kNumbers[] = {&kDoubleType, &kIntType, &kUintType};
  for (const Type* a : kNumbers) {
    env.Add({function, id + "_" + a->name, false, {a}, a, Same});
    env.Add({function, id + "_list_" + a->name, false, {env.types().List(a)}, a, OfList<which>, ListCost});
    for (const Type* b : kNumbers) {
      env.Add({function,
               id + "_" + a->name + "_" + b->name,
               false,
               {a, b},
               a == b ? a : &kDynType,
               OfTwo<which>});
    }
  }
}

}  // namespace

void RegisterMath(Environment& env) {
  const Type *real = &kDoubleType, *integer = &kIntType, *natural = &kUintType, *truth = &kBoolType;
  AddPick<Which::kLeast>(env);
  AddPick<Which::kGreatest>(env);

  env.Add({"math.ceil", "math_ceil_double", false, {real}, real, OfDouble<Ceil>});
  env.Add({"math.floor", "math_floor_double", false, {real}, real, OfDouble<Floor>});
  env.Add({"math.round", "math_round_double", false, {real}, real, OfDouble<Round>});
  env.Add({"math.trunc", "math_trunc_double", false, {real}, real, OfDouble<Trunc>});
  env.Add({"math.isInf", "math_isInf_double", false, {real}, truth, Test<IsInf>});
  env.Add({"math.isNaN", "math_isNaN_double", false, {real}, truth, Test<IsNan>});
  env.Add({"math.isFinite", "math_isFinite_double", false, {real}, truth, Test<IsFinite>});
  env.Add({"math.abs", "math_abs_double", false, {real}, real, OfDouble<Abs>});
  env.Add({"math.abs", "math_abs_int", false, {integer}, integer, AbsInt});
  env.Add({"math.abs", "math_abs_uint", false, {natural}, natural, Same});
  env.Add({"math.sign", "math_sign_double", false, {real}, real, OfDouble<Sign>});
  env.Add({"math.sign", "math_sign_int", false, {integer}, integer, SignInt});
  env.Add({"math.sign", "math_sign_uint", false, {natural}, natural, SignUint});
  env.Add({"math.sqrt", "math_sqrt_double", false, {real}, real, OfDouble<Sqrt>});
  env.Add({"math.sqrt", "math_sqrt_int", false, {integer}, real, SqrtInt});
  env.Add({"math.sqrt", "math_sqrt_uint", false, {natural}, real, SqrtUint});

  constexpr FunctionImpl bit_and = Bitwise<std::bit_and<uint64_t>>, bit_or = Bitwise<std::bit_or<uint64_t>>;
  constexpr FunctionImpl bit_xor = Bitwise<std::bit_xor<uint64_t>>;
  env.Add({"math.bitAnd", "math_bitAnd_int_int", false, {integer, integer}, integer, bit_and});
  env.Add({"math.bitAnd", "math_bitAnd_uint_uint", false, {natural, natural}, natural, bit_and});
  env.Add({"math.bitOr", "math_bitOr_int_int", false, {integer, integer}, integer, bit_or});
  env.Add({"math.bitOr", "math_bitOr_uint_uint", false, {natural, natural}, natural, bit_or});
  env.Add({"math.bitXor", "math_bitXor_int_int", false, {integer, integer}, integer, bit_xor});
  env.Add({"math.bitXor", "math_bitXor_uint_uint", false, {natural, natural}, natural, bit_xor});
  env.Add({"math.bitNot", "math_bitNot_int_int", false, {integer}, integer, BitNot});
  env.Add({"math.bitNot", "math_bitNot_uint_uint", false, {natural}, natural, BitNot});
  env.Add({"math.bitShiftLeft", "math_bitShiftLeft_int_int", false, {integer, integer}, integer, ShiftLeft});
  env.Add({"math.bitShiftLeft", "math_bitShiftLeft_uint_int", false, {natural, integer}, natural, ShiftLeft});
  env.Add(
      {"math.bitShiftRight", "math_bitShiftRight_int_int", false, {integer, integer}, integer, ShiftRight});
  env.Add(
      {"math.bitShiftRight", "math_bitShiftRight_uint_int", false, {natural, integer}, natural, ShiftRight});
}

}  // namespace guard::cel

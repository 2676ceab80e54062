// Kubernetes' quantity functions: quantity(), isQuantity() and what can be done with one.
//
// sign is declared as a function there and documented as a method; both work here.
//
// Tested by lib_k8s_quantity_test.cc.
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"
#include "policies/cel/quantity.h"

namespace guard::cel {
namespace {

// A Quantity whose digits lie in the arena.
struct QuantityValue : Opaque {
  QuantityFormat format;
  bool big, negative;
  int64_t value;
  int32_t scale, exponent;
  std::string_view digits;
};

Quantity QuantityIn(const Opaque& opaque) {
  const auto& kept = static_cast<const QuantityValue&>(opaque);
  return {.format = kept.format,
          .big = kept.big,
          .value = kept.value,
          .scale = kept.scale,
          .negative = kept.negative,
          .digits = std::string(kept.digits),
          .exponent = kept.exponent};
}
Quantity In(const Value& value) { return QuantityIn(*value.opaque); }

const Type kQuantityType{.kind = TypeKind::kOpaque, .name = "kubernetes.Quantity"};
constexpr OpaqueClass kQuantityClass = {
    "kubernetes.Quantity",
    [](const Opaque& a, const Opaque& b) { return Compare(QuantityIn(a), QuantityIn(b)) == 0; },
    [](const Opaque& a) { return "quantity(\"" + ToString(QuantityIn(a)) + "\")"; },
    &kQuantityType,
};

Value Make(Evaluation& ev, const std::expected<Quantity, QuantityError>& made) {
  if (!made) return ev.Fail(Message(made.error()));
  if (!HasRoom(ev, made->digits.size())) return NoRoom(ev);
  return Value::OfOpaque(ev.arena().New<QuantityValue>(Opaque{&kQuantityClass}, made->format, made->big,
                                                       made->negative, made->value, made->scale,
                                                       made->exponent, ev.arena().Copy(made->digits)));
}

Value FromString(Evaluation& ev, const Value* args, uint32_t) {
  return Make(ev, ParseQuantity(args[0].string()));
}

Value IsQuantity(Evaluation& ev, const Value* args, uint32_t) {
  auto quantity = ParseQuantity(args[0].string());
  // It is one, and yet not one that can be worked with: neither answer would be right.
  if (!quantity && quantity.error() == QuantityError::kTooLarge) return ev.Fail(Message(quantity.error()));
  return Value::Bool(quantity.has_value());
}

Value SignOf(Evaluation&, const Value* args, uint32_t) { return Value::Int(Sign(In(args[0]))); }
Value IsInteger(Evaluation&, const Value* args, uint32_t) {
  int64_t value;
  return Value::Bool(AsInteger(In(args[0]), &value));
}
Value ToInteger(Evaluation& ev, const Value* args, uint32_t) {
  int64_t value;
  return AsInteger(In(args[0]), &value) ? Value::Int(value) : ev.Fail("cannot convert value to integer");
}
Value ToFloat(Evaluation&, const Value* args, uint32_t) {
  return Value::Double(AsApproximateFloat(In(args[0])));
}

Value IsGreaterThan(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(Compare(In(args[0]), In(args[1])) > 0);
}
Value IsLessThan(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(Compare(In(args[0]), In(args[1])) < 0);
}
Value CompareTo(Evaluation&, const Value* args, uint32_t) {
  return Value::Int(Compare(In(args[0]), In(args[1])));
}

Value AddQuantity(Evaluation& ev, const Value* args, uint32_t) {
  return Make(ev, Add(In(args[0]), In(args[1])));
}
Value AddInt(Evaluation& ev, const Value* args, uint32_t) {
  return Make(ev, Add(In(args[0]), QuantityOf(args[1].integer)));
}
Value SubQuantity(Evaluation& ev, const Value* args, uint32_t) {
  return Make(ev, Subtract(In(args[0]), In(args[1])));
}
Value SubInt(Evaluation& ev, const Value* args, uint32_t) {
  return Make(ev, Subtract(In(args[0]), QuantityOf(args[1].integer)));
}

uint64_t ScanFirst(const Value* args, uint32_t, const Value&) { return ScanCost(args[0]); }

}  // namespace

void RegisterKubernetesQuantity(Environment& env) {
  const Type* quantity = env.types().Opaque("kubernetes.Quantity");
  env.AddType("kubernetes.Quantity", quantity);
  const Type *string = &kStringType, *boolean = &kBoolType, *integer = &kIntType;
  env.Add({"quantity", "string_to_quantity", false, {string}, quantity, FromString, ScanFirst});
  env.Add({"isQuantity", "is_quantity_string", false, {string}, boolean, IsQuantity, ScanFirst});
  env.Add({"sign", "quantity_sign", false, {quantity}, integer, SignOf});
  env.Add({"sign", "quantity_sign_method", true, {quantity}, integer, SignOf});
  env.Add({"isInteger", "quantity_is_integer", true, {quantity}, boolean, IsInteger});
  env.Add({"asInteger", "quantity_get_int", true, {quantity}, integer, ToInteger});
  env.Add({"asApproximateFloat", "quantity_get_float", true, {quantity}, &kDoubleType, ToFloat});
  env.Add({"isGreaterThan", "quantity_is_greater_than", true, {quantity, quantity}, boolean, IsGreaterThan});
  env.Add({"isLessThan", "quantity_is_less_than", true, {quantity, quantity}, boolean, IsLessThan});
  env.Add({"compareTo", "quantity_compare_to", true, {quantity, quantity}, integer, CompareTo});
  env.Add({"add", "quantity_add", true, {quantity, quantity}, quantity, AddQuantity});
  env.Add({"add", "quantity_add_int", true, {quantity, integer}, quantity, AddInt});
  env.Add({"sub", "quantity_sub", true, {quantity, quantity}, quantity, SubQuantity});
  env.Add({"sub", "quantity_sub_int", true, {quantity, integer}, quantity, SubInt});
}

}  // namespace guard::cel

// Kubernetes' format functions: format.dns1123Label() and its like, format.named(), validate().
//
// validate() gives no value when a text has the format, and the list of what is wrong with it otherwise.
//
// Tested by lib_k8s_format_test.cc.
#include <cmath>
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/named_format.h"
#include "policies/cel/program.h"

namespace guard::cel {
namespace {

struct FormatValue : Opaque {
  const NamedFormat* format;
};
const NamedFormat& In(const Value& value) { return *static_cast<const FormatValue*>(value.opaque)->format; }

const Type kFormatType{.kind = TypeKind::kOpaque, .name = "kubernetes.NamedFormat"};
constexpr OpaqueClass kFormatClass = {
    "kubernetes.NamedFormat",
    [](const Opaque& a, const Opaque& b) {
      return static_cast<const FormatValue&>(a).format == static_cast<const FormatValue&>(b).format;
    },
    [](const Opaque& a) {
      return "format." + std::string(static_cast<const FormatValue&>(a).format->name) + "()";
    },
    &kFormatType,
};

Value Make(Evaluation& ev, const NamedFormat& format) {
  return Value::OfOpaque(ev.arena().New<FormatValue>(Opaque{&kFormatClass}, &format));
}

// A function carries no data, so there is one for each row of the table.
template <size_t index>
Value Constant(Evaluation& ev, const Value*, uint32_t) {
  return Make(ev, NamedFormats()[index]);
}

Value Named(Evaluation& ev, const Value* args, uint32_t) {
  const NamedFormat* format = FindNamedFormat(args[0].string());
  return format == nullptr ? Value::None() : ev.MakeOptional(Make(ev, *format));
}

Value Validate(Evaluation& ev, const Value* args, uint32_t) {
  std::vector<std::string> problems = In(args[0]).validate(args[1].string());
  if (problems.empty()) return Value::None();
  std::vector<Value> texts;
  for (const std::string& problem : problems) texts.push_back(ev.MakeString(problem));
  return ev.MakeOptional(ev.MakeList(texts));
}

// As a match of a regular expression of that size.
uint64_t ValidateCost(const Value* args, uint32_t, const Value&) {
  double text = std::ceil(static_cast<double>(SizeOf(args[1]) + 1) * 0.1);
  return ScaledCost(text, std::ceil(In(args[0]).pattern_size * 0.25));
}

template <size_t... index>
void AddConstants(Environment& env, const Type* type, std::index_sequence<index...>) {
  auto add = [&](const std::string& name, FunctionImpl impl) {
    env.Add({name, name, false, {}, type, impl});
  };
  (add("format." + std::string(NamedFormats()[index].name), Constant<index>), ...);
}

constexpr size_t kFormatCount = 13;

}  // namespace

void RegisterKubernetesFormat(Environment& env) {
  const Type* format = env.types().Opaque("kubernetes.NamedFormat");
  env.AddType("kubernetes.NamedFormat", format);
  AddConstants(env, format, std::make_index_sequence<kFormatCount>());
  env.Add({"format.named", "format-named", false, {&kStringType}, env.types().Optional(format), Named});
  const Type* problems = env.types().Optional(env.types().List(&kStringType));
  env.Add({"validate", "format-validate", true, {format, &kStringType}, problems, Validate, ValidateCost});
}

}  // namespace guard::cel

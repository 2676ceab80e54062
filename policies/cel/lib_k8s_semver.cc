// Kubernetes' functions for semantic versions: semver(), isSemver(), parts and precedence.
//
// Tested by lib_k8s_semver_test.cc.
#include <limits>
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"
#include "policies/cel/semver.h"

namespace guard::cel {
namespace {

struct SemverValue : Opaque {
  Semver version;
};
const Semver& In(const Value& value) { return static_cast<const SemverValue*>(value.opaque)->version; }

const Type kSemverType{.kind = TypeKind::kOpaque, .name = "kubernetes.Semver"};
constexpr OpaqueClass kSemverClass = {
    "kubernetes.Semver",
    [](const Opaque& a, const Opaque& b) {
      return Compare(static_cast<const SemverValue&>(a).version,
                     static_cast<const SemverValue&>(b).version) == 0;
    },
    [](const Opaque& a) {
      return "semver(\"" + ToString(static_cast<const SemverValue&>(a).version) + "\")";
    },
    &kSemverType,
};

// The text to read: as it is, or normalised and in the arena.
Result<std::string_view> TextOf(Evaluation& ev, const Value* args, uint32_t count) {
  if (count < 2 || !args[1].is_true()) return args[0].string();
  std::string text = TRY(NormalizeSemver(args[0].string()));
  if (!HasRoom(ev, text.size())) return Fail("result is too large");
  return ev.arena().Copy(text);
}

Result<Semver> Read(Evaluation& ev, const Value* args, uint32_t count) {
  return ParseSemver(TRY(TextOf(ev, args, count)));
}

Value FromString(Evaluation& ev, const Value* args, uint32_t count) {
  Result<Semver> version = Read(ev, args, count);
  if (!version) return ev.Fail(version.error().message);
  return Value::OfOpaque(ev.arena().New<SemverValue>(Opaque{&kSemverClass}, *version));
}
Value IsSemver(Evaluation& ev, const Value* args, uint32_t count) {
  return Value::Bool(Read(ev, args, count).has_value());
}

template <uint64_t Semver::* part>
Value Part(Evaluation& ev, const Value* args, uint32_t) {
  uint64_t number = In(args[0]).*part;
  if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return ev.Fail("integer overflow");
  return Value::Int(static_cast<int64_t>(number));
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

uint64_t ScanFirst(const Value* args, uint32_t, const Value&) { return ScanCost(args[0]); }

}  // namespace

void RegisterKubernetesSemver(Environment& env) {
  const Type* semver = env.types().Opaque("kubernetes.Semver");
  env.AddType("kubernetes.Semver", semver);
  const Type *string = &kStringType, *boolean = &kBoolType, *integer = &kIntType;
  env.Add({"semver", "string_to_semver", false, {string}, semver, FromString, ScanFirst});
  env.Add({"semver", "string_bool_to_semver", false, {string, boolean}, semver, FromString, ScanFirst});
  env.Add({"isSemver", "is_semver_string", false, {string}, boolean, IsSemver, ScanFirst});
  env.Add({"isSemver", "is_semver_string_bool", false, {string, boolean}, boolean, IsSemver, ScanFirst});
  env.Add({"major", "semver_major", true, {semver}, integer, Part<&Semver::major>});
  env.Add({"minor", "semver_minor", true, {semver}, integer, Part<&Semver::minor>});
  env.Add({"patch", "semver_patch", true, {semver}, integer, Part<&Semver::patch>});
  env.Add({"isGreaterThan", "semver_is_greater_than", true, {semver, semver}, boolean, IsGreaterThan});
  env.Add({"isLessThan", "semver_is_less_than", true, {semver, semver}, boolean, IsLessThan});
  env.Add({"compareTo", "semver_compare_to", true, {semver, semver}, integer, CompareTo});
}

}  // namespace guard::cel

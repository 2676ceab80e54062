// Families of functions whose own file has not come in yet: the strong definition there wins over these (the
// name of this file keeps it last in the archive), and this file goes when the last of them is in.
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"

namespace guard::cel {

#define GUARD_PENDING(name) \
  [[gnu::weak]] void name(Environment&) {}
GUARD_PENDING(RegisterStandard)
GUARD_PENDING(RegisterTime)
GUARD_PENDING(RegisterOptionals)
GUARD_PENDING(RegisterStrings)
GUARD_PENDING(RegisterMath)
GUARD_PENDING(RegisterLists)
GUARD_PENDING(RegisterSets)
GUARD_PENDING(RegisterEncoders)
GUARD_PENDING(RegisterRegex)
GUARD_PENDING(RegisterNetwork)
GUARD_PENDING(RegisterKubernetesLists)
GUARD_PENDING(RegisterKubernetesRegex)
GUARD_PENDING(RegisterKubernetesUrl)
GUARD_PENDING(RegisterKubernetesQuantity)
GUARD_PENDING(RegisterKubernetesIpCidr)
GUARD_PENDING(RegisterKubernetesFormat)
GUARD_PENDING(RegisterKubernetesSemver)
GUARD_PENDING(RegisterKubernetesAuthz)
#undef GUARD_PENDING

[[gnu::weak]] uint32_t CodePoints(std::string_view utf8) {
  uint32_t count = 0;
  for (char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

// What functions need of an evaluation, until it comes in.
[[gnu::weak]] Value Evaluation::Fail(std::string_view) { return Value::Null(); }
[[gnu::weak]] Value Evaluation::OverCost() { return Value::Null(); }
[[gnu::weak]] Value Evaluation::MakeList(std::span<const Value>) { return Value::Null(); }
[[gnu::weak]] Value Evaluation::MakeMap(std::span<const MapEntry>) { return Value::Null(); }
[[gnu::weak]] Value Evaluation::MakeOptional(Value) { return Value::Null(); }

}  // namespace guard::cel

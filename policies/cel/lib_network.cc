// ip() and cidr(): the same functions in both dialects (cel-go ext/network took Kubernetes' for a model);
// only Kubernetes has costs for them.
//
// Tested by lib_network_test.cc.
#include <cmath>
#include <string>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/ip.h"
#include "policies/cel/program.h"

namespace guard::cel {
namespace {

struct IpValue : Opaque {
  IpAddress address;
};
struct CidrValue : Opaque {
  Cidr cidr;
};

const IpAddress& Ip(const Value& value) { return static_cast<const IpValue*>(value.opaque)->address; }
const Cidr& Block(const Value& value) { return static_cast<const CidrValue*>(value.opaque)->cidr; }

const Type kIpType{.kind = TypeKind::kOpaque, .name = "net.IP"};
constexpr OpaqueClass kIpClass = {
    "net.IP",
    [](const Opaque& a, const Opaque& b) {
      return static_cast<const IpValue&>(a).address == static_cast<const IpValue&>(b).address;
    },
    [](const Opaque& a) { return "ip(\"" + ToString(static_cast<const IpValue&>(a).address) + "\")"; },
    &kIpType,
};
const Type kCidrType{.kind = TypeKind::kOpaque, .name = "net.CIDR"};
constexpr OpaqueClass kCidrClass = {
    "net.CIDR",
    [](const Opaque& a, const Opaque& b) {
      return static_cast<const CidrValue&>(a).cidr == static_cast<const CidrValue&>(b).cidr;
    },
    [](const Opaque& a) { return "cidr(\"" + ToString(static_cast<const CidrValue&>(a).cidr) + "\")"; },
    &kCidrType,
};

Value Make(Evaluation& ev, const IpAddress& address) {
  return Value::OfOpaque(ev.arena().New<IpValue>(Opaque{&kIpClass}, address));
}
Value Make(Evaluation& ev, const Cidr& cidr) {
  return Value::OfOpaque(ev.arena().New<CidrValue>(Opaque{&kCidrClass}, cidr));
}

// ---- Functions
// ------------------------------------------------------------------------------------------------

Value IpFromString(Evaluation& ev, const Value* args, uint32_t) {
  Result<IpAddress> address = ParseIp(args[0].string());
  return address ? Make(ev, *address) : ev.Fail(address.error().message);
}
Value IsIp(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(ParseIp(args[0].string()).has_value());
}
Value IsCanonical(Evaluation& ev, const Value* args, uint32_t) {
  Result<IpAddress> address = ParseIp(args[0].string());
  if (!address) return ev.Fail(address.error().message);
  return Value::Bool(ToString(*address) == args[0].string());
}
Value Family(Evaluation&, const Value* args, uint32_t) { return Value::Int(Ip(args[0]).v4 ? 4 : 6); }

template <bool (*is)(const IpAddress&)>
Value Is(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(is(Ip(args[0])));
}

Value CidrFromString(Evaluation& ev, const Value* args, uint32_t) {
  Result<Cidr> cidr = ParseCidr(args[0].string());
  return cidr ? Make(ev, *cidr) : ev.Fail(cidr.error().message);
}
Value IsCidr(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(ParseCidr(args[0].string()).has_value());
}
Value IpOfCidr(Evaluation& ev, const Value* args, uint32_t) { return Make(ev, Block(args[0]).address); }
Value MaskedCidr(Evaluation& ev, const Value* args, uint32_t) { return Make(ev, Masked(Block(args[0]))); }
Value PrefixLength(Evaluation&, const Value* args, uint32_t) { return Value::Int(Block(args[0]).bits); }

Value ContainsIp(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(Contains(Block(args[0]), Ip(args[1])));
}
Value ContainsIpString(Evaluation& ev, const Value* args, uint32_t) {
  Result<IpAddress> address = ParseIp(args[1].string());
  return address ? Value::Bool(Contains(Block(args[0]), *address)) : ev.Fail(address.error().message);
}
Value ContainsCidr(Evaluation&, const Value* args, uint32_t) {
  return Value::Bool(Contains(Block(args[0]), Block(args[1])));
}
Value ContainsCidrString(Evaluation& ev, const Value* args, uint32_t) {
  Result<Cidr> cidr = ParseCidr(args[1].string());
  return cidr ? Value::Bool(Contains(Block(args[0]), *cidr)) : ev.Fail(cidr.error().message);
}

Value StringOfIp(Evaluation& ev, const Value* args, uint32_t) { return ev.MakeString(ToString(Ip(args[0]))); }
Value StringOfCidr(Evaluation& ev, const Value* args, uint32_t) {
  return ev.MakeString(ToString(Block(args[0])));
}

// ---- Costs (k8s.io/apiserver pkg/cel/library/cost.go)
// ---------------------------------------------------------

uint64_t ScanFirst(const Value* args, uint32_t, const Value&) { return ScanCost(args[0]); }
uint64_t ScanFirstTwice(const Value* args, uint32_t, const Value&) { return ScanCost(args[0], 2); }

// The bytes of a block that its prefix covers.
uint64_t PrefixBytes(const Value& cidr) { return (Block(cidr).bits + 7) / 8; }
uint64_t Tenth(uint64_t size) { return (size + 9) / 10; }

uint64_t ContainsIpCost(const Value* args, uint32_t, const Value&) { return Tenth(PrefixBytes(args[0]) * 2); }
uint64_t ContainsIpStringCost(const Value* args, uint32_t, const Value&) {
  return Tenth(PrefixBytes(args[0]) * 2) + ScanCost(args[1]);
}
uint64_t ContainsCidrCost(const Value* args, uint32_t, const Value&) {
  return Tenth(PrefixBytes(args[0]) * 2) + Tenth(PrefixBytes(args[0])) + 1;
}
uint64_t ContainsCidrStringCost(const Value* args, uint32_t count, const Value& result) {
  return ContainsCidrCost(args, count, result) + ScanCost(args[1]);
}

void Register(Environment& env, bool kubernetes) {
  const Type *ip = env.types().Opaque("net.IP"), *cidr = env.types().Opaque("net.CIDR");
  const Type *string = &kStringType, *boolean = &kBoolType, *integer = &kIntType;
  env.AddType("net.IP", ip);
  env.AddType("net.CIDR", cidr);
  auto add = [&](Overload overload) {
    if (!kubernetes) overload.cost = nullptr;
    env.Add(std::move(overload));
  };

  add({"ip", "string_to_ip", false, {string}, ip, IpFromString, ScanFirst});
  add({"isIP", "is_ip", false, {string}, boolean, IsIp, ScanFirst});
  add({"ip.isCanonical", "ip_is_canonical", false, {string}, boolean, IsCanonical, ScanFirstTwice});
  add({"family", "ip_family", true, {ip}, integer, Family});
  add({"isUnspecified", "ip_is_unspecified", true, {ip}, boolean, Is<IsUnspecified>});
  add({"isLoopback", "ip_is_loopback", true, {ip}, boolean, Is<IsLoopback>});
  add({"isLinkLocalMulticast", "ip_is_link_local_multicast", true, {ip}, boolean, Is<IsLinkLocalMulticast>});
  add({"isLinkLocalUnicast", "ip_is_link_local_unicast", true, {ip}, boolean, Is<IsLinkLocalUnicast>});
  add({"isGlobalUnicast", "ip_is_global_unicast", true, {ip}, boolean, Is<IsGlobalUnicast>});
  add({"string", "ip_to_string", false, {ip}, string, StringOfIp});

  add({"cidr", "string_to_cidr", false, {string}, cidr, CidrFromString, ScanFirst});
  add({"isCIDR", "is_cidr", false, {string}, boolean, IsCidr, ScanFirst});
  add({"ip", "cidr_ip", true, {cidr}, ip, IpOfCidr});
  add({"masked", "cidr_masked", true, {cidr}, cidr, MaskedCidr});
  add({"prefixLength", "cidr_prefix_length", true, {cidr}, integer, PrefixLength});
  add({"containsIP", "cidr_contains_ip_ip", true, {cidr, ip}, boolean, ContainsIp, ContainsIpCost});
  add({"containsIP",
       "cidr_contains_ip_string",
       true,
       {cidr, string},
       boolean,
       ContainsIpString,
       ContainsIpStringCost});
  add({"containsCIDR", "cidr_contains_cidr", true, {cidr, cidr}, boolean, ContainsCidr, ContainsCidrCost});
  add({"containsCIDR",
       "cidr_contains_cidr_string",
       true,
       {cidr, string},
       boolean,
       ContainsCidrString,
       ContainsCidrStringCost});
  add({"string", "cidr_to_string", false, {cidr}, string, StringOfCidr});
}

}  // namespace

void RegisterNetwork(Environment& env) { Register(env, false); }
void RegisterKubernetesIpCidr(Environment& env) { Register(env, true); }

}  // namespace guard::cel

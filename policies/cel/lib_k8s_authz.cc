// Kubernetes' authorizer: every expression that asks it compiles, and none can be answered here, so each
// evaluation is an error that says so (and a guardrail that needs it fails closed).
//
// Tested by lib_k8s_authz_test.cc.
#include "policies/cel/authorizer.h"
#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"

namespace guard::cel {
namespace {

Value Unavailable(Evaluation& ev, const Value*, uint32_t) {
  return ev.Fail("the authorizer is not available outside a cluster");
}

// An authorization check may mean a call over the network: two of them are what an expression may make.
uint64_t CheckCost(const Value*, uint32_t, const Value&) { return 350'000; }

// A list to begin with, the text read once, and a list and a struct for every two characters of it.
uint64_t SelectorCost(const Value* args, uint32_t, const Value&) {
  constexpr uint64_t kListCost = 10, kStructCost = 40;
  uint64_t size = SizeOf(args[1]);
  return kListCost + ScanCost(args[1]) + (size + 1) / 2 * (kListCost + kStructCost);
}

const Type kAuthorizerTypeObject{.kind = TypeKind::kOpaque, .name = kAuthorizerType};
constexpr OpaqueClass kAuthorizerClass = {
    kAuthorizerType,
    [](const Opaque&, const Opaque&) { return true; },
    [](const Opaque&) { return std::string("authorizer"); },
    &kAuthorizerTypeObject,
};
constexpr Opaque kAuthorizer = {&kAuthorizerClass};

}  // namespace

Value UnavailableAuthorizer() { return Value::OfOpaque(&kAuthorizer); }

void RegisterKubernetesAuthz(Environment& env) {
  auto type = [&](const char* name) {
    const Type* opaque = env.types().Opaque(name);
    env.AddType(name, opaque);
    return opaque;
  };
  const Type* authorizer = type(kAuthorizerType);
  const Type* path = type("kubernetes.authorization.PathCheck");
  const Type* group = type("kubernetes.authorization.GroupCheck");
  const Type* resource = type("kubernetes.authorization.ResourceCheck");
  const Type* decision = type("kubernetes.authorization.Decision");
  const Type *string = &kStringType, *boolean = &kBoolType;

  env.Add({"path", "authorizer_path", true, {authorizer, string}, path, Unavailable});
  env.Add({"group", "authorizer_group", true, {authorizer, string}, group, Unavailable});
  env.Add({"serviceAccount",
           "authorizer_serviceaccount",
           true,
           {authorizer, string, string},
           authorizer,
           Unavailable});
  env.Add({"resource", "groupcheck_resource", true, {group, string}, resource, Unavailable});
  env.Add({"subresource", "resourcecheck_subresource", true, {resource, string}, resource, Unavailable});
  env.Add({"namespace", "resourcecheck_namespace", true, {resource, string}, resource, Unavailable});
  env.Add({"name", "resourcecheck_name", true, {resource, string}, resource, Unavailable});
  env.Add({"fieldSelector",
           "authorizer_fieldselector",
           true,
           {resource, string},
           resource,
           Unavailable,
           SelectorCost});
  env.Add({"labelSelector",
           "authorizer_labelselector",
           true,
           {resource, string},
           resource,
           Unavailable,
           SelectorCost});
  env.Add({"check", "pathcheck_check", true, {path, string}, decision, Unavailable, CheckCost});
  env.Add({"check", "resourcecheck_check", true, {resource, string}, decision, Unavailable, CheckCost});
  env.Add({"allowed", "decision_allowed", true, {decision}, boolean, Unavailable});
  env.Add({"reason", "decision_reason", true, {decision}, string, Unavailable});
  env.Add({"errored", "decision_errored", true, {decision}, boolean, Unavailable});
  env.Add({"error", "decision_error", true, {decision}, string, Unavailable});
}

}  // namespace guard::cel

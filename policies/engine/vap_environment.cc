// What Kubernetes' policies may name: the types are those that the API server declares, closed where its own
// are, so that a typo in one is an error when it loads.
//
// Tested by tests/unit/engine/vap_load_test.cc.
#include "policies/cel/authorizer.h"
#include "policies/engine/vap_policy.h"

namespace guard {

namespace {

using cel::kBoolType, cel::kDynType, cel::kIntType, cel::kStringType;

const cel::Type* NameType(cel::TypePool& pool, std::string_view type, const char* what) {
  cel::Type* name = pool.Object(type);
  name->fields = {{"group", &kStringType}, {"version", &kStringType}, {what, &kStringType}};
  return name;
}

const cel::Type* RequestType(cel::TypePool& pool) {
  const cel::Type* kind = NameType(pool, "kubernetes.GroupVersionKind", "kind");
  const cel::Type* resource = NameType(pool, "kubernetes.GroupVersionResource", "resource");
  cel::Type* user = pool.Object("kubernetes.UserInfo");
  user->fields = {{"username", &kStringType},
                  {"uid", &kStringType},
                  {"groups", pool.List(&kStringType)},
                  {"extra", pool.Map(&kStringType, pool.List(&kStringType))}};
  cel::Type* request = pool.Object("kubernetes.AdmissionRequest");
  request->fields = {
      {"kind", kind},         {"resource", resource},        {"subResource", &kStringType},
      {"requestKind", kind},  {"requestResource", resource}, {"requestSubResource", &kStringType},
      {"name", &kStringType}, {"namespace", &kStringType},   {"operation", &kStringType},
      {"userInfo", user},     {"dryRun", &kBoolType},        {"options", &kDynType}};
  return request;
}

// What a policy may see of a Namespace; times are texts in a file.
const cel::Type* NamespaceType(cel::TypePool& pool) {
  const cel::Type* texts = pool.Map(&kStringType, &kStringType);
  const cel::Type* names = pool.List(&kStringType);
  cel::Type* metadata = pool.Object("kubernetes.NamespaceMetadata");
  metadata->fields = {{"name", &kStringType},
                      {"generateName", &kStringType},
                      {"namespace", &kStringType},
                      {"labels", texts},
                      {"annotations", texts},
                      {"UID", &kStringType},
                      {"uid", &kStringType},
                      {"creationTimestamp", &kDynType},
                      {"deletionGracePeriodSeconds", &kIntType},
                      {"deletionTimestamp", &kDynType},
                      {"generation", &kIntType},
                      {"resourceVersion", &kStringType},
                      {"finalizers", names}};
  cel::Type* spec = pool.Object("kubernetes.NamespaceSpec");
  spec->fields = {{"finalizers", names}};
  cel::Type* condition = pool.Object("kubernetes.NamespaceCondition");
  condition->fields = {{"status", &kStringType},
                       {"type", &kStringType},
                       {"lastTransitionTime", &kDynType},
                       {"message", &kStringType},
                       {"reason", &kStringType}};
  cel::Type* status = pool.Object("kubernetes.NamespaceStatus");
  status->fields = {{"conditions", pool.List(condition)}, {"phase", &kStringType}};
  cel::Type* type = pool.Object("kubernetes.Namespace");
  type->fields = {{"metadata", metadata}, {"spec", spec}, {"status", status}};
  return type;
}

}  // namespace

AdmissionEnvironment::AdmissionEnvironment() : environment(cel::Dialect::kKubernetes) {
  cel::Environment& env = environment;
  object = env.Declare("object", &kDynType);
  old_object = env.Declare("oldObject", &kDynType);
  request = env.Declare("request", RequestType(env.types()));
  namespace_object = env.Declare("namespaceObject", NamespaceType(env.types()));
  // Declared so that whoever asks the authorizer is told that nobody can answer here.
  env.Declare("authorizer", env.types().Opaque(cel::kAuthorizerType));
  env.Declare("authorizer.requestResource", env.types().Opaque("kubernetes.authorization.ResourceCheck"));
}

}  // namespace guard

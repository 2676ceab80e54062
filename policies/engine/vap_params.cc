// Which params a binding means.
//
// Tested by tests/unit/engine/vap_params_test.cc.
#include "policies/engine/vap_policy.h"

namespace guard {

Result<void> CollectParams(const AdmissionPolicy& policy, const AdmissionBinding& binding,
                           std::string_view request_namespace, std::vector<const Node*>* params) {
  params->clear();
  // Without a paramKind a paramRef means nothing; without a paramRef `params` is null.
  if (!policy.param_kind || !binding.has_param_ref) {
    params->push_back(nullptr);
    return {};
  }
  std::string_view space;
  if (policy.param_kind->namespaced) {
    space = binding.param_namespace.empty() ? request_namespace : std::string_view(binding.param_namespace);
    if (space.empty())
      return Fail("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  } else if (!binding.param_namespace.empty()) {
    return Fail("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  }
  for (const ParamObject& param : policy.params) {
    if (param.namespace_name != space) continue;
    if (!binding.param_name.empty()) {
      if (param.name != binding.param_name) continue;
    } else {
      const Node* metadata = param.object->Find("metadata");
      if (!binding.param_selector.Matches(metadata ? metadata->Find("labels") : nullptr)) continue;
    }
    params->push_back(param.object);
  }
  if (params->empty() && binding.deny_without_params)
    return Fail("no params found for policy binding with `Deny` parameterNotFoundAction");
  return {};
}

}  // namespace guard

// A guardrail about pods or Kubernetes objects as a ValidatingAdmissionPolicy with a binding, for clusters
// that run no webhook.
#pragma once

#include <string>
#include <string_view>

#include "policies/engine/guardrail.h"

namespace guard {

// Both as YAML documents, each behind a "---". `action` is Deny, Warn or Audit. An error says at its place
// what keeps the guardrail from being a policy. Pods are judged in pods (ephemeral containers too) and in
// every kind of Kubernetes that has a pod template.
Result<std::string> ExportPolicy(const Guardrail& guardrail, std::string_view action);

}  // namespace guard

// Whether a request is one that a policy or a binding is about.
//
// Tested by tests/unit/engine/vap_match_test.cc.
#include "policies/engine/vap_match.h"

#include <algorithm>

namespace guard {

namespace {

// Kinds that policies may not be about, since a mistake in one could not be undone through the API any more,
// and reviews, which are questions rather than objects.
struct Exempt {
  std::string_view group, kind;
};
constexpr Exempt kExempt[] = {
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    {"authentication.k8s.io", "SelfSubjectReview"},
    {"authentication.k8s.io", "TokenReview"},
    {"authorization.k8s.io", "LocalSubjectAccessReview"},
    {"authorization.k8s.io", "SelfSubjectAccessReview"},
    {"authorization.k8s.io", "SelfSubjectRulesReview"},
    {"authorization.k8s.io", "SubjectAccessReview"},
};

bool Lists(const std::vector<std::string>& items, std::string_view wanted) {
  return std::ranges::any_of(items, [&](const std::string& item) { return item == "*" || item == wanted; });
}

bool IsNamespaceResource(const ApiName& resource) {
  return resource.name == "namespaces" && resource.group.empty();
}

// All of a rule but its groups and versions.
bool MatchesApartFromVersion(const ResourceRule& rule, const AdmissionAttributes& request) {
  if ((rule.operations & 1 << static_cast<int>(request.operation)) == 0) return false;
  // A namespace's request carries its own name as the namespace, and it is not namespaced for that.
  bool cluster = request.namespace_name.empty() || IsNamespaceResource(request.resource);
  if (rule.scope == ResourceRule::Scope::kNamespaced && cluster) return false;
  if (rule.scope == ResourceRule::Scope::kCluster && !cluster) return false;
  bool resource = std::ranges::any_of(rule.resources, [&](const ResourceRule::Resource& row) {
    return (row.name == "*" || row.name == request.resource.name) &&
           (row.subresource == "*" || row.subresource == request.subresource);
  });
  if (!resource) return false;
  return rule.names.empty() || std::ranges::find(rule.names, request.name) != rule.names.end();
}

bool MatchesExactly(const std::vector<ResourceRule>& rules, const AdmissionAttributes& request) {
  return std::ranges::any_of(rules, [&](const ResourceRule& rule) {
    return Lists(rule.groups, request.resource.group) && Lists(rule.versions, request.resource.version) &&
           MatchesApartFromVersion(rule, request);
  });
}

// The group and version under which a rule knows the request's resource, when it is not its own.
bool FindEquivalent(const ResourceRule& rule, const AdmissionAttributes& request, ApiName* resource) {
  if (!MatchesApartFromVersion(rule, request)) return false;
  const ApiName& own = request.resource;
  std::string_view other = OtherGroup(own.group, own.name);
  *resource = own;
  bool own_group = Lists(rule.groups, own.group);
  if (!own_group && !Lists(rule.groups, other)) return false;
  if (!own_group) resource->group = other;
  resource->version = rule.versions.front() == "*" ? own.version : std::string_view(rule.versions.front());
  return true;
}

bool MatchesRules(const std::vector<ResourceRule>& rules, bool equivalent, const AdmissionAttributes& request,
                  Matched* matched) {
  matched->kind = request.kind;
  matched->resource = request.resource;
  if (MatchesExactly(rules, request)) return true;
  if (!equivalent) return false;
  for (const ResourceRule& rule : rules) {
    if (!FindEquivalent(rule, request, &matched->resource)) continue;
    // A subresource's kind (Scale, Eviction) has a group and versions of its own.
    if (request.kind.group == request.resource.group && request.kind.version == request.resource.version) {
      matched->kind.group = matched->resource.group;
      matched->kind.version = matched->resource.version;
    }
    matched->needs_conversion = ShapeChanged(request.resource.group, request.resource.name);
    return true;
  }
  return false;
}

const Node* LabelsOf(const Node* object) {
  const Node* metadata = object ? object->Find("metadata") : nullptr;
  return metadata ? metadata->Find("labels") : nullptr;
}

bool MatchesNamespace(const LabelSelector& selector, const AdmissionAttributes& request,
                      const NamespaceLookup& namespaces, Matched* matched) {
  if (selector.empty()) return true;
  bool of_namespace = IsNamespaceResource(request.resource);
  if (request.namespace_name.empty() && !of_namespace) return true;
  bool changes =
      request.operation == AdmissionOperation::kCreate || request.operation == AdmissionOperation::kUpdate;
  // The API server labels a namespace with its name before anybody asks.
  auto matches = [&](const Node* object) {
    const Node* labels = LabelsOf(object);
    return std::ranges::all_of(selector.requirements, [&](const LabelRequirement& requirement) {
      if (requirement.key != kNamespaceNameLabel) return requirement.Matches(labels);
      bool listed = std::ranges::find(requirement.values, request.namespace_name) != requirement.values.end();
      switch (requirement.op) {
        case LabelRequirement::Operator::kIn: return listed;
        case LabelRequirement::Operator::kNotIn: return !listed;
        case LabelRequirement::Operator::kExists: return true;
        case LabelRequirement::Operator::kDoesNotExist: return false;
      }
      return false;
    });
  };
  if (of_namespace && request.subresource.empty() && changes) return matches(request.object);
  bool by_name = std::ranges::all_of(selector.requirements, [](const LabelRequirement& requirement) {
    return requirement.key == kNamespaceNameLabel;
  });
  const Node* object = request.namespace_object;
  if (object == nullptr) object = namespaces.FindNamespace(request.namespace_name);
  if (object || by_name) return matches(object);
  matched->error = "the namespace is not among those that were given, so its labels are not known";
  return true;
}

}  // namespace

bool LabelRequirement::Matches(const Node* labels) const {
  const Node* label = labels ? labels->Find(key) : nullptr;
  if (op == Operator::kExists) return label != nullptr;
  if (op == Operator::kDoesNotExist) return label == nullptr;
  bool listed = label && label->is_string() && std::ranges::find(values, label->string()) != values.end();
  return listed == (op == Operator::kIn);
}

bool LabelSelector::Matches(const Node* labels) const {
  return std::ranges::all_of(
      requirements, [&](const LabelRequirement& requirement) { return requirement.Matches(labels); });
}

bool IsExemptFromPolicies(std::string_view group, std::string_view kind) {
  return std::ranges::any_of(kExempt,
                             [&](const Exempt& row) { return row.kind == kind && row.group == group; });
}

Matched Match(const MatchResources& match, const AdmissionAttributes& request,
              const NamespaceLookup& namespaces) {
  // Why it cannot be known counts only where everything else matches.
  Matched matched;
  if (match.rules.empty()) {
    matched.kind = request.kind, matched.resource = request.resource;
  } else if (!MatchesRules(match.rules, match.equivalent, request, &matched)) {
    return {};
  }
  Matched excluded;
  if (MatchesRules(match.excluded, match.equivalent, request, &excluded)) return {};
  if (!match.objects.empty()) {
    bool now = request.object && match.objects.Matches(LabelsOf(request.object));
    bool before = request.old_object && match.objects.Matches(LabelsOf(request.old_object));
    if (!now && !before) return {};
  }
  if (!MatchesNamespace(match.namespaces, request, namespaces, &matched)) return {};
  matched.matches = true;
  return matched;
}

}  // namespace guard

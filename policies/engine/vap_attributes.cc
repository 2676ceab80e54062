// A request as CEL's `request`, and the request that creating an object of a file would be.
//
// Tested by tests/unit/engine/vap_attributes_test.cc.
#include "policies/engine/vap_attributes.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace guard {

namespace {

constexpr std::string_view kOperations[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};

// Kinds of Kubernetes' own API that stand outside of namespaces.
struct ClusterKind {
  std::string_view group, kind;
};
constexpr ClusterKind kClusterKinds[] = {
    {"", "Namespace"},
    {"", "Node"},
    {"", "PersistentVolume"},
    {"", "ComponentStatus"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    {"apiextensions.k8s.io", "CustomResourceDefinition"},
    {"apiregistration.k8s.io", "APIService"},
    {"authentication.k8s.io", "SelfSubjectReview"},
    {"authentication.k8s.io", "TokenReview"},
    {"authorization.k8s.io", "SelfSubjectAccessReview"},
    {"authorization.k8s.io", "SelfSubjectRulesReview"},
    {"authorization.k8s.io", "SubjectAccessReview"},
    {"certificates.k8s.io", "CertificateSigningRequest"},
    {"certificates.k8s.io", "ClusterTrustBundle"},
    {"extensions", "PodSecurityPolicy"},
    {"flowcontrol.apiserver.k8s.io", "FlowSchema"},
    {"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"},
    {"internal.apiserver.k8s.io", "StorageVersion"},
    {"networking.k8s.io", "IPAddress"},
    {"networking.k8s.io", "IngressClass"},
    {"networking.k8s.io", "ServiceCIDR"},
    {"node.k8s.io", "RuntimeClass"},
    {"policy", "PodSecurityPolicy"},
    {"rbac.authorization.k8s.io", "ClusterRole"},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding"},
    {"resource.k8s.io", "DeviceClass"},
    {"resource.k8s.io", "DeviceTaintRule"},
    {"resource.k8s.io", "ResourceSlice"},
    {"scheduling.k8s.io", "PriorityClass"},
    {"storage.k8s.io", "CSIDriver"},
    {"storage.k8s.io", "CSINode"},
    {"storage.k8s.io", "StorageClass"},
    {"storage.k8s.io", "VolumeAttachment"},
    {"storage.k8s.io", "VolumeAttributesClass"},
    {"storagemigration.k8s.io", "StorageVersionMigration"},
};

Node StringNode(std::string_view text) {
  Node node;
  node.kind = NodeKind::kString;
  node.style = NodeStyle::kSynthetic;
  node.size = static_cast<uint32_t>(text.size());
  node.bytes = text.data();
  return node;
}

// The entries of a map in the making; they live in the arena.
class MapMaker {
 public:
  MapMaker(Arena& arena, uint32_t most) : entries_(arena.AllocateArray<Entry>(most)), most_(most) {}

  void Add(std::string_view key, const Node& value) {
    assert(size_ < most_);
    Entry* entry = new (&entries_[size_++]) Entry();
    entry->set_key(key);
    entry->value = value;
  }
  void Add(std::string_view key, std::string_view text) { Add(key, StringNode(text)); }
  void AddUnlessEmpty(std::string_view key, std::string_view text) {
    if (!text.empty()) Add(key, text);
  }

  Node Finish() const {
    Node node;
    node.kind = NodeKind::kMap;
    node.style = NodeStyle::kSynthetic;
    node.size = size_;
    node.entries = entries_;
    return node;
  }

 private:
  Entry* entries_;
  uint32_t most_, size_ = 0;
};

Node NameNode(const ApiName& name, std::string_view what, Arena& arena) {
  MapMaker map(arena, 3);
  map.Add("group", name.group);
  map.Add("version", name.version);
  map.Add(what, name.name);
  return map.Finish();
}

Node UserNode(const AdmissionUser& user, Arena& arena) {
  MapMaker map(arena, 4);
  map.AddUnlessEmpty("username", user.name);
  map.AddUnlessEmpty("uid", user.uid);
  if (user.groups && !user.groups->list().empty()) map.Add("groups", *user.groups);
  if (user.extra && !user.extra->map().empty()) map.Add("extra", *user.extra);
  return map.Finish();
}

}  // namespace

std::string_view ToString(AdmissionOperation operation) {
  return kOperations[static_cast<size_t>(operation)];
}

std::optional<AdmissionOperation> ParseAdmissionOperation(std::string_view name) {
  for (size_t i = 0; i < std::size(kOperations); ++i)
    if (kOperations[i] == name) return static_cast<AdmissionOperation>(i);
  return std::nullopt;
}

Node MakeRequestNode(const AdmissionAttributes& attributes, const ApiName& kind, const ApiName& resource,
                     Arena& arena) {
  const AdmissionAttributes& a = attributes;
  const ApiName& sent_kind = a.request_kind.name.empty() ? a.kind : a.request_kind;
  const ApiName& sent_resource = a.request_resource.name.empty() ? a.resource : a.request_resource;
  std::string_view sent_subresource = a.request_resource.name.empty() ? a.subresource : a.request_subresource;
  MapMaker map(arena, 12);
  map.Add("kind", NameNode(kind, "kind", arena));
  map.Add("resource", NameNode(resource, "resource", arena));
  map.AddUnlessEmpty("subResource", a.subresource);
  map.Add("requestKind", NameNode(sent_kind, "kind", arena));
  map.Add("requestResource", NameNode(sent_resource, "resource", arena));
  map.AddUnlessEmpty("requestSubResource", sent_subresource);
  map.AddUnlessEmpty("name", a.name);
  map.AddUnlessEmpty("namespace", a.namespace_name);
  map.Add("operation", ToString(a.operation));
  map.Add("userInfo", UserNode(a.user, arena));
  Node dry_run;
  dry_run.kind = NodeKind::kBool;
  dry_run.style = NodeStyle::kSynthetic;
  dry_run.boolean = a.dry_run;
  map.Add("dryRun", dry_run);
  map.Add("options", a.options ? *a.options : Node());
  return map.Finish();
}

std::string ResourceOfKind(std::string_view kind) {
  std::string name;
  for (char c : kind) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.empty() || name == "endpoints") return name;
  if (name.back() == 's') return name + "es";
  if (name.back() == 'y') return name.substr(0, name.size() - 1) + "ies";
  return name + "s";
}

bool IsClusterScoped(std::string_view group, std::string_view kind) {
  return std::ranges::any_of(kClusterKinds,
                             [&](const ClusterKind& row) { return row.kind == kind && row.group == group; });
}

AdmissionAttributes AttributesToCreate(const Subject& resource, Arena& arena) {
  AdmissionAttributes attributes;
  std::string_view version = resource.api_version, group;
  if (size_t slash = version.find('/'); slash != version.npos)
    group = version.substr(0, slash), version.remove_prefix(slash + 1);
  attributes.kind = {group, version, resource.object_kind};
  attributes.resource = {group, version, arena.Copy(ResourceOfKind(resource.object_kind))};
  const Node* metadata = resource.object.Find("metadata");
  if (metadata) attributes.name = metadata->FindString("name");
  if (IsClusterScoped(group, resource.object_kind)) {
    if (group.empty() && resource.object_kind == "Namespace") attributes.namespace_name = attributes.name;
  } else {
    attributes.namespace_name = resource.namespace_name.empty() ? "default" : resource.namespace_name;
  }
  attributes.object = &resource.object;

  // What kubectl create sends, by somebody of whom nothing is known.
  attributes.user.name = "guardctl";
  Node* group_node = arena.New<Node>(StringNode("system:authenticated"));
  Node* groups = arena.New<Node>();
  groups->kind = NodeKind::kList;
  groups->style = NodeStyle::kSynthetic;
  groups->size = 1;
  groups->items = group_node;
  attributes.user.groups = groups;
  MapMaker options(arena, 2);
  options.Add("kind", "CreateOptions");
  options.Add("apiVersion", "meta.k8s.io/v1");
  attributes.options = arena.New<Node>(options.Finish());
  return attributes;
}

}  // namespace guard

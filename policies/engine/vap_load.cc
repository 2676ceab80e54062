// Files become a set of Kubernetes' policies: what each document is, which binding belongs to which policy,
// and which params they take. Nothing is left out silently: what has no use in a set is an error.
//
// Tested by tests/unit/engine/vap_load_test.cc, the cases below tests/golden/engine/vap and
// tests/fuzz/vap_fuzz.cc.
#include <algorithm>
#include <set>
#include <tuple>

#include "policies/base/sha256.h"
#include "policies/engine/vap_policy.h"

namespace guard {

namespace {

constexpr std::string_view kGroup = "admissionregistration.k8s.io";
constexpr std::string_view kPolicyKind = "ValidatingAdmissionPolicy";
constexpr std::string_view kBindingKind = "ValidatingAdmissionPolicyBinding";
constexpr std::string_view kPack = "kubernetes-policies";

Severity SeverityOf(const ValidationActions& actions) {
  return actions.deny ? Severity::kHigh : actions.warn ? Severity::kMedium : Severity::kInfo;
}

// A custom resource as its definition describes it.
struct CustomKind {
  std::string_view group, kind;
  bool namespaced = true;
};

class SetLoader {
 public:
  SetLoader(std::span<const PolicyFile> files, AdmissionPolicySet::Impl* set) : files_(files), set_(*set) {}

  Errors Load() {
    for (const PolicyFile& file : files_) Read(file);
    for (const AdmissionObject& object : objects_) Sort(object);
    for (const AdmissionObject& object : policies_) ReadPolicy(object);
    for (const AdmissionObject& object : bindings_) ReadBinding(object);
    for (Loading& loading : loading_) TakeParams(loading);
    CheckRest();
    for (Loading& loading : loading_) Finish(loading);
    SortErrors(&errors_);
    return std::move(errors_);
  }

 private:
  // A policy with what is needed of its file until it is compiled.
  struct Loading {
    std::unique_ptr<AdmissionPolicy> policy;
    AdmissionExpressions expressions;
  };

  void Fail(const AdmissionObject& object, Span span, std::string message, std::string hint = {}) {
    errors_.push_back(object.source->ErrorAt(span, std::move(message), std::move(hint)));
  }
  static Span Head(const Node& node) { return {node.span.begin, node.span.begin + 1}; }
  static Span NameSpan(const AdmissionObject& object) {
    const Node* metadata = object.node->Find("metadata");
    const Node* name = metadata ? metadata->Find("name") : nullptr;
    return name ? name->span : Head(*object.node);
  }

  void Read(const PolicyFile& file) {
    LoadedFile loaded;
    loaded.source = std::make_unique<Source>(file.shown.empty() ? file.path : file.shown, file.text);
    bool json =
        !file.text.empty() && file.text[file.text.find_first_not_of(" \t\r\n") % file.text.size()] == '{';
    loaded.documents = std::make_unique<Documents>(json ? ReadJson(*loaded.source)
                                                        : ReadYaml(*loaded.source, YamlSchema::kKubernetes));
    if (loaded.documents->error) errors_.push_back(*loaded.documents->error);
    for (const Document& document : loaded.documents->all) Take(*loaded.source, document.root);
    digests_ += Sha256Hex(file.text) + '\n';
    set_.files.push_back(std::move(loaded));
  }

  void Take(const Source& source, const Node& node) {
    AdmissionObject object{&source, &node, {}, node.FindString("apiVersion"), node.FindString("kind")};
    if (object.version.empty() || object.kind.empty())
      return Fail(object, Head(node), "this is no Kubernetes object: it has no apiVersion or no kind");
    if (const Node* items = node.Find("items"); items && items->is_list() && object.kind.ends_with("List")) {
      for (const Node& item : items->list()) Take(source, item);
      return;
    }
    if (size_t slash = object.version.find('/'); slash != object.version.npos)
      object.group = object.version.substr(0, slash), object.version.remove_prefix(slash + 1);
    objects_.push_back(object);
  }

  void Sort(const AdmissionObject& object) {
    const Node& node = *object.node;
    bool is_policy = object.kind == kPolicyKind, is_binding = object.kind == kBindingKind;
    if (object.group == kGroup && (is_policy || is_binding)) {
      if (object.version != "v1" && object.version != "v1beta1")
        return Fail(object, node.Find("apiVersion")->span,
                    "only v1 and v1beta1 of " + std::string(kGroup) + " are known");
      (is_policy ? policies_ : bindings_).push_back(object);
    } else if (object.group == "guardctl.dev") {
      Fail(object, node.Find("kind")->span, "a guardrail among Kubernetes' policies",
           "keep guardrails in a folder of their own");
    } else if (object.group == "apiextensions.k8s.io" && object.kind == "CustomResourceDefinition") {
      const Node* spec = node.Find("spec");
      const Node* names = spec ? spec->Find("names") : nullptr;
      if (names)
        custom_.push_back(
            {spec->FindString("group"), names->FindString("kind"), spec->FindString("scope") != "Cluster"});
    } else {
      if (object.group.empty() && object.kind == "Namespace") AddNamespace(object);
      rest_.push_back(object);
    }
  }

  void AddNamespace(const AdmissionObject& object) {
    const Node* metadata = object.node->Find("metadata");
    std::string name(metadata ? metadata->FindString("name") : std::string_view());
    if (name.empty())
      Fail(object, Head(*object.node), "a Namespace must have a name");
    else if (!set_.namespaces.emplace(name, object.node).second)
      Fail(object, NameSpan(object), "there is a Namespace '" + name + "' already");
  }

  void ReadPolicy(const AdmissionObject& object) {
    Loading loading;
    loading.policy = std::make_unique<AdmissionPolicy>();
    loading.expressions = ReadAdmissionPolicy(object, loading.policy.get(), &errors_);
    AdmissionPolicy& policy = *loading.policy;
    if (!policy.name.empty() && !by_name_.emplace(policy.name, &policy).second)
      Fail(object, policy.span, "there is a policy '" + policy.name + "' already");
    CheckSelector(*policy.source, policy.match.namespaces);
    loading_.push_back(std::move(loading));
  }

  // Labels of namespaces are known when namespaces are given; their names always.
  void CheckSelector(const Source& source, const LabelSelector& selector) {
    bool by_name = std::ranges::all_of(selector.requirements, [](const LabelRequirement& requirement) {
      return requirement.key == kNamespaceNameLabel;
    });
    if (by_name || !set_.namespaces.empty()) return;
    errors_.push_back(source.ErrorAt(
        selector.span, "labels of namespaces are not known here: no Namespace objects were given",
        "give the manifests of the namespaces beside the policy"));
  }

  void ReadBinding(const AdmissionObject& object) {
    AdmissionBinding binding;
    BindingTarget target = ReadAdmissionBinding(object, &binding, &errors_);
    if (!binding.name.empty() && !binding_names_.insert(binding.name).second)
      Fail(object, NameSpan(object), "there is a binding '" + binding.name + "' already");
    if (binding.match) CheckSelector(*object.source, binding.match->namespaces);
    auto policy = by_name_.find(target.policy);
    if (policy != by_name_.end()) {
      policy->second->bindings.push_back(std::move(binding));
    } else if (!target.policy.empty()) {
      std::vector<std::string_view> names;
      for (const auto& [name, unused] : by_name_) names.push_back(name);
      Fail(object, target.span, "there is no policy '" + std::string(target.policy) + "'",
           DidYouMean(target.policy, names));
    }
  }

  void TakeParams(Loading& loading) {
    AdmissionPolicy& policy = *loading.policy;
    if (!policy.param_kind) return;
    ParamKind& kind = *policy.param_kind;
    std::vector<const AdmissionObject*> objects;
    for (const AdmissionObject& object : rest_)
      if (object.group == kind.group && object.version == kind.version && object.kind == kind.kind)
        objects.push_back(&object), used_.insert(&object);
    kind.namespaced = IsNamespaced(policy, objects);
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const AdmissionObject* object : objects) {
      const Node* metadata = object->node->Find("metadata");
      ParamObject param{object->node, metadata ? metadata->FindString("name") : std::string_view(), {}};
      if (kind.namespaced) {
        param.namespace_name = metadata ? metadata->FindString("namespace") : std::string_view();
        if (param.namespace_name.empty()) param.namespace_name = "default";
      }
      if (param.name.empty())
        Fail(*object, Head(*object->node), "a parameter must have a name");
      else if (!seen.emplace(param.namespace_name, param.name).second)
        Fail(*object, NameSpan(*object), "there is a " + kind.kind + " of this name already");
      policy.params.push_back(param);
    }
    std::ranges::sort(policy.params, {},
                      [](const ParamObject& param) { return std::tie(param.namespace_name, param.name); });
  }

  // As the kind's definition says; else Kubernetes' own kinds are known, and others are told by their
  // objects.
  bool IsNamespaced(const AdmissionPolicy& policy, const std::vector<const AdmissionObject*>& objects) const {
    const ParamKind& kind = *policy.param_kind;
    for (const CustomKind& custom : custom_)
      if (custom.group == kind.group && custom.kind == kind.kind) return custom.namespaced;
    if (kind.group.find('.') == kind.group.npos || kind.group.ends_with(".k8s.io"))
      if (kind.group.empty() || IsClusterScoped(kind.group, kind.kind))
        return !IsClusterScoped(kind.group, kind.kind);
    if (objects.empty()) return true;
    bool told = std::ranges::any_of(objects, [](const AdmissionObject* object) {
      const Node* metadata = object->node->Find("metadata");
      return metadata && !metadata->FindString("namespace").empty();
    });
    return told || std::ranges::any_of(policy.bindings, [](const AdmissionBinding& binding) {
             return !binding.param_namespace.empty();
           });
  }

  void CheckRest() {
    for (const AdmissionObject& object : rest_) {
      if (used_.contains(&object) || (object.group.empty() && object.kind == "Namespace")) continue;
      std::string kind(object.kind);
      std::string hint;
      for (const Loading& loading : loading_)
        if (const auto& wanted = loading.policy->param_kind; wanted && wanted->kind == object.kind)
          hint = "the paramKind of '" + loading.policy->name + "' is " + wanted->group +
                 (wanted->group.empty() ? "" : "/") + wanted->version;
      Fail(object, object.node->Find("kind")->span, "no policy here takes a " + kind + " as its parameter",
           hint);
    }
  }

  void Finish(Loading& loading) {
    AdmissionPolicy& policy = *loading.policy;
    CompileAdmissionPolicy(loading.expressions, set_.environment, !set_.namespaces.empty(), &policy,
                           &errors_);
    if (policy.bindings.empty() && !policy.name.empty())
      errors_.push_back(policy.source->ErrorAt(
          policy.span, "the policy '" + policy.name + "' has no binding, so nothing would be judged by it",
          "add a ValidatingAdmissionPolicyBinding with policyName: " + policy.name));
    std::ranges::sort(policy.bindings, {}, &AdmissionBinding::name);
    MakeRules(policy);
    set_.policies.push_back(std::move(loading.policy));
  }

  void MakeRules(AdmissionPolicy& policy) {
    for (AdmissionBinding& binding : policy.bindings) {
      Severity severity = SeverityOf(binding.actions);
      binding.rule = RuleFor(policy, severity);
      if (policy.rule == nullptr || policy.rule->severity < severity) policy.rule = binding.rule;
    }
    // What cannot be known about a policy denies, whatever its bindings say.
    bool may_be_unknown = policy.param_kind || policy.uses_namespace || !policy.match.namespaces.empty() ||
                          !policy.audit_annotations.empty() ||
                          std::ranges::any_of(policy.bindings, [](const AdmissionBinding& binding) {
                            return binding.match && !binding.match->namespaces.empty();
                          });
    if (policy.fail && may_be_unknown) policy.rule = RuleFor(policy, Severity::kHigh);
  }

  const Guardrail* RuleFor(const AdmissionPolicy& policy, Severity severity) {
    for (const Guardrail& rule : set_.rules)
      if (rule.name == policy.name && rule.severity == severity) return &rule;
    Guardrail& rule = set_.rules.emplace_back();
    rule.name = policy.name;
    rule.pack = kPack;
    rule.file = policy.file;
    rule.title = "ValidatingAdmissionPolicy " + policy.name;
    rule.description = policy.description;
    if (rule.description.empty())
      rule.description = "A policy of the cluster's owners, as Kubernetes itself would judge it.";
    rule.remediation = "Change the object as the message says, or ask the owners of the policy.";
    rule.severity = severity;
    rule.subject = SubjectKind::kResource;
    rule.source = policy.source;
    return &rule;
  }

 public:
  void Seal() {
    std::ranges::sort(set_.policies, {}, [](const auto& policy) { return std::string_view(policy->name); });
    set_.digest = Sha256Hex(digests_);
  }

 private:
  std::span<const PolicyFile> files_;
  AdmissionPolicySet::Impl& set_;
  Errors errors_;
  std::string digests_;
  std::vector<AdmissionObject> objects_, policies_, bindings_, rest_;
  std::vector<CustomKind> custom_;
  std::vector<Loading> loading_;
  std::map<std::string, AdmissionPolicy*, std::less<>> by_name_;
  std::set<std::string> binding_names_;
  std::set<const AdmissionObject*> used_;
};

}  // namespace

AdmissionPolicySet::AdmissionPolicySet() : impl_(std::make_unique<Impl>()) {}
AdmissionPolicySet::AdmissionPolicySet(AdmissionPolicySet&&) noexcept = default;
AdmissionPolicySet& AdmissionPolicySet::operator=(AdmissionPolicySet&&) noexcept = default;
AdmissionPolicySet::~AdmissionPolicySet() = default;

std::expected<AdmissionPolicySet, Errors> AdmissionPolicySet::Load(std::span<const PolicyFile> files) {
  AdmissionPolicySet set;
  SetLoader loader(files, set.impl_.get());
  if (Errors errors = loader.Load(); !errors.empty()) return std::unexpected(std::move(errors));
  loader.Seal();
  return set;
}

bool AdmissionPolicySet::empty() const { return impl_->policies.empty(); }

std::vector<std::string> AdmissionPolicySet::names() const {
  std::vector<std::string> names;
  for (const auto& policy : impl_->policies) names.push_back(policy->name);
  return names;
}

std::vector<const Guardrail*> AdmissionPolicySet::rules() const {
  std::vector<const Guardrail*> rules;
  for (const Guardrail& rule : impl_->rules) rules.push_back(&rule);
  std::ranges::sort(rules, [](const Guardrail* a, const Guardrail* b) {
    return std::tie(a->name, b->severity) < std::tie(b->name, a->severity);
  });
  return rules;
}

std::string_view AdmissionPolicySet::digest() const { return impl_->digest; }

}  // namespace guard

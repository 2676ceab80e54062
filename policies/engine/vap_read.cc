// The fields of ValidatingAdmissionPolicy and ValidatingAdmissionPolicyBinding, with the defaults and the
// validation of the API server: what it would refuse is refused here, with a place.
//
// Tested by tests/unit/engine/vap_load_test.cc and the cases below tests/golden/engine/vap.
#include <algorithm>
#include <set>

#include "policies/engine/vap_policy.h"
#include "policies/engine/vap_text.h"

namespace guard {

namespace {

constexpr size_t kMostMatchConditions = 64;
constexpr size_t kMostAuditAnnotations = 20;
constexpr size_t kLongestValueExpression = 5 * 1024;

struct Reason {
  std::string_view name;
  int code;
};
constexpr Reason kReasons[] = {
    {"Unauthorized", 401}, {"Forbidden", 403}, {"Invalid", 422}, {"RequestEntityTooLarge", 413}};

bool IsIdentifier(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// What every object has: apiVersion and kind are known already.
std::string ReadHead(Fields& top, const Source& source, Span* span, std::string* description,
                     Errors* errors) {
  top.Find("apiVersion"), top.Find("kind"), top.Find("status");
  const Node* metadata = top.Require("metadata");
  if (metadata == nullptr) return {};
  Fields fields(*metadata, source, "metadata", errors);
  if (!metadata->is_map()) return {};
  std::string name = fields.RequireText("name");
  if (const Node* node = metadata->Find("name")) *span = node->span;
  for (std::string_view key : {"generateName", "namespace", "labels", "uid", "resourceVersion", "generation",
                               "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
                               "finalizers", "managedFields", "ownerReferences", "selfLink"})
    fields.Find(key);
  if (const Node* annotations = fields.Find("annotations"); annotations && description)
    *description = annotations->FindString("kubernetes.io/description");
  fields.Finish();
  return name;
}

// A CEL expression in a string; nullptr when it is none, which is told.
const Node* Expression(Fields& fields, std::string_view key, bool required) {
  const Node* node = required ? fields.Require(key) : fields.Find(key);
  if (node == nullptr) return nullptr;
  if (!node->is_string()) {
    fields.Fail(node->span, "'" + std::string(key) + "' must be a CEL expression in a string",
                "put it in quotes");
    return nullptr;
  }
  if (!Trimmed(node->string()).empty()) return node;
  fields.Fail(node->span, "'" + std::string(key) + "' is empty");
  return nullptr;
}

class PolicyReader {
 public:
  PolicyReader(const Source& source, AdmissionPolicy* policy, Errors* errors)
      : source_(source), policy_(*policy), errors_(errors) {}

  AdmissionExpressions Read(const Node& node) {
    Fields top(node, source_, "the policy", errors_);
    policy_.name = ReadHead(top, source_, &policy_.span, &policy_.description, errors_);
    const Node* spec = top.Require("spec");
    top.Finish();
    if (spec) ReadSpec(*spec);
    return std::move(nodes_);
  }

 private:
  void ReadSpec(const Node& node) {
    Fields spec(node, source_, "the policy's spec", errors_);
    if (!node.is_map()) return;
    if (const Node* policy = spec.Find("failurePolicy")) {
      policy_.fail = policy->string() != "Ignore";
      if (policy_.fail && policy->string() != "Fail")
        spec.Fail(policy->span, "failurePolicy must be Fail or Ignore");
    }
    if (const Node* kind = spec.Find("paramKind")) ReadParamKind(*kind);
    if (const Node* constraints = spec.Require("matchConstraints")) {
      policy_.match = ReadMatchResources(*constraints, source_, "matchConstraints", errors_);
      if (constraints->is_map() && policy_.match.rules.empty())
        spec.Fail({constraints->span.begin, constraints->span.begin + 1},
                  "matchConstraints must have resourceRules");
    }
    ReadNamed(spec, "matchConditions", &policy_.match_conditions, &nodes_.match_conditions);
    ReadVariables(spec);
    const Node* validations = spec.Find("validations");
    for (const Node& validation : spec.List("validations")) ReadValidation(validation);
    ReadAnnotations(spec);
    if (policy_.validations.empty() && policy_.audit_annotations.empty())
      spec.Fail(validations ? validations->span : spec.begin(),
                "a policy must have validations or auditAnnotations");
    spec.Finish();
  }

  void ReadParamKind(const Node& node) {
    Fields fields(node, source_, "paramKind", errors_);
    if (!node.is_map()) return;
    ParamKind kind;
    std::string version = fields.RequireText("apiVersion");
    size_t slash = version.find('/');
    if (slash != version.npos) kind.group = version.substr(0, slash), version = version.substr(slash + 1);
    kind.version = version;
    kind.kind = fields.RequireText("kind");
    fields.Finish();
    policy_.param_kind = std::move(kind);
  }

  void ReadNamed(Fields& spec, std::string_view key, std::vector<NamedProgram>* programs,
                 std::vector<AdmissionExpressions::Named>* nodes) {
    std::set<std::string> names;
    std::span<const Node> items = spec.List(key);
    for (const Node& item : items) {
      Fields fields(item, source_, "a match condition", errors_);
      if (!item.is_map()) continue;
      const Node* name = fields.Find("name");
      std::string text = fields.RequireText("name");
      if (!text.empty() && !names.insert(text).second)
        fields.Fail(name->span, "there is a condition '" + text + "' already");
      nodes->push_back({name, Expression(fields, "expression", true)});
      programs->push_back({std::move(text), {}});
      fields.Finish();
    }
    if (items.size() > kMostMatchConditions)
      spec.Fail(items[kMostMatchConditions].span,
                "there may be " + std::to_string(kMostMatchConditions) + " match conditions at most");
  }

  void ReadVariables(Fields& spec) {
    for (const Node& item : spec.List("variables")) {
      Fields fields(item, source_, "a variable", errors_);
      if (!item.is_map()) continue;
      const Node* name = fields.Require("name");
      const Node* expression = Expression(fields, "expression", true);
      fields.Finish();
      if (name && !IsIdentifier(name->string()))
        fields.Fail(name->span, "a variable's name must be an identifier of CEL");
      else if (name)
        nodes_.variables.push_back({name, expression});
    }
  }

  void ReadValidation(const Node& node) {
    Fields fields(node, source_, "a validation", errors_);
    if (!node.is_map()) return;
    AdmissionValidation validation;
    const Node* expression = Expression(fields, "expression", true);
    if (expression) validation.text = Trimmed(expression->string());
    const Node* message_expression = Expression(fields, "messageExpression", false);
    const Node* message = fields.Find("message");
    validation.message = Trimmed(fields.Text("message"));
    if (validation.message.find_first_of("\r\n") != std::string::npos)
      fields.Fail(message->span, "a message must be one line");
    if (const Node* reason = fields.Find("reason")) {
      auto found = std::ranges::find(kReasons, reason->string(), &Reason::name);
      if (found == std::end(kReasons))
        fields.Fail(reason->span,
                    "the reason must be Unauthorized, Forbidden, Invalid or RequestEntityTooLarge");
      else
        validation.reason = found->name, validation.code = found->code;
    }
    fields.Finish();
    nodes_.validations.push_back({expression, message_expression});
    policy_.validations.push_back(std::move(validation));
  }

  void ReadAnnotations(Fields& spec) {
    std::set<std::string> keys;
    std::span<const Node> items = spec.List("auditAnnotations");
    for (const Node& item : items) {
      Fields fields(item, source_, "an audit annotation", errors_);
      if (!item.is_map()) continue;
      const Node* key = fields.Find("key");
      std::string text = fields.RequireText("key");
      if (!text.empty() && !keys.insert(text).second)
        fields.Fail(key->span, "there is an annotation '" + text + "' already");
      if (text.find('/') != text.npos) fields.Fail(key->span, "the key of an audit annotation has no '/'");
      const Node* value = Expression(fields, "valueExpression", true);
      if (value && value->size > kLongestValueExpression)
        fields.Fail(value->span, "a valueExpression may be 5 KiB long at most");
      fields.Finish();
      nodes_.audit_annotations.push_back({key, value});
      policy_.audit_annotations.push_back({std::move(text), {}});
    }
    if (items.size() > kMostAuditAnnotations)
      spec.Fail(items[kMostAuditAnnotations].span,
                "there may be " + std::to_string(kMostAuditAnnotations) + " audit annotations at most");
  }

  const Source& source_;
  AdmissionPolicy& policy_;
  Errors* errors_;
  AdmissionExpressions nodes_;
};

void ReadActions(Fields& spec, ValidationActions* actions) {
  const Node* list = spec.Require("validationActions");
  if (list == nullptr) return;
  if (!list->is_list() || list->size == 0)
    return spec.Fail(list->span, "'validationActions' must be a list of Deny, Warn and Audit");
  for (const Node& item : list->list()) {
    bool* action = item.string() == "Deny"    ? &actions->deny
                   : item.string() == "Warn"  ? &actions->warn
                   : item.string() == "Audit" ? &actions->audit
                                              : nullptr;
    if (action == nullptr)
      spec.Fail(item.span, "a validation action must be Deny, Warn or Audit");
    else if (std::exchange(*action, true))
      spec.Fail(item.span, "this action is there already");
  }
  if (actions->deny && actions->warn)
    spec.Fail(list->span, "Deny and Warn say the same twice: use one of them");
}

void ReadParamRef(const Node& node, const Source& source, AdmissionBinding* binding, Errors* errors) {
  Fields fields(node, source, "paramRef", errors);
  if (!node.is_map()) return;
  binding->has_param_ref = true;
  binding->param_name = fields.Text("name");
  binding->param_namespace = fields.Text("namespace");
  const Node* selector = fields.Find("selector");
  if (selector) binding->param_selector = ReadLabelSelector(*selector, source, "the selector", errors);
  if ((selector != nullptr) == !binding->param_name.empty())
    fields.Fail(fields.begin(), "paramRef wants either a name or a selector");
  if (const Node* action = fields.Find("parameterNotFoundAction")) {
    binding->deny_without_params = action->string() == "Deny";
    if (!binding->deny_without_params && action->string() != "Allow")
      fields.Fail(action->span, "parameterNotFoundAction must be Allow or Deny");
  }
  fields.Finish();
}

}  // namespace

AdmissionExpressions ReadAdmissionPolicy(const AdmissionObject& object, AdmissionPolicy* policy,
                                         Errors* errors) {
  policy->source = object.source;
  policy->file = object.source->name();
  policy->span = {object.node->span.begin, object.node->span.begin + 1};
  return PolicyReader(*object.source, policy, errors).Read(*object.node);
}

BindingTarget ReadAdmissionBinding(const AdmissionObject& object, AdmissionBinding* binding, Errors* errors) {
  const Source& source = *object.source;
  BindingTarget target;
  Fields top(*object.node, source, "the binding", errors);
  Span unused;
  binding->name = ReadHead(top, source, &unused, nullptr, errors);
  const Node* node = top.Require("spec");
  top.Finish();
  if (node == nullptr) return target;
  Fields spec(*node, source, "the binding's spec", errors);
  if (!node->is_map()) return target;
  if (const Node* policy = spec.Require("policyName"); policy && policy->is_string())
    target = {policy->string(), policy->span};
  else if (policy)
    spec.Fail(policy->span, "'policyName' must be a string");
  ReadActions(spec, &binding->actions);
  if (const Node* ref = spec.Find("paramRef")) ReadParamRef(*ref, source, binding, errors);
  if (const Node* match = spec.Find("matchResources"))
    binding->match = ReadMatchResources(*match, source, "matchResources", errors);
  spec.Finish();
  return target;
}

}  // namespace guard

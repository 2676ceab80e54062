// One request against a set of Kubernetes' policies, in the order and with the budgets of the API server
// (k8s.io/apiserver pkg/admission/plugin/policy/validating).
//
// Tested by tests/unit/engine/vap_judge_test.cc.
#include <algorithm>

#include "policies/engine/printable.h"
#include "policies/engine/vap_policy.h"
#include "policies/engine/vap_text.h"

namespace guard {

namespace {

using cel::Tag;

constexpr uint64_t kMatchConditionsCost = 2'500'000;
constexpr size_t kLongestMessage = 5 * 1024;
constexpr size_t kLongestAnnotation = 10 * 1024;
constexpr std::string_view kOutOfBudget =
    "validation failed due to running out of cost budget, no further validation rules will be run";

// What is wrong, before it is known which bindings say so.
struct Decision {
  std::string message;
  std::string_view reason = "Invalid";
  int code = 422;
  bool failed = false;
  int validation = -1;
};

struct Annotation {
  std::string_view key;
  std::string value;
  bool failed = false;  // `value` is why
};

// What a policy says with one parameter.
struct Outcome {
  std::vector<Decision> decisions;  // failed validations only
  std::vector<Annotation> annotations;

  void Clear() { decisions.clear(), annotations.clear(); }
};

std::string CutAt(std::string_view text, size_t longest) {
  if (text.size() <= longest) return std::string(text);
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xC0) == 0x80) --longest;
  return std::string(text.substr(0, longest));
}

}  // namespace

struct AdmissionPolicyJudge::Impl {
  const AdmissionPolicySet::Impl& set;
  cel::Evaluation ev;

  // Of the request that is being judged.
  const AdmissionAttributes* request = nullptr;
  AdmissionPolicyAnswer* answer = nullptr;
  bool started = false;  // the evaluation has been told of the request
  Span span;
  ApiName request_kind, request_resource;  // that `request_node` was made for
  const Node* request_node = nullptr;

  // Of the policy and parameter, kept between requests for their memory.
  Outcome outcome;
  std::vector<const Node*> params;
  std::vector<cel::MapEntry> variables;

  explicit Impl(const AdmissionPolicySet& policies) : set(*policies.impl_) {}

  void Judge(const AdmissionPolicy& policy);
  void JudgeBinding(const AdmissionPolicy& policy, const AdmissionBinding& binding, const Matched& matched,
                    const Node** judged_with, bool* judged);
  void Start();
  void BindRequest(const AdmissionPolicy& policy, const Matched& matched);
  Result<const Node*> NamespaceOf(const AdmissionPolicy& policy) const;

  void Decide(const AdmissionPolicy& policy, const Node* param, const Node* space);
  bool ConditionsHold(const AdmissionPolicy& policy);
  void BindVariables(const AdmissionPolicy& policy);
  void Validate(const AdmissionPolicy& policy);
  void Annotate(const AdmissionPolicy& policy);
  std::string MessageOf(const AdmissionValidation& validation);

  // Runs a program. False when the budget is spent.
  bool Run(const cel::Program& program, uint64_t budget, cel::Value* value) {
    *value = ev.Run(program);
    return ev.cost() <= budget;
  }
  // Something could not be evaluated: failurePolicy says what that means.
  void Fail(const AdmissionPolicy& policy, std::string message, int validation = -1) {
    if (policy.fail) outcome.decisions.push_back({std::move(message), "Invalid", 422, true, validation});
  }
  std::string ErrorOf(const cel::Program& program, const cel::Value& value) const {
    return "expression '" + std::string(Trimmed(program.text())) + "' resulted in error: " +
           (value.is_error() ? std::string(value.error->message) : "it gives " + ToString(value));
  }

  // Nothing could be known about a whole policy or binding; that is a denial whatever the binding's actions.
  void AddConfigurationError(const AdmissionPolicy& policy, const AdmissionBinding* binding,
                             std::string_view why);
  void Add(const AdmissionPolicy& policy, const AdmissionBinding& binding, const Decision& decision,
           ValidationActions actions);
  void Publish(const AdmissionPolicy& policy, const Annotation& annotation);
};

void AdmissionPolicyJudge::Impl::Start() {
  if (std::exchange(started, true)) return;
  ev.Reset();
  auto bind = [&](uint32_t slot, const Node* node) {
    ev.Bind(slot, node ? cel::Value::Of(*node) : cel::Value::Null());
  };
  bind(set.environment.object, request->object);
  bind(set.environment.old_object, request->old_object);
  const Node* shown = request->object ? request->object : request->old_object;
  const Node* metadata = shown ? shown->Find("metadata") : nullptr;
  const Node* name = metadata ? metadata->Find("name") : nullptr;
  if (metadata && name == nullptr) name = metadata->Find("generateName");
  if (shown) span = name ? name->span : shown->span;
}

void AdmissionPolicyJudge::Impl::BindRequest(const AdmissionPolicy& policy, const Matched& matched) {
  if (!policy.uses_request) return;
  bool same = request_node && request_kind == matched.kind && request_resource == matched.resource;
  if (!same) {
    request_kind = matched.kind, request_resource = matched.resource;
    request_node =
        ev.arena().New<Node>(MakeRequestNode(*request, matched.kind, matched.resource, ev.arena()));
  }
  ev.Bind(set.environment.request, cel::Value::Of(*request_node));
}

// nullptr for what stands in no namespace, or when nobody asks.
Result<const Node*> AdmissionPolicyJudge::Impl::NamespaceOf(const AdmissionPolicy& policy) const {
  bool is_namespace = request->kind.group.empty() && request->kind.name == "Namespace";
  if (!policy.uses_namespace || request->namespace_name.empty() || is_namespace) return nullptr;
  const Node* space = request->namespace_object;
  if (space == nullptr) space = set.FindNamespace(request->namespace_name);
  if (space == nullptr)
    return guard::Fail("the namespace '" + std::string(request->namespace_name) +
                       "' is not among those that were given");
  return space;
}

void AdmissionPolicyJudge::Impl::Judge(const AdmissionPolicy& policy) {
  Matched matched = Match(policy.match, *request, set);
  if (!matched.matches) return;
  if (!matched.error.empty()) return AddConfigurationError(policy, nullptr, matched.error);
  const Node* judged_with = nullptr;
  bool judged = false;
  for (const AdmissionBinding& binding : policy.bindings)
    JudgeBinding(policy, binding, matched, &judged_with, &judged);
}

void AdmissionPolicyJudge::Impl::JudgeBinding(const AdmissionPolicy& policy, const AdmissionBinding& binding,
                                              const Matched& matched, const Node** judged_with,
                                              bool* judged) {
  if (binding.match) {
    Matched bound = Match(*binding.match, *request, set);
    if (!bound.matches) return;
    if (!bound.error.empty()) return AddConfigurationError(policy, &binding, bound.error);
  }
  if (auto collected = CollectParams(policy, binding, request->namespace_name, &params); !collected)
    return AddConfigurationError(policy, &binding, collected.error().message);
  if (params.empty()) return;
  if (matched.needs_conversion)
    return AddConfigurationError(policy, &binding,
                                 "failed to convert object version: only the API server can do it");
  auto space = NamespaceOf(policy);
  if (!space) return AddConfigurationError(policy, &binding, space.error().message);
  Start();
  BindRequest(policy, matched);
  for (const Node* param : params) {
    // Bindings without a parameter of their own all see the same.
    if (!*judged || *judged_with != param) {
      Decide(policy, param, *space);
      *judged = true, *judged_with = param;
    }
    for (const Decision& decision : outcome.decisions) Add(policy, binding, decision, binding.actions);
    for (const Annotation& annotation : outcome.annotations) {
      if (annotation.failed)
        Add(policy, binding, {annotation.value, "Invalid", 422, true, -1}, {.deny = true});
      else
        Publish(policy, annotation);
    }
  }
}

void AdmissionPolicyJudge::Impl::Decide(const AdmissionPolicy& policy, const Node* param, const Node* space) {
  outcome.Clear();
  if (policy.param_kind) ev.Bind(policy.params_slot, param ? cel::Value::Of(*param) : cel::Value::Null());
  ev.Bind(set.environment.namespace_object, cel::Value::Null());
  if (!policy.match_conditions.empty() && !ConditionsHold(policy)) return;
  if (space) ev.Bind(set.environment.namespace_object, cel::Value::Of(*space));
  ev.ResetCost();
  BindVariables(policy);
  Validate(policy);
  if (!policy.audit_annotations.empty()) Annotate(policy);
}

// One that is false settles it, whatever the others say.
bool AdmissionPolicyJudge::Impl::ConditionsHold(const AdmissionPolicy& policy) {
  ev.ResetCost(kMatchConditionsCost);
  std::string errors;
  for (const NamedProgram& condition : policy.match_conditions) {
    cel::Value value;
    if (!Run(condition.program, kMatchConditionsCost, &value)) {
      Fail(policy, std::string(kOutOfBudget));
      return false;
    }
    if (value.is_true()) continue;
    if (value.is(Tag::kBool)) return false;
    if (!errors.empty()) errors += ", ";
    errors += ErrorOf(condition.program, value);
  }
  if (errors.empty()) return true;
  Fail(policy, std::move(errors));
  return false;
}

void AdmissionPolicyJudge::Impl::BindVariables(const AdmissionPolicy& policy) {
  for (const AdmissionVariable& variable : policy.variables) ev.BindLazy(variable.slot, &variable.program);
  if (policy.variables_use == VariablesUse::kByName) return;
  variables.clear();
  auto bind = [&] { ev.Bind(policy.variables_slot, ev.MakeMap(variables)); };
  bind();
  for (const AdmissionVariable& variable : policy.variables) {
    cel::Value value = cel::Value::Bool(true);
    if (policy.variables_use == VariablesUse::kWhole) {
      value = ev.Run(variable.program);
      ev.Bind(variable.slot, value);
    }
    variables.push_back({cel::Value::String(variable.name), value});
    if (policy.variables_use == VariablesUse::kWhole) bind();
  }
  bind();
}

void AdmissionPolicyJudge::Impl::Validate(const AdmissionPolicy& policy) {
  for (size_t i = 0; i < policy.validations.size(); ++i) {
    const AdmissionValidation& validation = policy.validations[i];
    cel::Value value;
    if (!Run(validation.expression, cel::kCostPerPolicy, &value)) {
      outcome.decisions.clear();
      return Fail(policy, std::string(kOutOfBudget));
    }
    if (value.is_true()) continue;
    if (!value.is(Tag::kBool)) {
      Fail(policy, ErrorOf(validation.expression, value), static_cast<int>(i));
      continue;
    }
    outcome.decisions.push_back({{}, validation.reason, validation.code, false, static_cast<int>(i)});
  }
  // Messages share what the validations left.
  for (Decision& decision : outcome.decisions)
    if (!decision.failed)
      decision.message = MessageOf(policy.validations[static_cast<size_t>(decision.validation)]);
}

std::string AdmissionPolicyJudge::Impl::MessageOf(const AdmissionValidation& validation) {
  if (validation.message_expression) {
    cel::Value value = ev.Run(validation.message_expression);
    std::string_view text = value.is(Tag::kString) ? Trimmed(value.string()) : std::string_view();
    if (!text.empty() && text.size() <= kLongestMessage && text.find('\n') == text.npos)
      return std::string(text);
  }
  return validation.message.empty() ? "failed expression: " + validation.text : validation.message;
}

void AdmissionPolicyJudge::Impl::Annotate(const AdmissionPolicy& policy) {
  ev.ResetCost();
  for (const NamedProgram& row : policy.audit_annotations) {
    cel::Value value;
    if (!Run(row.program, cel::kCostPerPolicy, &value)) {
      outcome.annotations.clear();
      return Fail(policy, std::string(kOutOfBudget));
    }
    if (value.is(Tag::kString)) {
      std::string_view text = Trimmed(value.string());
      if (!text.empty()) outcome.annotations.push_back({row.name, CutAt(text, kLongestAnnotation)});
    } else if (!value.is(Tag::kNull) && policy.fail) {
      outcome.annotations.push_back({row.name, ErrorOf(row.program, value), true});
    }
  }
}

void AdmissionPolicyJudge::Impl::AddConfigurationError(const AdmissionPolicy& policy,
                                                       const AdmissionBinding* binding,
                                                       std::string_view why) {
  if (!policy.fail) return;
  Start();
  AdmissionPolicyResult& result = answer->results.emplace_back();
  result.policy = policy.name;
  if (binding) result.binding = binding->name;
  result.actions.deny = true;
  result.message =
      (binding ? "failed to configure binding: " : "failed to configure policy: ") + std::string(why);
  result.reason = "Invalid";
  result.failed = true;
  result.span = span;
  result.rule = policy.rule;
}

void AdmissionPolicyJudge::Impl::Add(const AdmissionPolicy& policy, const AdmissionBinding& binding,
                                     const Decision& decision, ValidationActions actions) {
  AdmissionPolicyResult& result = answer->results.emplace_back();
  result.policy = policy.name;
  result.binding = binding.name;
  result.actions = actions;
  result.message = Printable(decision.message, kLongestMessage);
  result.reason = decision.reason;
  result.code = decision.code;
  result.failed = decision.failed;
  result.validation = decision.validation;
  result.span = span;
  result.rule = actions == binding.actions ? binding.rule : policy.rule;
}

// Bindings that say different things under one key are joined.
void AdmissionPolicyJudge::Impl::Publish(const AdmissionPolicy& policy, const Annotation& annotation) {
  std::string key = policy.name + "/" + std::string(annotation.key);
  auto& all = answer->audit_annotations;
  auto known = std::ranges::find(all, key, &std::pair<std::string, std::string>::first);
  if (known == all.end()) {
    all.emplace_back(std::move(key), annotation.value);
    return;
  }
  std::string_view rest = known->second;
  for (size_t at = 0; at != rest.npos; at = rest.find(", ", at)) {
    if (at != 0) at += 2;
    std::string_view from_here = rest.substr(at);
    if (from_here == annotation.value || from_here.starts_with(annotation.value + ", ")) return;
  }
  known->second += ", " + annotation.value;
}

AdmissionPolicyJudge::AdmissionPolicyJudge(const AdmissionPolicySet& set)
    : impl_(std::make_unique<Impl>(set)) {}
AdmissionPolicyJudge::AdmissionPolicyJudge(AdmissionPolicyJudge&&) noexcept = default;
AdmissionPolicyJudge::~AdmissionPolicyJudge() = default;

void AdmissionPolicyJudge::Judge(const AdmissionAttributes& request, AdmissionPolicyAnswer* answer) {
  Impl& impl = *impl_;
  if (impl.set.policies.empty() || IsExemptFromPolicies(request.kind.group, request.kind.name)) return;
  impl.request = &request;
  impl.answer = answer;
  impl.started = false;
  impl.span = {};
  impl.request_node = nullptr;
  for (const auto& policy : impl.set.policies) impl.Judge(*policy);
  if (!answer->audit_annotations.empty()) std::ranges::sort(answer->audit_annotations);
}

}  // namespace guard

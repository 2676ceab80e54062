// The expressions of a Kubernetes policy, compiled as the API server compiles them, with every mistake at its
// place in the file.
//
// Tested by tests/unit/engine/vap_load_test.cc and the cases below tests/golden/engine/vap.
#include <algorithm>
#include <set>

#include "policies/engine/vap_policy.h"

namespace guard {

namespace {

using cel::Expr;
using cel::ExprKind;

class PolicyCompilation {
 public:
  PolicyCompilation(const AdmissionExpressions& nodes, const AdmissionEnvironment& shared,
                    bool knows_namespaces, AdmissionPolicy* policy, Errors* errors)
      : nodes_(nodes),

        knows_namespaces_(knows_namespaces),
        policy_(*policy),
        errors_(errors) {
    policy_.environment = std::make_unique<cel::Environment>(shared.environment, nullptr);
    env_ = policy_.environment.get();
  }

  void Run() {
    if (policy_.param_kind) policy_.params_slot = env_->Declare("params", &cel::kDynType);
    // Match conditions come before there are variables.
    for (size_t i = 0; i < nodes_.match_conditions.size(); ++i)
      policy_.match_conditions[i].program =
          Compile(nodes_.match_conditions[i].expression, &cel::kBoolType, nullptr);
    after_match_ = true;
    variables_ = env_->types().Object("kubernetes.variables");
    policy_.variables_slot = env_->Declare("variables", variables_);
    CompileVariables();
    for (size_t i = 0; i < nodes_.validations.size(); ++i) {
      AdmissionValidation& validation = policy_.validations[i];
      validation.expression = Compile(nodes_.validations[i].expression, &cel::kBoolType, nullptr);
      validation.message_expression =
          Compile(nodes_.validations[i].message_expression, &cel::kStringType, nullptr);
    }
    for (size_t i = 0; i < nodes_.audit_annotations.size(); ++i)
      policy_.audit_annotations[i].program =
          Compile(nodes_.audit_annotations[i].expression, &cel::kStringType, &cel::kNullType);
  }

 private:
  void Fail(Span span, std::string message, std::string hint = {}) {
    errors_->push_back(policy_.source->ErrorAt(span, std::move(message), std::move(hint)));
  }

  Span SpanIn(const Node& node, Span span) const {
    Span outer{SourceOffset(*policy_.source, node, span.begin),
               SourceOffset(*policy_.source, node, span.end)};
    outer.end = std::max(outer.end, std::min(outer.begin + 1, node.span.end));
    return outer;
  }

  void CompileVariables() {
    std::set<std::string_view> seen;
    for (const AdmissionExpressions::Named& named : nodes_.variables) {
      std::string_view name = named.name->string();
      if (!seen.insert(name).second) {
        Fail(named.name->span, "there is a variable '" + std::string(name) + "' already");
        continue;
      }
      AdmissionVariable variable;
      variable.name = name;
      variable.program = Compile(named.expression, nullptr, nullptr);
      const cel::Type* type = variable.program ? variable.program.result_type() : &cel::kErrorType;
      variable.slot = env_->Declare("variables." + variable.name, type);
      variables_->fields.emplace(variable.name, type);
      policy_.variables.push_back(std::move(variable));
    }
  }

  // What is wanted is the type of every value that the expression can have: dyn is not good enough.
  cel::Program Compile(const Node* node, const cel::Type* wanted, const cel::Type* or_wanted) {
    if (node == nullptr) return {};
    auto program = cel::Compile(node->string(), *env_);
    if (!program) {
      for (const cel::Issue& issue : program.error())
        Fail(SpanIn(*node, issue.span), issue.message, issue.hint);
      return {};
    }
    const cel::Type& type = *program->result_type();
    if (wanted && !Same(type, *wanted) && !(or_wanted && Same(type, *or_wanted))) {
      std::string types = wanted->name + (or_wanted ? " or " + std::string("null") : "");
      Fail(SpanIn(*node, {0, node->size}),
           "the expression must evaluate to " + types + ", and is of type " + ToString(type));
      return {};
    }
    LookAtNames(*node, *program);
    return std::move(*program);
  }

  // What the expression asks for that has to be made, or cannot be had.
  void LookAtNames(const Node& node, const cel::Program& program) {
    std::set<const Expr*> tested;  // `variables` in has(variables.x)
    for (const Expr& expr : program.ast().nodes)
      if (expr.kind == ExprKind::kSelect && expr.test_only) tested.insert(expr.target);
    for (const Expr& expr : program.ast().nodes) {
      if (!expr.is_variable) continue;
      const std::string& name = expr.resolved;
      if (name == "authorizer" || name == "authorizer.requestResource")
        Fail(SpanIn(node, expr.span),
             "the authorizer cannot be asked here: only a cluster knows who may do what",
             "leave this policy to the API server");
      else if (name == "request")
        policy_.uses_request = true;
      else if (name == "namespaceObject" && after_match_)
        UseNamespace(node, expr);
      else if (name == "variables")
        policy_.variables_use = std::max(
            policy_.variables_use, tested.contains(&expr) ? VariablesUse::kPresence : VariablesUse::kWhole);
    }
  }

  void UseNamespace(const Node& node, const Expr& expr) {
    policy_.uses_namespace = true;
    if (!knows_namespaces_)
      Fail(SpanIn(node, expr.span), "namespaceObject is not known here: no Namespace objects were given",
           "give the manifests of the namespaces beside the policy");
  }

  const AdmissionExpressions& nodes_;
  const bool knows_namespaces_;
  AdmissionPolicy& policy_;
  Errors* errors_;
  cel::Environment* env_ = nullptr;
  cel::Type* variables_ = nullptr;
  bool after_match_ = false;
};

}  // namespace

void CompileAdmissionPolicy(const AdmissionExpressions& nodes, const AdmissionEnvironment& shared,
                            bool knows_namespaces, AdmissionPolicy* policy, Errors* errors) {
  PolicyCompilation(nodes, shared, knows_namespaces, policy, errors).Run();
}

}  // namespace guard

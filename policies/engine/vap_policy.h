// What a set of Kubernetes' own policies holds, and the steps that make it out of files.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/cel/program.h"
#include "policies/engine/load.h"
#include "policies/engine/vap.h"
#include "policies/engine/vap_match.h"

namespace guard {

// The variables of policies, declared once for all of them. A policy's own environment adds `params` and
// `variables`.
struct AdmissionEnvironment {
  AdmissionEnvironment();
  cel::Environment environment;
  uint32_t object, old_object, request, namespace_object;
};

struct AdmissionVariable {
  std::string name;
  uint32_t slot = 0;
  cel::Program program;
};

struct AdmissionValidation {
  cel::Program expression, message_expression;
  std::string text;     // of the expression, trimmed
  std::string message;  // trimmed; empty: none
  std::string_view reason = "Invalid";
  int code = 422;
};

struct NamedProgram {
  std::string name;  // of a match condition; the key of an audit annotation
  cel::Program program;
};

// How expressions use the object that `variables` is.
enum class VariablesUse : uint8_t {
  kByName,    // variables.x: each is computed when it is asked for
  kPresence,  // has(variables.x) too
  kWhole,     // in another way: all are computed first
};

struct ParamKind {
  std::string group, version, kind;
  bool namespaced = true;
};

struct ParamObject {
  const Node* object = nullptr;
  std::string_view name, namespace_name;
};

struct AdmissionBinding {
  std::string name;
  ValidationActions actions;
  std::optional<MatchResources> match;
  // paramRef
  bool has_param_ref = false;
  std::string param_name, param_namespace;  // empty name: by selector
  LabelSelector param_selector;
  bool deny_without_params = true;
  const Guardrail* rule = nullptr;
};

struct AdmissionPolicy {
  std::string name, file, description;
  const Source* source = nullptr;
  Span span;  // of its name
  MatchResources match;
  bool fail = true;  // failurePolicy
  std::optional<ParamKind> param_kind;
  std::vector<ParamObject> params;  // of its kind, by namespace and name

  std::unique_ptr<cel::Environment> environment;  // before the programs, which refer to it
  std::vector<NamedProgram> match_conditions;
  std::vector<AdmissionVariable> variables;  // in the file's order: each sees those before it
  std::vector<AdmissionValidation> validations;
  std::vector<NamedProgram> audit_annotations;
  uint32_t params_slot = 0;  // with a param_kind
  uint32_t variables_slot = 0;
  bool uses_request = false;
  bool uses_namespace = false;  // outside of match conditions, which are not given it
  VariablesUse variables_use = VariablesUse::kByName;

  std::vector<AdmissionBinding> bindings;  // by name
  const Guardrail* rule = nullptr;         // of the strictest binding
};

// A document of a file, or an item of a list in one.
struct AdmissionObject {
  const Source* source = nullptr;
  const Node* node = nullptr;
  std::string_view group, version, kind;
};

// The policy's expressions as its file has them; nullptr where there is none.
struct AdmissionExpressions {
  struct Named {
    const Node* name;
    const Node* expression;
  };
  struct Validation {
    const Node* expression;
    const Node* message_expression;
  };
  std::vector<Named> match_conditions, variables, audit_annotations;
  std::vector<Validation> validations;
};

// vap_read.cc
AdmissionExpressions ReadAdmissionPolicy(const AdmissionObject& object, AdmissionPolicy* policy,
                                         Errors* errors);
// The name of the policy that the binding is for, with its place.
struct BindingTarget {
  std::string_view policy;
  Span span;
};
BindingTarget ReadAdmissionBinding(const AdmissionObject& object, AdmissionBinding* binding, Errors* errors);

// vap_compile.cc
void CompileAdmissionPolicy(const AdmissionExpressions& nodes, const AdmissionEnvironment& shared,
                            bool knows_namespaces, AdmissionPolicy* policy, Errors* errors);

// vap_params.cc: the params that a binding means for a request. An error is why there can be none.
Result<void> CollectParams(const AdmissionPolicy& policy, const AdmissionBinding& binding,
                           std::string_view request_namespace, std::vector<const Node*>* params);

struct AdmissionPolicySet::Impl final : NamespaceLookup {
  std::vector<LoadedFile> files;
  AdmissionEnvironment environment;
  std::vector<std::unique_ptr<AdmissionPolicy>> policies;  // by name
  std::map<std::string, const Node*, std::less<>> namespaces;
  std::deque<Guardrail> rules;
  std::string digest;

  const Node* FindNamespace(std::string_view name) const override {
    auto found = namespaces.find(name);
    return found == namespaces.end() ? nullptr : found->second;
  }
};

}  // namespace guard

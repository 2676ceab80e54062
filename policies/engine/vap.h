// Kubernetes' own policies: ValidatingAdmissionPolicy with bindings and params, judged as the API server
// does.
//
// A set is loaded from files, all or nothing, and then immutable and shared by threads; each thread judges
// with an AdmissionPolicyJudge of its own. What only a cluster could answer makes a policy fail to load.
// docs/policies.md says what loads.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/engine/guardrail.h"
#include "policies/engine/policy_set.h"
#include "policies/engine/vap_attributes.h"

namespace guard {

// What a binding asks for when a validation fails. A set of them.
struct ValidationActions {
  bool deny = false, warn = false, audit = false;
  bool any() const { return deny || warn || audit; }
  bool operator==(const ValidationActions&) const = default;
};

// One failed validation, for one binding (and one parameter).
struct AdmissionPolicyResult {
  std::string_view policy;
  std::string_view binding;  // empty when it could not be known whether the policy matches
  ValidationActions actions;
  std::string message;
  std::string_view reason;  // "Invalid", "Forbidden", "Unauthorized", "RequestEntityTooLarge"
  int code = 422;           // the HTTP status that belongs to the reason
  bool failed = false;      // it could not be evaluated; failurePolicy: Fail makes that a failed validation
  int validation = -1;      // place in the policy's validations; -1: none of them
  Span span;                // where to point in the object's source: its name
  // The policy as a rule in reports, with the severity of the strictest action: deny high, warn medium, audit
  // info.
  const Guardrail* rule = nullptr;
};

struct AdmissionPolicyAnswer {
  std::vector<AdmissionPolicyResult> results;  // by policy, then binding, as the set has them
  // "<policy>/<key>" and its value, sorted.
  std::vector<std::pair<std::string, std::string>> audit_annotations;

  void Clear() { results.clear(), audit_annotations.clear(); }
};

class AdmissionPolicySet {
 public:
  // Files with any number of documents: ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, their
  // params, Namespaces, and CustomResourceDefinitions of params. `path` is not looked at; `shown` is how
  // errors call the file (`path` when it is empty).
  static std::expected<AdmissionPolicySet, std::vector<Error>> Load(std::span<const PolicyFile> files);
  // The files at a path: one file, or all .yaml, .yml and .json files below a folder.
  static Result<std::vector<PolicyFile>> ReadPath(const std::string& path);
  // Whether a text holds a document of a kind that only such a set has.
  static bool Recognise(std::string_view text);
  // Whether a path is for such a set rather than a folder of guardrails: a file is, and a folder with a file
  // that Recognise knows. False where it cannot be read.
  static bool IsFor(const std::string& path);

  AdmissionPolicySet(AdmissionPolicySet&&) noexcept;
  AdmissionPolicySet& operator=(AdmissionPolicySet&&) noexcept;
  ~AdmissionPolicySet();

  bool empty() const;
  std::vector<std::string> names() const;  // of the policies, sorted
  // Every rule that results may refer to, by name; one policy has several when its bindings differ in
  // severity.
  std::vector<const Guardrail*> rules() const;
  std::string_view digest() const;  // SHA-256 over all files, hex

  struct Impl;

 private:
  friend class AdmissionPolicyJudge;
  AdmissionPolicySet();
  std::unique_ptr<Impl> impl_;
};

// One thread's. The set outlives it. Memory is kept between requests; nothing is allocated for a request that
// no policy matches.
class AdmissionPolicyJudge {
 public:
  explicit AdmissionPolicyJudge(const AdmissionPolicySet& set);
  AdmissionPolicyJudge(AdmissionPolicyJudge&&) noexcept;
  ~AdmissionPolicyJudge();

  // Appends to `answer`.
  void Judge(const AdmissionAttributes& request, AdmissionPolicyAnswer* answer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guard

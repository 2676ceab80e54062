// What a profile makes of findings: who is told what, and whether the request passes.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/engine/evaluate.h"
#include "webhook/admission/request.h"
#include "webhook/admission/response.h"
#include "webhook/admission/rewrite.h"
#include "webhook/admission/rules.h"

namespace guard {

// One thing somebody is told. Views into findings and guardrails.
struct Violation {
  std::string_view rule;
  Action action = Action::kDeny;
  std::string_view path, message, remediation;
  bool failed = false;  // the guardrail could not be evaluated
};

struct Outcome {
  Verdict verdict = Verdict::kAllow;
  std::vector<Violation> violations;  // not exempted, sorted by rule
  std::vector<GuardrailCount> counts;
  std::vector<std::string> exemptions;  // names of those that were used
  std::vector<std::string> expired;     // sentences about those that would have helped
};

// `findings` are about `subjects`, those of the request's object and the request itself. A finding about a
// pod template, and about an object that has one, does at most what the profile says about templates.
Outcome Decide(const ProfileRules& rules, const AdmissionRequest& request, std::span<const Subject> subjects,
               std::span<const Finding> findings, std::chrono::system_clock::time_point now);

// The same for what Kubernetes' own policies say, which have actions of their own.
void AddPolicyResults(const AdmissionPolicyAnswer& answer, Outcome* outcome);

// Every violation in one text, since the API server shows people one webhook's error only: a line each,
// grouped by rule, with the way out, and what `proposal` has for people.
std::string DenialText(const Outcome& outcome, const AdmissionRequest& request, std::string_view profile,
                       const Rewrite& proposal);
// One line each for what is warned of.
std::vector<std::string> WarningLines(const Outcome& outcome);
// For the API server's audit log: what said something, and who was exempt.
void Annotate(const Outcome& outcome, const Decision& decision, Response* response);

}  // namespace guard

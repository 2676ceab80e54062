// What a pod should have been: the patch that the mutating webhook sends, and the one that a denial offers.
#pragma once

#include <string>
#include <vector>

#include "policies/document/node.h"
#include "webhook/admission/mend.h"
#include "webhook/admission/rules.h"

namespace guard {

// One thread's evaluators for the rewriting of one profile's pods.
struct RewriteEvaluators {
  RewriteEvaluators(const LoadedRules& rules, const ProfileRules& profile);

  Evaluator steering;  // the guardrails whose action is steer, with fixes
  Evaluator denying;   // those whose findings deny, with fixes
  Evaluator all;       // everything, without fixes
};

struct Rewrite {
  std::string patch;                     // a JSONPatch; empty: nothing changes
  std::vector<std::string> done;         // sentences about what changes
  std::vector<std::string> not_steered;  // why something was left alone
  std::vector<std::string> left;         // guardrails that would deny it even so
};

// Builds are steered to the builder, and where one was, the safe fixes of the profile's steering guardrails
// are applied. A rewriting that would make any guardrail of the profile find something new is not done.
Rewrite SteerPod(const Node& pod, const LoadedRules& rules, const ProfileRules& profile,
                 RewriteEvaluators& evaluators);

// For people: the changes after which nothing, or less, denies the object, unsafe fixes included; without a
// patch when there are none, or too many to show.
Rewrite ProposeFor(const Node& object, const LoadedRules& rules, const ProfileRules& profile,
                   RewriteEvaluators& evaluators);

}  // namespace guard

// What a configuration becomes when it is loaded: guardrails chosen and compiled, an action for each.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "policies/engine/policy_set.h"
#include "policies/engine/vap.h"
#include "webhook/admission/reviewer.h"

namespace guard {

struct ProfileRules {
  const Profile* profile = nullptr;
  std::vector<const Guardrail*> guardrails;  // all of the profile, sorted by name
  std::vector<const Guardrail*> steering;    // those whose action is steer
  std::unordered_map<const Guardrail*, Action> actions;
  bool judges_requests = false;  // some guardrail is about the request itself

  Action ActionOf(const Guardrail* guardrail) const {
    auto found = actions.find(guardrail);
    return found == actions.end() ? Action::kDeny : found->second;
  }
};

class LoadedRules final : public Rules {
 public:
  LoadedRules(RulesConfig config, PolicySet policy_set, std::optional<AdmissionPolicySet> policies)
      : config_(std::move(config)), set_(std::move(policy_set)), policies_(std::move(policies)) {}

  // Chooses what the profiles name; every name that means nothing is an error.
  std::vector<Error> Choose();

  std::string_view digest() const override { return digest_; }
  std::vector<std::string> profiles() const override;
  std::vector<std::string> guardrails() const override;

  const ProfileRules* Find(std::string_view profile) const;
  const RulesConfig& config() const { return config_; }
  const PolicySet& set() const { return set_; }
  // Kubernetes' own policies, which say themselves what they match: those of every profile. nullptr: none.
  const AdmissionPolicySet* policies() const { return policies_ ? &*policies_ : nullptr; }
  // All that decisions rest on, a line each; its SHA-256 is the digest.
  std::string Describe() const;

 private:
  RulesConfig config_;
  PolicySet set_;
  std::optional<AdmissionPolicySet> policies_;
  std::vector<ProfileRules> profiles_;  // as config_.profiles
  std::string digest_;
};

}  // namespace guard

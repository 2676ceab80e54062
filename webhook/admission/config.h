// What an operator writes about decisions: profiles, what each does about which guardrails, and exemptions
// with an owner, a reason and an end. One YAML document; docs/operations.md describes it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/document/document.h"
#include "policies/subjects/kubernetes.h"
#include "webhook/admission/decision.h"

namespace guard {

// Covers findings of a request for which every list that is not empty has a match.
struct Exemption {
  std::string name;
  std::vector<std::string> users, groups, namespaces;       // exact, or with * for any text
  std::vector<std::pair<std::string, std::string>> labels;  // of the object: all of them
  std::vector<std::string> images;      // patterns; every container's image must match one
  std::vector<std::string> guardrails;  // empty: every one of the profile
  std::string owner, reason;
  std::chrono::system_clock::time_point expires;  // the first moment at which it no longer exempts
};

struct Profile {
  std::string name;
  KubernetesVersion kubernetes = kLatestKubernetes;
  std::vector<std::pair<std::string, Action>> packs;       // later rows win
  std::vector<std::pair<std::string, Action>> guardrails;  // over what its pack says
  Action templates = Action::kWarn;                        // the most that is done about a pod template
  std::vector<Exemption> exemptions;
};

// How steering rewrites builds.
struct BuilderConfig {
  std::string image;  // with a digest; empty: nothing is steered
};

struct RulesConfig {
  std::vector<std::string> policies;  // folders of packs, and files or folders of ValidatingAdmissionPolicies
  std::vector<std::string> namespaces;  // files with Namespace objects, for policies that ask for them
  std::vector<CustomPodKind> pod_kinds;
  BuilderConfig builder;
  std::vector<Profile> profiles;
};

// Reads the fields of `root` that are about decisions; `known` are further top-level keys that somebody else
// reads (the server's own). Every mistake is appended, with a did-you-mean for a misspelt key.
RulesConfig ReadRulesConfig(const Node& root, const Source& source,
                            const std::vector<std::string_view>& known, std::vector<Error>* errors);

}  // namespace guard

// What an operator writes about decisions: profiles, what each does about which guardrails, and exemptions
// with an owner, a reason and an end. docs/webhook.md describes the file.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/document/document.h"
#include "policies/engine/guardrail.h"
#include "policies/subjects/kubernetes.h"
#include "webhook/admission/decision.h"

namespace guard {

// Covers findings of a request for which every list that is not empty has a match.
struct Exemption {
  std::string name;
  std::vector<std::string> users, groups, namespaces;       // exact, or with * for any text
  std::vector<std::pair<std::string, std::string>> labels;  // of the object: all of them
  std::vector<std::string> images;      // registry/repository:tag; every image of the request must match one
  std::vector<std::string> guardrails;  // empty: every one of the profile
  std::vector<Error> unknown_guardrails;  // as `guardrails`: what to say when there is no such one
  std::string owner, reason;
  std::string expires_text;
  std::chrono::system_clock::time_point expires;  // the first moment at which it no longer exempts
};

// A pack or guardrail, and what is done about its findings.
struct ActionRow {
  std::string name;
  Action action = Action::kDeny;
  Error unknown;  // what to say when there is no such one
};

struct Profile {
  std::string name;
  KubernetesVersion kubernetes = kLatestKubernetes;
  std::vector<ActionRow> packs;       // of a guardrail in several of them, the strictest action counts
  std::vector<ActionRow> guardrails;  // over what their packs say
  Action templates = Action::kWarn;   // the most that is done about the template of a pod
  std::vector<Exemption> exemptions;
};

// The image that builds are steered to; empty: nothing is steered.
struct BuilderConfig {
  std::string image;
};

struct RulesConfig {
  std::vector<std::string> policies;  // folders of guardrails; files and folders of Kubernetes' own policies
  std::vector<std::string> namespaces;  // files with Namespace objects, for policies that ask for them
  std::vector<CustomPodKind> pod_kinds;
  BuilderConfig builder;
  std::vector<Profile> profiles;  // sorted by name
};

// The top-level keys of the same file that are the server's own.
inline constexpr std::string_view kServerKeys[] = {"listen", "tls",         "status",  "limits",
                                                   "drain",  "decisionLog", "threads", "log"};

// Reads the file's head and what is about decisions; every mistake is appended at its place, with a
// did-you-mean for a misspelt key. Relative paths are made relative to the file's folder.
RulesConfig ReadRulesConfig(const Node& root, const Source& source, std::vector<Error>* errors);

// A date ("2027-03-31": to the end of that day, UTC) or an RFC 3339 time.
Result<std::chrono::system_clock::time_point> ParseExpiry(std::string_view text);

}  // namespace guard

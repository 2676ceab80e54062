// What was decided about one request, for the decision log and the metrics: names and verdicts, never
// anything out of the object itself, so that no secret can reach a log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace guard {

enum class Verdict : uint8_t { kAllow, kWarn, kDeny, kSteer };  // kSteer: allowed, with a patch
std::string_view ToString(Verdict verdict);

// What a profile does about a guardrail's findings.
enum class Action : uint8_t { kAudit, kWarn, kSteer, kDeny };
std::string_view ToString(Action action);

// A guardrail that had something to say: `findings` of them with this action. Those that an exemption covers
// are counted in `exempted` and are not among `findings`.
struct GuardrailCount {
  std::string guardrail;
  Action action = Action::kDeny;
  uint32_t findings = 0;
  uint32_t exempted = 0;
};

struct Decision {
  std::string uid;
  std::string profile;
  std::string route;      // "validate", "steer"
  std::string operation;  // "CREATE"; empty when the review could not be read
  std::string group, version, resource, subresource;
  std::string kind;
  std::string namespace_name, name;  // `name` is the generateName where there is no name yet
  std::string user;
  bool dry_run = false;
  Verdict verdict = Verdict::kDeny;
  std::vector<GuardrailCount> guardrails;  // sorted by name
  std::vector<std::string> exemptions;     // the names of those that were used
  std::string policy_set;  // digest of all that the decision rests on: guardrails, policies, profile; hex
  std::string error;       // why nothing could be judged; the verdict is kDeny then
};

}  // namespace guard

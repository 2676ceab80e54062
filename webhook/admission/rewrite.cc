// Tested by tests/golden/admission/reviews and tests/fuzz/review_fuzz.cc.
#include "webhook/admission/rewrite.h"

#include <algorithm>

#include "policies/document/value.h"
#include "webhook/admission/json_patch.h"
#include "webhook/admission/steer.h"

namespace guard {

namespace {

using nlohmann::json;

constexpr size_t kLargestProposedFor = size_t{64} << 10;  // objects of this size are not mended for people
constexpr size_t kLongestProposal = 3000;                 // a patch that somebody reads in an error message

json ToJson(const Node& node) {
  FlowLayout layout;
  layout.json = true, layout.tight = true;
  return json::parse(FlowText(Value(node), layout), nullptr, /*allow_exceptions=*/false);
}

std::vector<const Guardrail*> Denying(const ProfileRules& profile) {
  std::vector<const Guardrail*> denying;
  for (const Guardrail* guardrail : profile.guardrails)
    if (profile.ActionOf(guardrail) >= Action::kSteer) denying.push_back(guardrail);
  return denying;
}

SteerOptions OptionsOf(const LoadedRules& rules, const ProfileRules& profile) {
  SteerOptions options;
  options.builder_image = rules.config().builder.image;
  options.kubernetes = profile.profile->kubernetes;
  return options;
}

}  // namespace

RewriteEvaluators::RewriteEvaluators(const LoadedRules& rules, const ProfileRules& profile)
    : steering(rules.set(), profile.steering, {profile.profile->kubernetes, true}),
      denying(rules.set(), Denying(profile), {profile.profile->kubernetes, true}),
      all(rules.set(), profile.guardrails, {profile.profile->kubernetes, false}) {}

Rewrite SteerPod(const Node& pod, const LoadedRules& rules, const ProfileRules& profile,
                 RewriteEvaluators& evaluators) {
  Rewrite rewrite;
  ProjectOptions options{rules.config().pod_kinds};
  json before = ToJson(pod);
  if (before.is_discarded()) return rewrite;
  SteerResult steered = Steer(before, OptionsOf(rules, profile));
  rewrite.not_steered = std::move(steered.not_steered);
  if (!steered.changed) return rewrite;
  rewrite.done = std::move(steered.done);
  json after = Mend(std::move(steered.pod), evaluators.steering, WhichFixes::kSafe, options, &rewrite.done);
  std::set<std::string> had = JudgedText(before.dump(), evaluators.all, options).Rules();
  for (const std::string& rule : JudgedText(after.dump(), evaluators.all, options).Rules()) {
    if (had.contains(rule)) continue;
    rewrite.done.clear();
    rewrite.not_steered.push_back("the steered pod would break " + rule);
    return rewrite;
  }
  json patch = DiffPatch(before, after);
  if (!patch.empty()) rewrite.patch = patch.dump();
  return rewrite;
}

Rewrite ProposeFor(const Node& object, const LoadedRules& rules, const ProfileRules& profile,
                   RewriteEvaluators& evaluators) {
  Rewrite rewrite;
  ProjectOptions options{rules.config().pod_kinds};
  json before = ToJson(object);
  if (before.is_discarded() || before.dump().size() > kLargestProposedFor) return rewrite;
  json after = before;
  if (before.value("kind", "") == "Pod" && before.value("apiVersion", "") == "v1") {
    SteerResult steered = Steer(before, OptionsOf(rules, profile));
    rewrite.not_steered = std::move(steered.not_steered);
    rewrite.done = std::move(steered.done);
    after = steered.proposal.is_null() ? std::move(steered.pod) : std::move(steered.proposal);
  }
  after = Mend(std::move(after), evaluators.denying, WhichFixes::kAll, options, &rewrite.done);
  std::set<std::string> had = JudgedText(before.dump(), evaluators.denying, options).Rules();
  std::set<std::string> left = JudgedText(after.dump(), evaluators.denying, options).Rules();
  if (left.size() >= had.size() || !std::ranges::includes(had, left)) return rewrite;
  rewrite.left.assign(left.begin(), left.end());
  json patch = DiffPatch(before, after);
  if (!patch.empty() && patch.dump().size() <= kLongestProposal) rewrite.patch = patch.dump();
  return rewrite;
}

}  // namespace guard

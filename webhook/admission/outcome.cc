// Tested, as users see it, by tests/golden/admission/reviews.
#include "webhook/admission/outcome.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "webhook/admission/exemption.h"

namespace guard {

namespace {

constexpr size_t kMostLines = 30;            // of a denial
constexpr size_t kLongestAnnotation = 4000;  // the API server keeps audit events small

// Exemptions are asked for only when there is something to be exempt from.
class Exemptions {
 public:
  Exemptions(const ProfileRules& rules, const AdmissionRequest& request, std::span<const Subject> subjects,
             std::chrono::system_clock::time_point now) {
    for (const Exemption& exemption : rules.profile->exemptions) {
      Coverage coverage = CoverageOf(exemption, request, subjects, now);
      if (coverage != Coverage::kNone) covering_.emplace_back(&exemption, coverage);
    }
  }

  // The first that covers findings of this guardrail, and is not over.
  const Exemption* For(const Guardrail& guardrail, std::vector<const Exemption*>* expired) const {
    for (const auto& [exemption, coverage] : covering_) {
      const std::vector<std::string>& about = exemption->guardrails;
      if (!about.empty() && std::ranges::find(about, guardrail.name) == about.end()) continue;
      if (coverage == Coverage::kCovers) return exemption;
      if (std::ranges::find(*expired, exemption) == expired->end()) expired->push_back(exemption);
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<const Exemption*, Coverage>> covering_;
};

bool IsTemplate(const AdmissionRequest& request, std::span<const Subject> subjects) {
  return !request.IsPod() &&
         std::ranges::any_of(subjects, [](const Subject& s) { return s.kind == SubjectKind::kPod; });
}

std::string_view FirstSentence(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == '.' && (text[i + 1] == ' ' || text[i + 1] == '\n')) return text.substr(0, i + 1);
  return text;
}

std::string Line(const Violation& violation) {
  std::string line = "[" + std::string(violation.rule) + "] ";
  if (!violation.path.empty()) line.append(violation.path).append(": ");
  return line.append(violation.message);
}

std::string Counted(size_t count, std::string_view what) {
  return std::to_string(count) + ' ' + std::string(what) + (count == 1 ? "" : "s");
}

// One field of a wrong shape keeps every guardrail that looks at it from judging: they share a sentence, the
// first one's, instead of saying the same one by one.
struct Told {
  const Violation* violation;
  std::vector<std::string_view> also;  // further rules
};

std::vector<Told> Gather(const std::vector<const Violation*>& violations) {
  std::vector<Told> told;
  Told* unjudged = nullptr;
  told.reserve(violations.size());
  for (const Violation* violation : violations) {
    if (violation->failed && unjudged) {
      std::vector<std::string_view>& also = unjudged->also;
      bool known = violation->rule == unjudged->violation->rule ||
                   std::ranges::find(also, violation->rule) != also.end();
      if (!known) also.push_back(violation->rule);
      continue;
    }
    told.push_back({violation, {}});
    if (violation->failed) unjudged = &told.back();
  }
  return told;
}

std::string Line(const Told& told) {
  std::string line = Line(*told.violation);
  if (told.also.empty()) return line;
  line += told.also.size() == 1 ? "; nor could " : "; nor could these: ";
  for (size_t i = 0; i < told.also.size(); ++i) line.append(i == 0 ? "" : ", ").append(told.also[i]);
  return line;
}

bool StricterFirst(const Violation& a, const Violation& b) {
  return std::tie(b.action, a.rule) < std::tie(a.action, b.rule);
}

void AppendCut(std::string* text, std::string_view item) {
  if (text->size() + item.size() + 2 > kLongestAnnotation) {
    if (!text->ends_with(", ...")) text->append(", ...");
    return;
  }
  text->append(text->empty() ? "" : ", ").append(item);
}

}  // namespace

Outcome Decide(const ProfileRules& rules, const AdmissionRequest& request, std::span<const Subject> subjects,
               std::span<const Finding> findings, std::chrono::system_clock::time_point now) {
  Outcome outcome;
  if (findings.empty()) return outcome;
  Exemptions exemptions(rules, request, subjects, now);
  bool of_template = IsTemplate(request, subjects);
  std::map<std::string_view, GuardrailCount> counts;
  std::vector<const Exemption*> expired;
  Action strictest = Action::kAudit;
  for (const Finding& finding : findings) {
    const Guardrail& guardrail = *finding.guardrail;
    Action action = rules.ActionOf(&guardrail);
    if (of_template && finding.subject->kind != SubjectKind::kRequest)
      action = std::min(action, rules.profile->templates);
    GuardrailCount& count = counts[guardrail.name];
    count.guardrail = guardrail.name;
    count.action = action;
    if (const Exemption* exemption = exemptions.For(guardrail, &expired)) {
      ++count.exempted;
      if (std::ranges::find(outcome.exemptions, exemption->name) == outcome.exemptions.end())
        outcome.exemptions.push_back(exemption->name);
      continue;
    }
    ++count.findings;
    strictest = std::max(strictest, action);
    outcome.violations.push_back(
        {guardrail.name, action, finding.path, finding.message, guardrail.remediation, finding.failed});
  }
  for (auto& [name, count] : counts) outcome.counts.push_back(std::move(count));
  std::ranges::stable_sort(outcome.violations, StricterFirst);
  if (outcome.violations.empty()) return outcome;
  // What should have been steered and was not is refused: the validating webhook has the last word.
  outcome.verdict = strictest >= Action::kSteer  ? Verdict::kDeny
                    : strictest == Action::kWarn ? Verdict::kWarn
                                                 : Verdict::kAllow;
  for (const Exemption* exemption : expired)
    outcome.expired.push_back("exemption '" + exemption->name + "' (" + exemption->owner + ") ended on " +
                              exemption->expires_text);
  return outcome;
}

void AddPolicyResults(const AdmissionPolicyAnswer& answer, Outcome* outcome) {
  for (const AdmissionPolicyResult& result : answer.results) {
    Action action = result.actions.deny   ? Action::kDeny
                    : result.actions.warn ? Action::kWarn
                                          : Action::kAudit;
    Verdict verdict = action == Action::kDeny   ? Verdict::kDeny
                      : action == Action::kWarn ? Verdict::kWarn
                                                : Verdict::kAllow;
    if (verdict == Verdict::kDeny || outcome->verdict == Verdict::kAllow) outcome->verdict = verdict;
    outcome->violations.push_back({result.policy, action, {}, result.message, {}});
    auto known = std::ranges::find_if(outcome->counts, [&](const GuardrailCount& count) {
      return count.guardrail == result.policy && count.action == action;
    });
    if (known == outcome->counts.end())
      outcome->counts.push_back({std::string(result.policy), action, 1, 0});
    else
      ++known->findings;
  }
  std::ranges::stable_sort(outcome->violations, StricterFirst);
  std::ranges::stable_sort(outcome->counts, {}, &GuardrailCount::guardrail);
}

std::string DenialText(const Outcome& outcome, const AdmissionRequest& request, std::string_view profile,
                       const Rewrite& proposal) {
  std::vector<const Violation*> denied;
  for (const Violation& violation : outcome.violations)
    if (violation.action >= Action::kSteer) denied.push_back(&violation);
  std::string what(request.operation == AdmissionOperation::kConnect ? "request" : request.kind.name);
  std::string text = "profile '" + std::string(profile) + "' refuses this " + what + ": " +
                     Counted(denied.size(), "violation");
  const std::vector<Told> told = Gather(denied);
  for (size_t i = 0; i < told.size(); ++i) {
    if (i == kMostLines) {
      text += "\nand " + std::to_string(told.size() - i) + " more";
      break;
    }
    const Violation& violation = *told[i].violation;
    text += '\n' + Line(told[i]);
    if (!told[i].also.empty()) {
      text += "\n  way out: Give every field the type that the API has for it.";
      continue;
    }
    bool last_of_rule =
        i + 1 == told.size() || i + 1 == kMostLines || told[i + 1].violation->rule != violation.rule;
    if (last_of_rule && !violation.remediation.empty())
      text.append("\n  way out: ").append(FirstSentence(violation.remediation));
  }
  for (const std::string& expired : outcome.expired) text += '\n' + expired;
  for (const std::string& reason : proposal.not_steered) text += "\nnot steered: " + reason;
  if (!proposal.patch.empty()) {
    text += proposal.left.empty() ? "\nthis JSON patch makes it pass: " : "\nthis JSON patch mends all but ";
    for (const std::string& rule : proposal.left)
      text.append(&rule == &proposal.left[0] ? "" : ", ").append(rule);
    if (!proposal.left.empty()) text += ": ";
    text += proposal.patch;
  }
  return text;
}

std::vector<std::string> WarningLines(const Outcome& outcome) {
  std::vector<std::string> lines;
  std::vector<const Violation*> warned;
  for (const Violation& violation : outcome.violations)
    if (violation.action == Action::kWarn) warned.push_back(&violation);
  for (const Told& told : Gather(warned)) lines.push_back(Line(told));
  if (!lines.empty()) lines.insert(lines.end(), outcome.expired.begin(), outcome.expired.end());
  BoundWarnings(&lines);
  return lines;
}

void Annotate(const Outcome& outcome, const Decision& decision, Response* response) {
  std::string rules, exempt;
  for (const GuardrailCount& count : outcome.counts)
    if (count.findings != 0) AppendCut(&rules, count.guardrail + '=' + std::string(ToString(count.action)));
  for (const std::string& name : outcome.exemptions) AppendCut(&exempt, name);
  if (!rules.empty()) response->annotations.emplace_back("guardrails", std::move(rules));
  if (!exempt.empty()) response->annotations.emplace_back("exempt", std::move(exempt));
  if (!outcome.counts.empty()) response->annotations.emplace_back("policy-set", decision.policy_set);
}

}  // namespace guard

// Tested by tests/unit/admission/mend_test.cc.
#include "webhook/admission/mend.h"

#include <algorithm>

#include "policies/subjects/recognise.h"

namespace guard {

namespace {

constexpr int kMostRounds = 8;  // a fix may uncover another finding, but not for ever

// The edits of one round: of fixes that touch the same place the first wins, and the next round asks again.
std::vector<TextEdit> EditsOf(std::span<const Finding> findings, WhichFixes which,
                              std::vector<std::string>* titles) {
  std::vector<TextEdit> edits;
  for (const Finding& finding : findings) {
    if (!finding.fix || (which == WhichFixes::kSafe && !finding.fix->safe)) continue;
    auto merged = MergeEdits(edits, finding.fix->edits);
    if (!merged) continue;
    edits = std::move(*merged);
    titles->push_back(finding.guardrail->name + ": " + finding.fix->title);
  }
  return edits;
}

}  // namespace

JudgedText::JudgedText(std::string text, Evaluator& evaluator, const ProjectOptions& options)
    : source_("object", std::move(text)), documents_(ReadManifest(source_)) {
  if (documents_.error || documents_.all.size() != 1) return;
  ProjectKubernetes(documents_, documents_.all[0], options, &subjects_);
  for (Subject& subject : subjects_) {
    subject.source = &source_;
    evaluator.Evaluate(subject, &findings_);
  }
}

std::set<std::string> JudgedText::Rules() const {
  std::set<std::string> rules;
  for (const Finding& finding : findings_) rules.insert(finding.guardrail->name);
  return rules;
}

nlohmann::json Mend(nlohmann::json object, Evaluator& evaluator, WhichFixes which,
                    const ProjectOptions& options, std::vector<std::string>* done) {
  for (int round = 0; round < kMostRounds; ++round) {
    std::string text = object.dump();
    JudgedText judged(text, evaluator, options);
    std::vector<std::string> titles;
    std::vector<TextEdit> edits = EditsOf(judged.findings(), which, &titles);
    if (edits.empty()) break;
    nlohmann::json next = nlohmann::json::parse(ApplyEdits(text, edits), nullptr, /*allow_exceptions=*/false);
    if (next.is_discarded() || next == object) break;
    object = std::move(next);
    for (std::string& title : titles)
      if (std::ranges::find(*done, title) == done->end()) done->push_back(std::move(title));
  }
  return object;
}

}  // namespace guard

// Tested by tests/unit/subjects/examples_test.cc and, for the packs in the binary,
// tests/unit/packs/packs_test.cc.
#include "policies/subjects/examples.h"

#include <algorithm>
#include <memory>

#include "policies/engine/evaluate.h"
#include "policies/subjects/kubernetes.h"

namespace guard {

namespace {

// Fixes of one example are applied one after another; more are needed only where a fix makes new findings.
constexpr int kMostFixes = 50;

// One state of the guardrail's file: as it is, or after fixes.
struct Text {
  std::unique_ptr<Source> own_source;
  std::unique_ptr<Documents> own_documents;
  const Source* source = nullptr;
  const Document* document = nullptr;
};

class ExampleRun {
 public:
  ExampleRun(const PolicySet& set, const Guardrail& guardrail, std::vector<Error>* errors)
      : set_(set), guardrail_(guardrail), errors_(errors) {}

  void Run(bool bad, size_t index) {
    const Example& example = bad ? guardrail_.bad[index] : guardrail_.good[index];
    kind_ = bad ? "bad" : "good";
    index_ = index;
    at_ = example.object->span;
    version_ = example.kubernetes.value_or(LatestJudged());

    Text text{nullptr, nullptr, guardrail_.source, guardrail_.document};
    if (!Judge(text)) return;
    if (!bad) {
      for (const Finding& finding : findings_)
        Tell(finding.span, "a good example has a finding: " + finding.message);
      return;
    }
    if (findings_.empty()) return Tell(at_, "a bad example has no finding");
    if (guardrail_.fix_is_safe && !guardrail_.fix.empty()) ApplyFixes(std::move(text));
  }

 private:
  KubernetesVersion LatestJudged() const {
    KubernetesVersion before = guardrail_.kubernetes.before;
    if (before > kLatestKubernetes || before.minor == 0) return kLatestKubernetes;
    return {before.major, static_cast<uint16_t>(before.minor - 1)};
  }

  // Judges the example as it stands in `text`; false when that cannot be done, which is told.
  bool Judge(const Text& text) {
    findings_.clear();
    subjects_.clear();
    scratch_ = std::make_unique<Documents>(*text.source);
    const Node* example = FindExample(text.document->root);
    if (example == nullptr) return Tell(at_, "the fix takes the example away"), false;
    ProjectExample(*scratch_, *text.document, *example, guardrail_.subject, &subjects_);
    std::erase_if(subjects_, [&](const Subject& subject) { return subject.kind != guardrail_.subject; });
    if (subjects_.empty())
      return Tell(at_, "the example has no " + std::string(ToString(guardrail_.subject)) + " to judge"),
             false;
    const Guardrail* const only[] = {&guardrail_};
    Evaluator evaluator(set_, only, {version_, true});
    for (const Subject& subject : subjects_) evaluator.Evaluate(subject, &findings_);
    for (const Finding& finding : findings_)
      if (finding.failed) return Tell(at_, "the " + kind_ + " example " + finding.message), false;
    return true;
  }

  const Node* FindExample(const Node& root) const {
    bool found = false;
    const Node* example = Walk(root, "spec.examples." + kind_ + '[' + std::to_string(index_) + ']', &found);
    if (!found) return nullptr;
    const Node* object = example->Find("object");
    return object && example->Find("kind") == nullptr ? object : example;
  }

  void ApplyFixes(Text text) {
    for (int i = 0; !findings_.empty(); ++i) {
      if (i == kMostFixes) return Tell(at_, "the fix never comes to an end");
      const Finding& finding = findings_.front();
      if (!finding.fix)
        return Tell(at_, i == 0 ? "the fix cannot be written for this example"
                                : "the fix leaves a finding: " + finding.message);
      Text next;
      next.own_source =
          std::make_unique<Source>(text.source->name(), ApplyEdits(text.source->text(), finding.fix->edits));
      next.source = next.own_source.get();
      next.own_documents = std::make_unique<Documents>(ReadYaml(*next.source, YamlSchema::kKubernetes));
      if (next.own_documents->error || next.own_documents->all.empty())
        return Tell(at_, "the fix leaves a text that cannot be read");
      next.document = &next.own_documents->all.front();
      std::string before = finding.message;
      if (next.source->text() == text.source->text()) return Tell(at_, "the fix changes nothing");
      if (!Judge(next)) return;
      text = std::move(next);
      if (!findings_.empty() && i + 1 == kMostFixes) return Tell(at_, "the fix leaves a finding: " + before);
    }
  }

  void Tell(Span span, std::string message) {
    errors_->push_back(guardrail_.source->ErrorAt(span, guardrail_.name + ": " + std::move(message)));
  }

  const PolicySet& set_;
  const Guardrail& guardrail_;
  std::vector<Error>* errors_;
  std::string kind_;
  size_t index_ = 0;
  Span at_;
  KubernetesVersion version_;
  std::unique_ptr<Documents> scratch_;
  std::vector<Subject> subjects_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Error> RunExamples(const PolicySet& set, const Guardrail& guardrail) {
  std::vector<Error> errors;
  if (guardrail.deprecated) return errors;
  ExampleRun run(set, guardrail, &errors);
  for (size_t i = 0; i < guardrail.good.size(); ++i) run.Run(false, i);
  for (size_t i = 0; i < guardrail.bad.size(); ++i) run.Run(true, i);
  return errors;
}

}  // namespace guard

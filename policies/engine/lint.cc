// Tested by tests/unit/engine/lint_test.cc and, for the packs in the binary, tests/unit/packs/packs_test.cc.
#include "policies/engine/lint.h"

#include <algorithm>

#include "policies/engine/fields.h"

namespace guard {

namespace {

class Linter {
 public:
  Linter(const Guardrail& guardrail, Errors* errors) : guardrail_(guardrail), errors_(errors) {
    spec_ = guardrail.document->root.Find("spec");
  }

  void Run() {
    bool kebab = std::ranges::all_of(
        guardrail_.name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    if (!kebab) Tell("title", "the name '" + guardrail_.name + "' is not in lower case with dashes");
    if (EndsSentence(guardrail_.title)) Tell("title", "a title ends without a period");
    if (!EndsSentence(guardrail_.description)) Tell("description", "a description ends with a period");
    if (!EndsSentence(guardrail_.remediation)) Tell("remediation", "a remediation ends with a period");
    if (guardrail_.title.size() > 100) Tell("title", "a title is at most 100 characters long");
    if (guardrail_.deprecated) return;  // it is only kept for its name
    if (guardrail_.good.empty()) Tell("examples", "there is no good example");
    if (guardrail_.bad.empty()) Tell("examples", "there is no bad example");
  }

 private:
  static bool EndsSentence(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    return text.ends_with('.');
  }

  void Tell(std::string_view key, std::string message) {
    const Entry* entry = spec_ ? spec_->FindEntry(key) : nullptr;
    Span span = entry ? entry->key_span : Span{};
    errors_->push_back(guardrail_.source->ErrorAt(span, std::move(message)));
  }

  const Guardrail& guardrail_;
  const Node* spec_ = nullptr;
  Errors* errors_;
};

}  // namespace

std::vector<Error> LintPolicies(const PolicySet& set) {
  Errors errors;
  for (const auto& guardrail : set.guardrails()) Linter(*guardrail, &errors).Run();
  for (const Pack& pack : set.packs()) {
    if (!pack.guardrails.empty() || !pack.includes.empty()) continue;
    Error error;
    error.message = "the pack '" + pack.name + "' is empty";
    errors.push_back(std::move(error));
  }
  SortErrors(&errors);
  return errors;
}

}  // namespace guard

// The packs in the binary, and who judges by them, for targets whose input ends in findings.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "policies/document/document.h"
#include "policies/engine/evaluate.h"
#include "policies/engine/policy_set.h"

namespace guard::fuzz {

inline const PolicySet& Packs() {
  static const PolicySet set = [] {
    auto loaded = PolicySet::Load(PolicySet::Embedded());
    if (!loaded) std::abort();
    return std::move(*loaded);
  }();
  return set;
}

// Judges by every guardrail there is; it leaves out those of other subjects by itself.
inline Evaluator& ByAllPacks() {
  static Evaluator evaluator = [] {
    std::vector<const Guardrail*> all;
    for (const auto& guardrail : Packs().guardrails()) all.push_back(guardrail.get());
    return Evaluator(Packs(), all);
  }();
  return evaluator;
}

// A text as a file of its own form: read, projected and judged; every finding has a place in the text.
template <class Read, class Project>
void JudgeText(const char* name, const uint8_t* data, size_t size, const Read& read, const Project& project) {
  if (size > 20'000) return;
  const Source source(name, std::string(reinterpret_cast<const char*>(data), size));
  Documents documents = read(source);
  std::vector<Subject> subjects;
  for (const Document& document : documents.all) project(documents, document, &subjects);
  if (subjects.size() > 50) subjects.resize(50);
  std::vector<Finding> findings;
  for (const Subject& subject : subjects) ByAllPacks().Evaluate(subject, &findings);
  SortFindings(&findings);
  for (const Finding& finding : findings)
    if (finding.message.empty() || finding.span.end > size || finding.span.begin > finding.span.end)
      std::abort();
}

}  // namespace guard::fuzz

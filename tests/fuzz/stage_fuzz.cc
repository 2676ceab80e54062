// Any text as a Dockerfile: read, projected and judged by the packs in the binary; every finding has a place
// in the text.
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/engine/evaluate.h"
#include "policies/subjects/dockerfile.h"

namespace {

const guard::PolicySet& Packs() {
  static const guard::PolicySet set = [] {
    auto loaded = guard::PolicySet::Load(guard::PolicySet::Embedded());
    if (!loaded) std::abort();
    return std::move(*loaded);
  }();
  return set;
}

guard::Evaluator& Judge() {
  static guard::Evaluator evaluator = [] {
    std::vector<const guard::Guardrail*> all;
    for (const auto& guardrail : Packs().guardrails())
      if (guardrail->subject == guard::SubjectKind::kStage) all.push_back(guardrail.get());
    return guard::Evaluator(Packs(), all);
  }();
  return evaluator;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 20'000) return 0;
  guard::Source source("Dockerfile", std::string(reinterpret_cast<const char*>(data), size));
  guard::Documents documents = guard::ReadDockerfile(source);
  std::vector<guard::Subject> subjects;
  for (const guard::Document& document : documents.all)
    guard::ProjectDockerfile(documents, document, &subjects);
  if (subjects.size() > 50) subjects.resize(50);
  std::vector<guard::Finding> findings;
  for (const guard::Subject& subject : subjects) Judge().Evaluate(subject, &findings);
  guard::SortFindings(&findings);
  for (const guard::Finding& finding : findings)
    if (finding.message.empty() || finding.span.end > size || finding.span.begin > finding.span.end)
      std::abort();
  return 0;
}

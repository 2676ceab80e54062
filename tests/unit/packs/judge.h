// Judges a manifest by packs, as the auditor does, for the tests of the packs.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/engine/evaluate.h"
#include "policies/subjects/kubernetes.h"
#include "policies/subjects/recognise.h"

namespace guard::test {

// The packs of the binary, loaded once.
inline const PolicySet& EmbeddedSet() {
  static const PolicySet set = [] {
    auto loaded = PolicySet::Load(PolicySet::Embedded());
    if (!loaded) {
      for (const Error& error : loaded.error()) ADD_FAILURE() << Render(error);
      std::abort();
    }
    return std::move(*loaded);
  }();
  return set;
}

// The subjects of one manifest, with everything they live in.
struct Manifest {
  explicit Manifest(std::string name, std::string text)
      : source(std::move(name), std::move(text)), documents(ReadManifest(source)) {
    if (documents.error) ADD_FAILURE() << Render(*documents.error);
    for (const Document& document : documents.all) {
      size_t first = subjects.size();
      ProjectKubernetes(documents, document, {}, &subjects);
      for (size_t i = first; i < subjects.size(); ++i) {
        subjects[i].source = &source;
        subjects[i].document = &document;
      }
    }
  }
  Manifest(const Manifest&) = delete;

  Source source;
  Documents documents;
  std::vector<Subject> subjects;
};

inline std::vector<Finding> Judge(const Manifest& manifest, Evaluator& evaluator) {
  std::vector<Finding> findings;
  for (const Subject& subject : manifest.subjects) evaluator.Evaluate(subject, &findings);
  return findings;
}

inline Evaluator EvaluatorOf(const std::vector<std::string>& packs, KubernetesVersion version) {
  auto guardrails = EmbeddedSet().Select(packs);
  if (!guardrails) ADD_FAILURE() << Render(guardrails.error());
  EvaluateOptions options;
  options.kubernetes = version;
  return Evaluator(EmbeddedSet(), *guardrails, options);
}

}  // namespace guard::test

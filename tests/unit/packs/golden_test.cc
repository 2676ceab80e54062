// What all packs say about manifests as people write them, with places: one file a case below
// tests/golden/packs, and its findings beside it.
#include "tests/support/golden.h"
#include "tests/unit/packs/judge.h"

namespace guard {
namespace {

std::string Text(std::vector<Finding> findings, const Source& source) {
  SortFindings(&findings);
  std::string text;
  for (const Finding& finding : findings) {
    LineColumn place = source.Locate(finding.span.begin);
    text += std::to_string(place.line) + ':' + std::to_string(place.column) + ' ' +
            std::string(ToString(finding.guardrail->severity)) + ' ' + finding.guardrail->name + ": " +
            finding.message + '\n';
  }
  return text.empty() ? "nothing\n" : text;
}

TEST(Packs, SayWhatTheySaidBefore) {
  std::vector<std::string> packs;
  for (const Pack& pack : test::EmbeddedSet().packs()) packs.push_back(pack.name);
  Evaluator all = test::EvaluatorOf(packs, kLatestKubernetes);
  Evaluator defaults = test::EvaluatorOf(test::EmbeddedSet().DefaultPacks(), kLatestKubernetes);
  for (const auto& path : test::GoldenInputs("packs", ".yaml")) {
    std::string name = path.stem().string();
    test::Manifest manifest(name + ".yaml", test::ReadFile(path));
    EXPECT_FALSE(manifest.subjects.empty()) << name;
    // workload-hardening has much to say about any manifest; it gets cases of its own.
    Evaluator& evaluator = name.starts_with("hardening-") ? all : defaults;
    test::ExpectGolden("packs/" + name + ".findings",
                       Text(test::Judge(manifest, evaluator), manifest.source));
  }
}

}  // namespace
}  // namespace guard

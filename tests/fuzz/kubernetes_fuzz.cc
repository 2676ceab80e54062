// Any text as a manifest: recognised, read, projected and judged by all packs in the binary; every finding
// has a place in the text, and every fix is one that can be made.
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/subjects/kubernetes.h"
#include "policies/subjects/recognise.h"
#include "tests/fuzz/by_packs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 20'000) return 0;
  guard::Source source("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size));
  guard::Recognise(source.name(), source.text());
  guard::ReadLimits limits;
  limits.alias_nodes = 2'000;
  guard::Documents documents = guard::ReadManifest(source, limits);
  guard::ProjectOptions options;
  options.custom = {{"example.com", "Machine", "spec.pods.*.pod"}};
  std::vector<guard::Subject> subjects;
  for (const guard::Document& document : documents.all)
    guard::ProjectKubernetes(documents, document, options, &subjects);
  if (subjects.size() > 50) subjects.resize(50);
  std::vector<guard::Finding> findings;
  for (const guard::Subject& subject : subjects) guard::fuzz::ByAllPacks().Evaluate(subject, &findings);
  guard::SortFindings(&findings);
  for (const guard::Finding& finding : findings) {
    if (finding.message.empty() || finding.span.end > size || finding.span.begin > finding.span.end)
      std::abort();
    if (!finding.fix) continue;
    if (finding.failed || finding.fix->edits.empty()) std::abort();
    guard::ApplyEdits(source.text(), finding.fix->edits);
  }
  return 0;
}

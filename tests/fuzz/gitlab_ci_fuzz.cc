// Any text as a GitLab CI file: read, projected and judged by the packs in the binary; every finding has a
// place in the text.
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/subjects/gitlab_ci.h"
#include "tests/fuzz/by_packs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 20'000) return 0;
  guard::Source source(".gitlab-ci.yml", std::string(reinterpret_cast<const char*>(data), size));
  guard::Documents documents = guard::ReadGitlabCi(source);
  std::vector<guard::Subject> subjects;
  for (const guard::Document& document : documents.all)
    guard::ProjectGitlabCi(documents, document, &subjects);
  if (subjects.size() > 50) subjects.resize(50);
  std::vector<guard::Finding> findings;
  for (const guard::Subject& subject : subjects) guard::fuzz::ByAllPacks().Evaluate(subject, &findings);
  guard::SortFindings(&findings);
  for (const guard::Finding& finding : findings)
    if (finding.message.empty() || finding.span.end > size || finding.span.begin > finding.span.end)
      std::abort();
  return 0;
}

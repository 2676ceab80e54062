// Any text as a GitLab CI file.
#include "policies/subjects/gitlab_ci.h"
#include "tests/fuzz/by_packs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  guard::fuzz::JudgeText(".gitlab-ci.yml", data, size, guard::ReadGitlabCi, guard::ProjectGitlabCi);
  return 0;
}

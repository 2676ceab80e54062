// Any text as a Dockerfile.
#include "policies/subjects/dockerfile.h"
#include "tests/fuzz/by_packs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  guard::fuzz::JudgeText("Dockerfile", data, size, guard::ReadDockerfile, guard::ProjectDockerfile);
  return 0;
}

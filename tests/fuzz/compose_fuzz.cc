// Any text as a compose file.
#include "policies/subjects/compose.h"
#include "tests/fuzz/by_packs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  guard::fuzz::JudgeText("compose.yaml", data, size, guard::ReadCompose, guard::ProjectCompose);
  return 0;
}

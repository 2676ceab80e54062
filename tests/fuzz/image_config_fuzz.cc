// Image configurations: whatever comes is an error or a configuration that reads back as itself.
#include <cstdlib>

#include "rootless-builder/image/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace guard::builder;
  const auto config = ParseImageConfig(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!config) return 0;
  const auto again = ParseImageConfig(Serialize(*config));
  if (!again || *again != *config) std::abort();
  return 0;
}

// Image references: any bytes; what is accepted prints as a reference that reads back as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policies/base/image_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  guard::Result<guard::ImageReference> lenient =
      guard::ParseImageReference(text, guard::ImageVariables::kAllow);
  if (lenient) (void)guard::IsDindImage(*lenient);
  guard::Result<guard::ImageReference> strict = guard::ParseImageReference(text);
  if (!strict) return 0;
  if (!lenient || *lenient != *strict || strict->has_variables) abort();
  guard::Result<guard::ImageReference> again = guard::ParseImageReference(strict->ToString());
  if (!again || again->registry != strict->registry || again->repository != strict->repository ||
      again->digest != strict->digest || again->tag != strict->EffectiveTag())
    abort();
  return 0;
}

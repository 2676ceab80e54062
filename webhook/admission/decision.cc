// Tested by tests/unit/admission/reviewer_test.cc.
#include "webhook/admission/decision.h"

namespace guard {

std::string_view ToString(Verdict verdict) {
  constexpr std::string_view kNames[] = {"allow", "warn", "deny", "steer"};
  return kNames[static_cast<size_t>(verdict)];
}

std::string_view ToString(Action action) {
  constexpr std::string_view kNames[] = {"audit", "warn", "steer", "deny"};
  return kNames[static_cast<size_t>(action)];
}

}  // namespace guard

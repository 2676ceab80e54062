// Any text as a guardrail's file: it loads, or every error has a place; what loads survives its own examples.
#include <cstdlib>
#include <string>
#include <string_view>

#include "policies/engine/lint.h"
#include "policies/subjects/examples.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 20'000) return 0;
  std::string text(reinterpret_cast<const char*>(data), size);
  const guard::PolicyFile files[] = {{"p/g.yaml", text}, {"p/pack.yaml", text}};
  for (const guard::PolicyFile& file : files) {
    auto set = guard::PolicySet::Load(std::span(&file, 1));
    if (!set) {
      if (set.error().empty()) std::abort();
      for (const guard::Error& error : set.error()) {
        if (error.place.file.empty()) std::abort();
        guard::Render(error);
      }
      continue;
    }
    guard::LintPolicies(*set);
    for (const auto& guardrail : set->guardrails()) {
      if (guardrail->good.size() + guardrail->bad.size() > 20) continue;
      guard::RunExamples(*set, *guardrail);
    }
  }
  return 0;
}

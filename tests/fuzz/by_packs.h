// The packs in the binary, and who judges by them, for targets whose input ends in findings.
#pragma once

#include <cstdlib>
#include <vector>

#include "policies/engine/evaluate.h"
#include "policies/engine/policy_set.h"

namespace guard::fuzz {

inline const PolicySet& Packs() {
  static const PolicySet set = [] {
    auto loaded = PolicySet::Load(PolicySet::Embedded());
    if (!loaded) std::abort();
    return std::move(*loaded);
  }();
  return set;
}

// Judges by every guardrail there is; it leaves out those of other subjects by itself.
inline Evaluator& ByAllPacks() {
  static Evaluator evaluator = [] {
    std::vector<const Guardrail*> all;
    for (const auto& guardrail : Packs().guardrails()) all.push_back(guardrail.get());
    return Evaluator(Packs(), all);
  }();
  return evaluator;
}

}  // namespace guard::fuzz

// Tested by metrics_test.cc.
#include "webhook/http/review_counters.h"

#include <algorithm>

namespace guard {

void ReviewCounters::Count(int status, const Decision& decision, std::chrono::nanoseconds took) {
  if (status != 200) return;
  size_t operation = 0;
  while (operation + 1 < kCountedOperations.size() && kCountedOperations[operation] != decision.operation)
    ++operation;
  LatencyHistogram& histogram = latency[operation][static_cast<size_t>(decision.verdict)];
  auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  size_t bucket = 0;
  while (bucket < kLatencyBounds.size() && microseconds > static_cast<int64_t>(kLatencyBounds[bucket]))
    ++bucket;
  histogram.buckets[bucket].Add();
  histogram.nanoseconds.Add(static_cast<uint64_t>(took.count()));
  if (!decision.error.empty()) errors.Add();

  std::lock_guard lock(mutex_);
  auto profile = profiles_.find(decision.profile);
  if (profile == profiles_.end()) profile = profiles_.try_emplace(decision.profile).first;
  ++profile->second.reviews[decision.route == "steer" ? 1 : 0][static_cast<size_t>(decision.verdict)];
  for (const GuardrailCount& count : decision.guardrails) {
    auto row = guardrails_.find(count.guardrail);
    if (row == guardrails_.end()) row = guardrails_.try_emplace(count.guardrail).first;
    row->second.findings[static_cast<size_t>(count.action)] += count.findings;
    row->second.exempted += count.exempted;
  }
}

std::map<std::string, ReviewCounters::Guardrail, std::less<>> ReviewCounters::guardrails() const {
  std::lock_guard lock(mutex_);
  return guardrails_;
}

std::map<std::string, ReviewCounters::Profile, std::less<>> ReviewCounters::profiles() const {
  std::lock_guard lock(mutex_);
  return profiles_;
}

}  // namespace guard

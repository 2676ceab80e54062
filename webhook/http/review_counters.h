// What the reviews of one loop came to. Numbers that every review touches are plain counters; those that only
// findings touch are behind a lock that nobody else wants, except a scrape.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "webhook/admission/decision.h"
#include "webhook/http/counters.h"

namespace guard {

inline constexpr std::array<std::string_view, 5> kCountedOperations = {"CREATE", "UPDATE", "DELETE",
                                                                       "CONNECT", "unknown"};
inline constexpr size_t kVerdicts = 4, kActionCount = 4;
// Upper bounds in microseconds; a bucket for the rest is behind them.
inline constexpr std::array<uint32_t, 12> kLatencyBounds = {
    25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000, 100'000, 1'000'000, 10'000'000};

struct LatencyHistogram {
  std::array<Counter, kLatencyBounds.size() + 1> buckets;
  Counter nanoseconds;
};

class ReviewCounters {
 public:
  // `status`: of the answer; what is no review (not 200) has an HTTP status and no latency here.
  void Count(int status, const Decision& decision, std::chrono::nanoseconds took);

  struct Guardrail {
    std::array<uint64_t, kActionCount> findings{};  // by Action
    uint64_t exempted = 0;
  };
  struct Profile {
    // By route (validate, steer) and verdict.
    std::array<std::array<uint64_t, kVerdicts>, 2> reviews{};
  };
  std::map<std::string, Guardrail, std::less<>> guardrails() const;
  std::map<std::string, Profile, std::less<>> profiles() const;

  std::array<std::array<LatencyHistogram, kVerdicts>, kCountedOperations.size()> latency;  // by Verdict
  Counter errors;                                // reviews that were denied because they could not be judged
  Counter log_errors;                            // decisions that could not be written down
  std::atomic<uint64_t> durable_log_errors = 0;  // the same, counted by the log's thread

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Guardrail, std::less<>> guardrails_;
  std::map<std::string, Profile, std::less<>> profiles_;
};

}  // namespace guard

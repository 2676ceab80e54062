// The metrics page: adds up what the loops counted, and what the rest of the server reports, when it is
// asked.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "webhook/decisions/log.h"
#include "webhook/http/counters.h"
#include "webhook/http/review_counters.h"

namespace guard {

enum class Reloaded : uint8_t { kCertificate, kPolicies };

class Metrics {
 public:
  using SystemTime = std::chrono::system_clock::time_point;

  explicit Metrics(std::string version) : version_(std::move(version)) {}

  // Before the first scrape. What is added outlives this.
  void AddLoop(const LoopCounters* sockets, const ReviewCounters* reviews);
  void UseLog(const DecisionLog* log) { log_ = log; }

  // From any thread.
  void CountReload(Reloaded what, bool ok, SystemTime now);
  void SetCertificate(SystemTime not_after);
  void SetPolicies(std::string digest);
  void SetDraining() { draining_ = true; }

  // Prometheus' text format.
  std::string Scrape() const;

 private:
  struct Reloads {
    uint64_t good = 0, bad = 0;
    bool last_good = true;
    SystemTime last_success{};
  };

  const std::string version_;
  std::vector<const LoopCounters*> sockets_;
  std::vector<const ReviewCounters*> reviews_;
  const DecisionLog* log_ = nullptr;
  std::atomic<bool> draining_ = false;
  mutable std::mutex mutex_;  // what follows
  std::array<Reloads, 2> reloads_;
  SystemTime certificate_not_after_{};
  std::string policies_;
};

}  // namespace guard

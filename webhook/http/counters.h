// Counters that one thread writes and others read: a loop counts without a locked instruction, and a scrape
// sums up what the loops have.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace guard {

class Counter {
 public:
  void Add(uint64_t count = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  void Subtract(uint64_t count = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - count, std::memory_order_relaxed);
  }
  void Set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

// The HTTP statuses that are counted, the rest as the last one.
inline constexpr std::array<int, 13> kCountedStatuses = {200, 400, 404, 405, 408, 413, 415,
                                                         417, 431, 500, 503, 504, 0};

// What the sockets of one loop have seen.
struct LoopCounters {
  Counter connections;  // open now
  Counter accepted;     // since the start, as all below where nothing else is said
  Counter handshakes_failed;
  Counter timeouts_handshake, timeouts_read, timeouts_write, timeouts_idle;
  Counter in_flight;         // requests begun and not answered, now
  Counter waiting;           // of these: answered once the decision log has them, now
  Counter held_bytes;        // of unfinished requests, now
  Counter lag_microseconds;  // how late the loop's last tick was
  std::array<Counter, kCountedStatuses.size()> responses;

  void CountStatus(int status) {
    size_t at = 0;
    while (at + 1 < kCountedStatuses.size() && kCountedStatuses[at] != status) ++at;
    responses[at].Add();
  }
};

}  // namespace guard

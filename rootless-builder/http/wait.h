// Waiting with an end: for a descriptor, or for nothing at all.
#pragma once

#include <chrono>
#include <stop_token>

namespace guard::builder::http {

using Clock = std::chrono::steady_clock;

enum class Waited : uint8_t { kReady, kTimeout, kStopped };

// `events` as poll takes them; `revents`, if asked for, as it gives them. Negative descriptors: only time.
Waited WaitFor(int descriptor, short events, Clock::time_point until, const std::stop_token& stop,
               short* revents = nullptr);

// How long one request may take: the whole, and silence.
struct Limits {
  std::chrono::milliseconds idle{60000};
  Clock::time_point whole = Clock::time_point::max();
  std::stop_token stop;

  Clock::time_point NextSilence() const {
    Clock::time_point silence = Clock::now() + idle;
    return silence < whole ? silence : whole;
  }
};

}  // namespace guard::builder::http

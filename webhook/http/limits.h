// What one caller, and all of them together, may take. The defaults fit a Kubernetes API server, which keeps
// pooled connections for 90 seconds and waits at most 30 for an answer.
#pragma once

#include <chrono>
#include <cstddef>

namespace guard {

struct Limits {
  size_t connections = 4096;         // more wait in the kernel's queue until one closes
  size_t head = size_t{16} << 10;    // bytes of a request's head; more: 431
  size_t body = size_t{8} << 20;     // bytes of a body; more: 413
  size_t memory = size_t{64} << 20;  // bytes of unfinished requests, all together; more: 503
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds read{15'000};    // from a request's first byte to its last
  std::chrono::milliseconds write{10'000};   // until the caller has taken an answer
  std::chrono::milliseconds idle{120'000};   // between requests
  std::chrono::milliseconds review{10'000};  // a caller's patience when it does not say; later: 504

  bool operator==(const Limits&) const = default;
};

}  // namespace guard

// The seam between the sockets and what is answered: a session hands over whole requests and sends what comes
// back. The server's is ReviewHandler; tests and benchmarks have their own.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/admission/reviewer.h"

namespace guard {

struct Call {
  Route route = Route::kValidate;
  std::string_view profile, body;
};

struct Reply {
  int status = 200;
  std::string_view body;  // valid until the handler's next call
  std::string_view content_type = "application/json";
};

// A request whose answer has been made and waits for something, such as the disk.
class Pending {
 public:
  virtual ~Pending() = default;
  virtual std::shared_ptr<Pending> Keep() = 0;
  // Lets the answer go, or another one in its place. From any thread, once.
  virtual void Release(std::optional<std::string> instead) = 0;
};

// One loop's, and called on its thread only.
class Handler {
 public:
  virtual ~Handler() = default;
  enum class When : uint8_t { kNow, kWithTurn, kLater };
  // kWithTurn: `reply` may leave when Settle has been called, which the loop does within a fraction of a
  // millisecond. kLater: when pending.Release is called, which may be before this returns.
  virtual When Handle(const Call& call, Reply* reply, Pending& pending) = 0;

  // Another answer in the place of one that was made.
  struct Instead {
    size_t index = 0;  // counts the answers since the last Settle that were kWithTurn
    std::string body;
  };
  // Does what the answers that wait have in common. What comes back, by index, goes out instead.
  virtual std::vector<Instead> Settle() { return {}; }
};

}  // namespace guard

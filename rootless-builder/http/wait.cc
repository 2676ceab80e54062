// Tested by connect_test.cc and client_test.cc.
#include "rootless-builder/http/wait.h"

#include <poll.h>

#include <algorithm>

namespace guard::builder::http {

Waited WaitFor(int descriptor, short events, Clock::time_point until, const std::stop_token& stop,
               short* revents) {
  using std::chrono::milliseconds;
  for (;;) {
    if (stop.stop_requested()) return Waited::kStopped;
    Clock::time_point now = Clock::now();
    milliseconds slice{250};  // how soon a stop is seen
    if (until - now < slice)
      slice = std::chrono::ceil<milliseconds>(std::max(until - now, Clock::duration{}));
    pollfd poll_descriptor{.fd = descriptor, .events = events, .revents = 0};
    int ready = ::poll(&poll_descriptor, 1, static_cast<int>(slice.count()));
    if (revents) *revents = poll_descriptor.revents;
    if (ready > 0) return Waited::kReady;
    if (Clock::now() >= until) return Waited::kTimeout;
  }
}

}  // namespace guard::builder::http

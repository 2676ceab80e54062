// TCP connections to the first of some addresses that answers (RFC 8305, "happy eyeballs").
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rootless-builder/http/resolve.h"

namespace guard::builder::http {

// A descriptor that is closed with its owner.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  int get() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Families take turns; the next address is tried when one fails or has not answered for a moment. The socket
// does not block. `name` is for the error.
Outcome<Socket> Connect(const std::vector<SocketAddress>& addresses, const std::string& name,
                        Clock::time_point until, const std::stop_token& stop);

}  // namespace guard::builder::http

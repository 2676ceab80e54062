// Tested by connect_test.cc.
#include "rootless-builder/http/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace guard::builder::http {
namespace {

constexpr std::chrono::milliseconds kHeadStart{250};  // of an address before the next one

std::vector<SocketAddress> TakeTurns(const std::vector<SocketAddress>& addresses) {
  std::vector<SocketAddress> first, second, mixed;
  for (const SocketAddress& address : addresses)
    (address.v6() == addresses.front().v6() ? first : second).push_back(address);
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

// The attempts that are under way.
struct Race {
  std::vector<Socket> running;
  int last_error = 0;

  // Whether this one has won at once.
  bool Start(const SocketAddress& address) {
    Socket socket(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0) {
      last_error = errno;
      return false;
    }
    int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    int result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size);
    if (result != 0 && errno != EINPROGRESS) {
      last_error = errno;
      return false;
    }
    running.push_back(std::move(socket));
    return result == 0;
  }

  // Waits a while and gives the index of the one that won, or -1. Losers are closed.
  int Wait(std::chrono::milliseconds time) {
    std::vector<pollfd> polled;
    polled.reserve(running.size());
    for (const Socket& socket : running) polled.push_back({socket.get(), POLLOUT, 0});
    if (::poll(polled.data(), polled.size(), static_cast<int>(time.count())) <= 0) return -1;
    for (size_t i = polled.size(); i-- > 0;) {
      if (!polled[i].revents) continue;
      int error = 0;
      socklen_t size = sizeof(error);
      ::getsockopt(running[i].get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return static_cast<int>(i);
      last_error = error;
      running.erase(running.begin() + static_cast<ptrdiff_t>(i));
    }
    return -1;
  }
};

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Outcome<Socket> Connect(const std::vector<SocketAddress>& addresses, const std::string& name,
                        Clock::time_point until, const std::stop_token& stop) {
  using std::chrono::milliseconds;
  std::vector<SocketAddress> all = TakeTurns(addresses);
  Race race;
  size_t next = 0;
  Clock::time_point next_start = Clock::now();
  while (next < all.size() || !race.running.empty()) {
    Clock::time_point now = Clock::now();
    if (stop.stop_requested()) return Failed(FailureKind::kStopped, "stopped");
    if (now >= until) return Failed(FailureKind::kConnect, name + " did not take a connection in time");
    if (next < all.size() && (now >= next_start || race.running.empty())) {
      if (race.Start(all[next++])) return std::move(race.running.back());
      next_start = Clock::now() + kHeadStart;
    }
    if (race.running.empty()) continue;
    milliseconds wait = std::min(std::chrono::ceil<milliseconds>(until - now), kHeadStart);
    if (next < all.size()) wait = std::min(wait, std::chrono::ceil<milliseconds>(next_start - now));
    int winner = race.Wait(std::max(wait, milliseconds(1)));
    if (winner >= 0) return std::move(race.running[static_cast<size_t>(winner)]);
  }
  return Failed(FailureKind::kConnect, "cannot connect to " + name + ": " + std::strerror(race.last_error));
}

}  // namespace guard::builder::http

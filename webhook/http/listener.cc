// Tested by server_test.cc and endpoint_test.cc.
#include "webhook/http/listener.h"

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>

namespace guard {

using boost::asio::ip::tcp;

Result<tcp::endpoint> ParseEndpoint(const std::string& text) {
  constexpr std::string_view kHint = "write HOST:PORT with an address, such as 0.0.0.0:8443 or [::]:8443";
  size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Fail("'" + text + "' has no port", std::string(kHint));
  std::string host = text.substr(0, colon);
  uint16_t port = 0;
  const char* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data() + colon + 1, last, port);
  if (error != std::errc() || end != last || colon + 1 == text.size())
    return Fail("'" + text + "' has no port between 0 and 65535", std::string(kHint));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return Fail("'" + text + "' is ambiguous", std::string(kHint));
  }
  if (host.empty()) return tcp::endpoint(tcp::v6(), port);
  boost::system::error_code bad;
  auto address = boost::asio::ip::make_address(host, bad);
  if (bad) return Fail("'" + host + "' is no address", std::string(kHint));
  return tcp::endpoint(address, port);
}

std::string ToString(const tcp::endpoint& endpoint) {
  std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

Result<tcp::acceptor> Listen(boost::asio::io_context& io, const tcp::endpoint& at) {
  boost::system::error_code error;
  tcp::endpoint endpoint = at;
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (error && endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
    endpoint = tcp::endpoint(tcp::v4(), at.port());  // every address, on a machine without IPv6
    acceptor.open(endpoint.protocol(), error);
  }
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6() && endpoint.address().is_unspecified())
    acceptor.set_option(boost::asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return Fail("cannot listen on " + ToString(at) + ": " + error.message());
  return acceptor;
}

Listener::Listener(boost::asio::io_context& io, tcp::acceptor acceptor, std::vector<Loop*> loops,
                   size_t most_connections)
    : io_(io),
      acceptor_(std::move(acceptor)),
      pause_(io),
      loops_(std::move(loops)),
      dealt_(loops_.size()),
      most_connections_(most_connections) {}

void Listener::Start() { Accept(); }

tcp::endpoint Listener::endpoint() const {
  boost::system::error_code ignored;
  return acceptor_.local_endpoint(ignored);
}

size_t Listener::connections() const {
  size_t open = 0;
  for (size_t i = 0; i < loops_.size(); ++i) {
    const LoopCounters& counters = loops_[i]->counters();
    open += counters.connections.get() + (dealt_[i] - counters.accepted.get());
  }
  return open;
}

Loop* Listener::Next() {
  auto open = [&](size_t i) {
    const LoopCounters& counters = loops_[i]->counters();
    return counters.connections.get() + (dealt_[i] - counters.accepted.get());
  };
  size_t best = next_ % loops_.size();
  for (size_t step = 1; step < loops_.size(); ++step) {
    size_t i = (next_ + step) % loops_.size();
    if (open(i) < open(best)) best = i;
  }
  next_ = best + 1;
  ++dealt_[best];
  return loops_[best];
}

void Listener::Accept() {
  if (stopped_) return;
  if (connections() >= most_connections_) return PauseAndRetry();
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const boost::system::error_code& error) {
    if (error || stopped_) return;
    if (TakeWaiting()) {
      Accept();
    } else {
      PauseAndRetry();
    }
  });
}

// A connection belongs to its loop's io_context from the beginning, so accepting waits for none.
bool Listener::TakeWaiting() {
  while (connections() < most_connections_) {
    boost::system::error_code error;
    Loop* loop = Next();
    tcp::socket socket = acceptor_.accept(loop->io(), error);
    if (error) {
      --dealt_[static_cast<size_t>(std::find(loops_.begin(), loops_.end(), loop) - loops_.begin())];
      if (error == boost::asio::error::connection_aborted || error == boost::asio::error::interrupted)
        continue;
      return error == boost::asio::error::would_block;  // otherwise there are no descriptors
    }
    loop->Adopt(std::move(socket));
  }
  return true;
}

// At the cap callers wait in the kernel's queue.
void Listener::PauseAndRetry() {
  pause_.expires_after(std::chrono::milliseconds(20));
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopped_) return;
    Accept();
  });
}

void Listener::Stop() {
  if (stopped_) return;
  TakeWaiting();
  stopped_ = true;
  boost::system::error_code ignored;
  pause_.cancel();
  acceptor_.close(ignored);
}

}  // namespace guard

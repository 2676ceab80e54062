// Tested by server_test.cc.
#include "webhook/http/listener.h"

#include <algorithm>

namespace guard {

using boost::asio::ip::tcp;

Listener::Listener(boost::asio::io_context& io, tcp::acceptor acceptor, std::vector<Loop*> loops,
                   size_t most_connections)
    : acceptor_(std::move(acceptor)),
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
    open += counters.connections.get() + (dealt_[i].get() - counters.accepted.get());
  }
  return open;
}

Loop* Listener::Next() {
  auto open = [&](size_t i) {
    const LoopCounters& counters = loops_[i]->counters();
    return counters.connections.get() + (dealt_[i].get() - counters.accepted.get());
  };
  size_t best = next_ % loops_.size();
  for (size_t step = 1; step < loops_.size(); ++step) {
    size_t i = (next_ + step) % loops_.size();
    if (open(i) < open(best)) best = i;
  }
  next_ = best + 1;
  dealt_[best].Add();
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
      dealt_[static_cast<size_t>(std::find(loops_.begin(), loops_.end(), loop) - loops_.begin())].Subtract();
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
  ignored = acceptor_.close(ignored);
}

}  // namespace guard

// The serving port: accepts connections and deals each to the loop that has the fewest.
//
// One acceptor that deals beats one acceptor a loop (SO_REUSEPORT): an API server keeps few connections, and
// the kernel's hash would often put most of them on one loop. Accepting is rare, and it happens on a thread
// of its own, so a loop that judges never keeps a caller waiting for its connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "webhook/http/counters.h"
#include "webhook/http/endpoint.h"
#include "webhook/http/loop.h"

namespace guard {

class Listener {
 public:
  // All of it belongs to the thread that runs `io`.
  Listener(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor, std::vector<Loop*> loops,
           size_t most_connections);

  void Start();
  // Takes what already waits, then closes the port.
  void Stop();
  boost::asio::ip::tcp::endpoint endpoint() const;
  // Open connections of all loops.
  size_t connections() const;

 private:
  void Accept();
  bool TakeWaiting();  // false: for want of descriptors, something still waits
  void PauseAndRetry();
  Loop* Next();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::vector<Loop*> loops_;
  std::vector<Counter> dealt_;  // to each loop, as its own count lags behind
  size_t most_connections_;
  size_t next_ = 0;
  bool stopped_ = false;
};

}  // namespace guard

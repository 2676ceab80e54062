// Ending without losing an answer. From SIGTERM on:
//
//   at once        not ready any more; everything else as before, as callers learn of it only with time
//   after `delay`  no new connections; every answer closes its connection, so busy callers go elsewhere
//   after `time`   what is idle is closed; what is not, closes with its answer
//
// and it is over when no connection is open, at the latest `last` after `time`.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <vector>

#include "webhook/http/listener.h"
#include "webhook/http/log.h"
#include "webhook/http/server_config.h"

namespace guard {

class Drain {
 public:
  // All of it belongs to the thread that runs `io`. `done` is called once.
  Drain(boost::asio::io_context& io, const DrainConfig& config, std::chrono::milliseconds last,
        Listener* listener, std::vector<Loop*> loops, Log* log, std::function<void()> done);

  void Begin();
  bool begun() const { return begun_; }

 private:
  enum class Stage : uint8_t { kServing, kClosing, kClosingIdle };
  void Step();

  boost::asio::steady_timer timer_;
  DrainConfig config_;
  std::chrono::milliseconds last_;
  Listener* listener_;
  std::vector<Loop*> loops_;
  Log* log_;
  std::function<void()> done_;
  bool begun_ = false;
  Stage stage_ = Stage::kServing;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace guard

// One thread's share of the server: an io_context, the connections dealt to it, and all they use together.
//
// Connections are dealt to a loop once and stay there, so nothing in a request takes a lock. Time-outs are
// looked for by one timer a loop, which asks every connection a few times a second: arming a timer for each
// read would cost more than the read.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "webhook/http/counters.h"
#include "webhook/http/handler.h"
#include "webhook/http/input_buffer.h"
#include "webhook/http/limits.h"
#include "webhook/http/tls_context.h"

namespace guard {

class Session;

class Loop {
 public:
  using Clock = std::chrono::steady_clock;

  // `memory`: this loop's share of limits.memory. `handler` lives as long as the loop.
  Loop(const Limits& limits, size_t memory, std::shared_ptr<const TlsContext> tls, Handler* handler);
  ~Loop();
  Loop(const Loop&) = delete;

  // Serves until Stop; the body of the loop's thread.
  void Run();

  // From any thread.
  boost::asio::io_context& io() { return io_; }
  void Adopt(boost::asio::ip::tcp::socket socket);
  void UseTls(std::shared_ptr<const TlsContext> tls);
  // From now on every answer closes its connection, so that busy callers go elsewhere.
  void SayClose();
  // Closes what is idle; what is not, closes with its answer.
  void CloseIdle();
  // Ends Run, whatever is open.
  void Stop();
  void Post(std::function<void()> work);
  const LoopCounters& counters() const { return counters_; }
  Clock::time_point last_tick() const { return Clock::time_point(Clock::duration(ticked_.load())); }

 private:
  friend class Session;

  void Tick();
  void ArmTick();
  void Forget(Session* session);
  void MakeDate();
  // When a request that is read only now may have arrived: a loop that was busy for long asks the kernel.
  Clock::time_point Arrival(int descriptor, Clock::time_point now) const;
  void NoteBusy(Clock::time_point begin, Clock::time_point end);

  // Reviews that are there at the same time are answered together: one write for their decisions, and a
  // caller that has its first answers finds the next ones behind them, instead of being woken for each.
  void AnswerWithTurn(std::shared_ptr<Session> session, size_t answer_at);
  bool TurnIsLong(Clock::time_point now) const;
  void EndTurn();

  const Limits limits_;
  const size_t memory_;
  boost::asio::io_context io_;
  boost::asio::steady_timer tick_;
  Clock::time_point tick_due_;
  std::atomic<Clock::rep> ticked_;
  std::shared_ptr<const TlsContext> tls_;
  Handler* handler_;
  LoopCounters counters_;
  std::vector<std::shared_ptr<Session>> sessions_;

  // What sessions share while they have a turn.
  InputBuffer scratch_;
  std::string out_;
  struct Held {
    std::shared_ptr<Session> session;
    size_t begin, answer_at, end;  // in turn_out_: what goes out, and the part of it that is the answer
  };
  std::vector<Held> turn_, ending_;
  std::string turn_out_, ending_out_;
  bool turn_ends_ = false;  // EndTurn is on its way
  Clock::time_point turn_began_;
  std::string date_;  // a header line, refreshed by the tick
  bool say_close_ = false;
  Clock::time_point suspicious_until_{};  // until then arrivals are asked of the kernel
};

}  // namespace guard

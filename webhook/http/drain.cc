// Tested by server_test.cc and tests/e2e/webhook_drain.sh.
#include "webhook/http/drain.h"

namespace guard {
namespace {

constexpr auto kStep = std::chrono::milliseconds(20);

}  // namespace

Drain::Drain(boost::asio::io_context& io, const DrainConfig& config, std::chrono::milliseconds last,
             Listener* listener, std::vector<Loop*> loops, Log* log, std::function<void()> done)
    : timer_(io),
      config_(config),
      last_(last),
      listener_(listener),
      loops_(std::move(loops)),
      log_(log),
      done_(std::move(done)) {}

void Drain::Begin() {
  if (begun_) return;
  begun_ = true;
  began_ = std::chrono::steady_clock::now();
  log_->Info("ending: not ready any more", {{"connections", std::to_string(listener_->connections())}});
  Step();
}

void Drain::Step() {
  auto passed = std::chrono::steady_clock::now() - began_;
  if (stage_ == Stage::kServing && passed >= config_.delay) {
    stage_ = Stage::kClosing;
    log_->Info("ending: no new connections");
    listener_->Stop();
    for (Loop* loop : loops_) loop->SayClose();
  }
  if (stage_ == Stage::kClosing && passed >= config_.time) {
    stage_ = Stage::kClosingIdle;
    for (Loop* loop : loops_) loop->CloseIdle();
  }
  size_t open = listener_->connections();
  bool late = passed >= config_.time + last_;
  if (stage_ != Stage::kServing && (open == 0 || late)) {
    if (open > 0) log_->Warn("ending with open connections", {{"connections", std::to_string(open)}});
    return done_();
  }
  timer_.expires_after(kStep);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Step();
  });
}

}  // namespace guard

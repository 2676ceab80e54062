// Tested by server_test.cc.
#include "webhook/http/loop.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <ctime>

#include "webhook/http/session.h"

namespace guard {
namespace {

constexpr auto kTick = std::chrono::milliseconds(200);
constexpr auto kLongTurn = std::chrono::milliseconds(20);
constexpr size_t kScratch = size_t{64} << 10;

}  // namespace

Loop::Loop(const Limits& limits, size_t memory, std::shared_ptr<const TlsContext> tls, Handler* handler)
    : limits_(limits),
      memory_(memory),
      io_(1),
      tick_(io_),
      ticked_(Clock::now().time_since_epoch().count()),
      tls_(std::move(tls)),
      handler_(handler),
      scratch_(kScratch) {}

Loop::~Loop() = default;

void Loop::Run() {
  MakeDate();
  tick_due_ = Clock::now() + kTick;
  ArmTick();
  io_.run();
  // What is still open goes with the loop, on its own thread.
  std::vector<std::shared_ptr<Session>> rest = std::move(sessions_);
  sessions_.clear();
  for (auto& session : rest) session->Abandon();
  io_.restart();
  io_.poll();
}

void Loop::Adopt(boost::asio::ip::tcp::socket socket) {
  boost::asio::post(io_, [this, socket = std::move(socket)]() mutable {
    auto session = std::make_shared<Session>(this, std::move(socket), tls_);
    session->slot = sessions_.size();
    sessions_.push_back(session);
    counters_.connections.Add();
    counters_.accepted.Add();
    session->Start();
  });
}

void Loop::UseTls(std::shared_ptr<const TlsContext> tls) {
  boost::asio::post(io_, [this, tls = std::move(tls)]() mutable { tls_ = std::move(tls); });
}

void Loop::SayClose() {
  boost::asio::post(io_, [this] { say_close_ = true; });
}

void Loop::CloseIdle() {
  boost::asio::post(io_, [this] {
    say_close_ = true;
    std::vector<std::shared_ptr<Session>> all = sessions_;  // closing changes the list
    for (auto& session : all) session->CloseIfIdle();
  });
}

void Loop::Stop() { io_.stop(); }

void Loop::Post(std::function<void()> work) { boost::asio::post(io_, std::move(work)); }

void Loop::ArmTick() {
  tick_.expires_at(tick_due_);
  tick_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

void Loop::Tick() {
  Clock::time_point now = Clock::now();
  auto late = std::chrono::duration_cast<std::chrono::microseconds>(now - tick_due_).count();
  counters_.lag_microseconds.Set(static_cast<uint64_t>(std::max<int64_t>(late, 0)));
  ticked_ = now.time_since_epoch().count();
  MakeDate();
  // Backwards: a session that closes puts the last one into its slot.
  for (size_t i = sessions_.size(); i-- > 0;) {
    if (i >= sessions_.size()) continue;
    std::shared_ptr<Session> session = sessions_[i];
    session->CheckDeadline(now);
  }
  tick_due_ = now + kTick;
  ArmTick();
}

void Loop::Forget(Session* session) {
  if (session->slot >= sessions_.size() || sessions_[session->slot].get() != session) return;
  sessions_.back()->slot = session->slot;
  std::swap(sessions_[session->slot], sessions_.back());
  sessions_.pop_back();
  counters_.connections.Subtract();
}

void Loop::MakeDate() {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[64];
  size_t size = std::strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  date_.assign(text, size);
}

Loop::Clock::time_point Loop::Arrival(int descriptor, Clock::time_point now) const {
  if (now >= suspicious_until_) return now;
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return now;
  return now - std::chrono::milliseconds(info.tcpi_last_data_recv);
}

void Loop::NoteBusy(Clock::time_point begin, Clock::time_point end) {
  if (end - begin >= kLongTurn) suspicious_until_ = end + 4 * (end - begin);
}

}  // namespace guard

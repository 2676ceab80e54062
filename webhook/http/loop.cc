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
constexpr size_t kMostInTurn = 16;  // answers that wait for each other
constexpr auto kLongestTurn = std::chrono::microseconds(300);
constexpr size_t kKeptTurn = size_t{256} << 10;

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
  EndTurn();
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

void Loop::AnswerWithTurn(std::shared_ptr<Session> session, size_t answer_at) {
  if (turn_.empty()) turn_began_ = Clock::now();
  size_t begin = turn_out_.size();
  turn_out_ += out_;
  out_.clear();
  turn_.push_back({std::move(session), begin, begin + answer_at, turn_out_.size()});
  if (turn_ends_) return;
  // Behind everything that is ready now.
  turn_ends_ = true;
  boost::asio::post(io_, [this] {
    turn_ends_ = false;
    EndTurn();
  });
}

bool Loop::TurnIsLong(Clock::time_point now) const {
  return turn_.size() >= kMostInTurn || (!turn_.empty() && now - turn_began_ >= kLongestTurn);
}

void Loop::EndTurn() {
  if (turn_.empty()) return;
  std::swap(turn_, ending_);
  std::swap(turn_out_, ending_out_);
  std::vector<Handler::Instead> instead = handler_->Settle();
  size_t next = 0;
  for (size_t i = 0; i < ending_.size(); ++i) {
    Held& held = ending_[i];
    std::string_view bytes = std::string_view(ending_out_).substr(held.begin, held.end - held.begin);
    if (next < instead.size() && instead[next].index == i)
      held.session->AnswerInstead(bytes.substr(0, held.answer_at - held.begin), instead[next++].body);
    else
      held.session->SendAnswer(bytes);
  }
  ending_.clear();
  ending_out_.clear();
  if (ending_out_.capacity() > kKeptTurn) ending_out_.shrink_to_fit();
}

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

// Listener, loops and sessions over real sockets, with handlers that do what real ones rarely do.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

#include "webhook/http/certificates.h"
#include "webhook/http/drain.h"
#include "webhook/http/listener.h"

namespace guard {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

// A blocking TLS client.
class Client {
 public:
  explicit Client(uint16_t port)
      : context_(SSL_CTX_new(TLS_client_method())), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    connected_ = connected_ && SSL_connect(ssl_) == 1;
  }
  ~Client() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(fd_);
  }
  Client(const Client&) = delete;

  bool connected() const { return connected_; }
  void Send(const std::string& text) { SSL_write(ssl_, text.data(), static_cast<int>(text.size())); }
  void Ask(const std::string& target = "/validate/a", const std::string& body = "{}") {
    Send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  // The next answer with its head; what there is when the connection ends.
  std::string Answer() {
    while (true) {
      size_t head = data_.find("\r\n\r\n");
      if (head != std::string::npos) {
        size_t at = data_.find("Content-Length: ");
        size_t size = head + 4 + std::strtoull(data_.c_str() + at + 16, nullptr, 10);
        if (data_.size() >= size) {
          std::string answer = data_.substr(0, size);
          data_.erase(0, size);
          return answer;
        }
      }
      char part[4096];
      int got = SSL_read(ssl_, part, sizeof(part));
      if (got <= 0) return std::exchange(data_, {});
      data_.append(part, static_cast<size_t>(got));
    }
  }
  bool Ended() { return Answer().empty(); }

 private:
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  int fd_;
  bool connected_ = false;
  std::string data_;
};

class FakeHandler final : public Handler {
 public:
  using Do = std::function<When(const Call&, Reply*, Pending&)>;
  explicit FakeHandler(Do what) : what_(std::move(what)) {}
  When Handle(const Call& call, Reply* reply, Pending& pending) override {
    ++calls;
    return what_(call, reply, pending);
  }
  std::vector<Instead> Settle() override { return settle ? settle() : std::vector<Instead>(); }
  std::atomic<int> calls = 0;
  std::function<std::vector<Instead>()> settle;

 private:
  Do what_;
};

Handler::When SayOk(const Call& /*call*/, Reply* reply, Pending& /*pending*/) {
  reply->body = "ok";
  return Handler::When::kNow;
}

std::shared_ptr<const TlsContext> MakeTls(const std::string& client_name = {}) {
  MadeCertificates made = *MakeCertificates({{"localhost"}, {}, 1});
  TlsFiles files = {.certificate = "c", .key = "k"};
  if (!client_name.empty()) files.client_ca = "ca", files.client_names = {client_name};
  return *TlsContext::FromTexts(files, made.certificate, made.key, made.ca);
}

struct Server {
  explicit Server(FakeHandler::Do what, Limits limits = {}, int count = 1) : handler(std::move(what)) {
    std::signal(SIGPIPE, SIG_IGN);
    auto tls = MakeTls();
    for (int i = 0; i < count; ++i) {
      loops.push_back(std::make_unique<Loop>(limits, limits.memory, tls, &handler));
      all.push_back(loops.back().get());
      threads.emplace_back([loop = loops.back().get()] { loop->Run(); });
    }
    listener.emplace(control, *Listen(control, *ParseEndpoint("127.0.0.1:0")), all, limits.connections);
    port = listener->endpoint().port();
    listener->Start();
    control_thread = std::thread([this] {
      auto work = boost::asio::make_work_guard(control);
      control.run();
    });
  }
  ~Server() {
    control.stop();
    control_thread.join();
    for (Loop* loop : all) loop->Stop();
    for (std::thread& thread : threads) thread.join();
  }
  size_t connections() const { return loops[0]->counters().connections.get(); }

  FakeHandler handler;
  boost::asio::io_context control{1};
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<Loop*> all;
  std::vector<std::thread> threads;
  std::optional<Listener> listener;
  std::thread control_thread;
  uint16_t port = 0;
};

bool Until(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST(Server, AnswersOverOneConnection) {
  Server server([](const Call& call, Reply* reply, Pending&) {
    reply->body = call.body;
    EXPECT_EQ(call.profile, "a");
    EXPECT_EQ(call.route, Route::kSteer);
    return Handler::When::kNow;
  });
  Client client(server.port);
  for (size_t size : {size_t{0}, size_t{1}, size_t{5000}, size_t{70'000}, size_t{3'000'000}, size_t{2}}) {
    std::string body(size, 'x');
    std::thread sender([&] { client.Ask("/steer/a", body); });
    std::string answer = client.Answer();
    sender.join();
    EXPECT_THAT(answer.substr(0, 200), StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4).size(), size);
  }
  EXPECT_EQ(server.loops[0]->counters().held_bytes.get(), 0u);
}

TEST(Server, NeverJudgesWhatNobodyWaitsForAnyMore) {
  // The loop is busy with one review while another one's time passes in the kernel's buffer.
  std::atomic<bool> busy = false;
  Server server([&](const Call& call, Reply* reply, Pending&) {
    if (call.body == "slow") {
      busy = true;
      std::this_thread::sleep_for(milliseconds(1500));
    }
    reply->body = "judged";
    return Handler::When::kNow;
  });
  Client slow(server.port), hurried(server.port), patient(server.port);
  slow.Ask("/validate/a?timeout=1s", "slow");
  ASSERT_TRUE(Until([&] { return busy.load(); }));
  hurried.Ask("/validate/a?timeout=1s");
  patient.Ask("/validate/a?timeout=30s");
  EXPECT_THAT(slow.Answer(), HasSubstr("judged"));
  EXPECT_THAT(hurried.Answer(), StartsWith("HTTP/1.1 504 "));
  EXPECT_THAT(patient.Answer(), HasSubstr("judged"));
  EXPECT_EQ(server.handler.calls, 2);
  hurried.Ask("/validate/a?timeout=1s");
  EXPECT_THAT(hurried.Answer(), HasSubstr("judged"));
}

TEST(Server, ABodyThatComesTooLateIsNotJudged) {
  Server server(SayOk);
  Client client(server.port);
  client.Send(
      "POST /validate/a?timeout=200ms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{");
  std::this_thread::sleep_for(milliseconds(400));
  client.Send("}");
  EXPECT_THAT(client.Answer(), StartsWith("HTTP/1.1 504 "));
  EXPECT_EQ(server.handler.calls, 0);
}

// Several callers whose answers go out together, some of them with another answer.
TEST(Server, AnswersOfATurn) {
  std::atomic<int> settled = 0;
  std::vector<std::string> turn;  // the bodies; all on the loop's thread
  Server server([&](const Call& call, Reply* reply, Pending&) {
    turn.emplace_back(call.body);
    reply->body = call.body;
    return Handler::When::kWithTurn;
  });
  server.handler.settle = [&] {
    ++settled;
    std::vector<Handler::Instead> instead;
    for (size_t i = 0; i < turn.size(); ++i)
      if (turn[i].starts_with("lost")) instead.push_back({i, "denied " + turn[i]});
    turn.clear();
    return instead;
  };
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<Client>(server.port));
  // While the loop is held up, all of them ask; some twice, and one is gone before its answer.
  std::mutex gate;
  {
    std::lock_guard hold(gate);
    server.loops[0]->Post([&] { std::lock_guard wait(gate); });
    for (size_t i = 0; i < clients.size(); ++i)
      for (const char* which : {"first ", "lost "}) clients[i]->Ask("/validate/a", which + std::to_string(i));
    clients[7].reset();
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    if (!clients[i]) continue;
    std::string number = std::to_string(i);
    EXPECT_THAT(clients[i]->Answer(), testing::EndsWith("\r\n\r\nfirst " + number));
    EXPECT_THAT(clients[i]->Answer(), testing::EndsWith("\r\n\r\ndenied lost " + number));
  }
  EXPECT_LT(settled, 40);
  EXPECT_TRUE(Until([&] { return server.connections() == 39; }));
  EXPECT_EQ(server.loops[0]->counters().waiting.get(), 0u);
  EXPECT_EQ(server.loops[0]->counters().in_flight.get(), 0u);
}

TEST(Server, AnswersCanWait) {
  std::mutex mutex;
  std::vector<std::shared_ptr<Pending>> waiting;
  Server server([&](const Call&, Reply* reply, Pending& pending) {
    reply->body = "first";
    std::lock_guard lock(mutex);
    waiting.push_back(pending.Keep());
    return Handler::When::kLater;
  });
  auto release = [&](size_t count, std::optional<std::string> instead) {
    Until([&] {
      std::lock_guard lock(mutex);
      return waiting.size() == count;
    });
    std::lock_guard lock(mutex);
    waiting.back()->Release(std::move(instead));
  };
  Client client(server.port);
  client.Ask();
  client.Ask();  // waits behind the first
  EXPECT_TRUE(Until([&] { return server.loops[0]->counters().waiting.get() == 1; }));
  release(1, std::nullopt);
  EXPECT_THAT(client.Answer(), HasSubstr("first"));
  release(2, "instead");
  EXPECT_THAT(client.Answer(), HasSubstr("Content-Length: 7\r\n\r\ninstead"));
  // The caller does not wait for it.
  auto gone = std::make_unique<Client>(server.port);
  gone->Ask();
  Until([&] { return server.handler.calls == 3; });
  gone.reset();
  release(3, std::nullopt);
  client.Ask();
  release(4, std::nullopt);
  EXPECT_THAT(client.Answer(), HasSubstr("first"));
  EXPECT_TRUE(Until([&] { return server.connections() == 1; }));
  // It is never released: the end of the server does not mind.
  client.Ask();
  Until([&] { return server.handler.calls == 5; });
}

TEST(Server, ClosesConnectionsWithTheirAnswers) {
  Server server(SayOk);
  Client busy(server.port), idle(server.port);
  busy.Ask();
  busy.Answer();
  server.loops[0]->SayClose();
  busy.Ask();
  EXPECT_THAT(busy.Answer(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(busy.Ended());
  EXPECT_TRUE(Until([&] { return server.connections() == 1; }));
  server.loops[0]->CloseIdle();
  EXPECT_TRUE(idle.Ended());
}

TEST(Server, CallersComeAgainWhenTheRulesAboutCallersChange) {
  Server server(SayOk);
  Client client(server.port);
  server.loops[0]->UseTls(MakeTls());  // another certificate only
  client.Ask();
  EXPECT_THAT(client.Answer(), Not(HasSubstr("Connection: close")));
  server.loops[0]->UseTls(MakeTls("somebody"));
  std::string answer;
  for (int i = 0; i < 100 && answer.find("close") == std::string::npos; ++i) {
    client.Ask();
    answer = client.Answer();
  }
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST(Server, DealsConnectionsEvenly) {
  Server server(SayOk, {}, 3);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 9; ++i) {
    clients.push_back(std::make_unique<Client>(server.port));
    clients.back()->Ask();
    clients.back()->Answer();
  }
  for (auto& loop : server.loops) EXPECT_EQ(loop->counters().connections.get(), 3u);
  EXPECT_EQ(server.listener->connections(), 9u);
}

TEST(Server, KeepsItsCapOnConnections) {
  Limits limits;
  limits.connections = 2;
  Server server(SayOk, limits);
  auto first = std::make_unique<Client>(server.port);
  Client second(server.port);
  std::atomic<bool> in = false;
  std::thread third([&] {
    Client client(server.port);
    in = client.connected();
  });
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_FALSE(in);
  EXPECT_EQ(server.connections(), 2u);
  first.reset();
  third.join();
  EXPECT_TRUE(in);
}

TEST(Drain, WaitsForAnswersAndNotForIdleCallers) {
  Server server(SayOk);
  Log log({.level = LogLevel::kError});
  std::atomic<bool> done = false;
  Drain drain(server.control, {.delay = milliseconds(100), .time = milliseconds(400)}, milliseconds(5000),
              &*server.listener, server.all, &log, [&] { done = true; });
  Client idle(server.port), half(server.port);
  half.Send(
      "POST /validate/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
  boost::asio::post(server.control, [&] { drain.Begin(); });
  EXPECT_TRUE(idle.Ended());
  EXPECT_FALSE(done);
  half.Send("{}");
  EXPECT_THAT(half.Answer(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(half.Ended());
  EXPECT_TRUE(Until([&] { return done.load(); }));
}

}  // namespace
}  // namespace guard

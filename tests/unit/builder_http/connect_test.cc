#include "rootless-builder/http/connect.h"

#include <netinet/in.h>

#include "tests/unit/builder_http/scripted_server.h"

namespace guard::builder::http {
namespace {

Clock::time_point Soon() { return Clock::now() + std::chrono::seconds(10); }

TEST(Resolve, LiteralsAndTheLoopbackNeedNoServer) {
  EXPECT_EQ(Resolve("127.0.0.1", 80, Soon(), {})->size(), 1u);
  EXPECT_TRUE((*Resolve("::1", 80, Soon(), {}))[0].v6());
  EXPECT_EQ(Resolve("localhost", 80, Soon(), {})->size(), 2u);
  EXPECT_EQ(Resolve("registry.localhost", 80, Soon(), {})->size(), 2u);
}

// A name server that knows one name, "known.test", as 127.0.0.9, and tells nothing of others.
class NameServer {
 public:
  NameServer() {
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
  }
  ~NameServer() {
    thread_.request_stop();
    thread_.join();
    ::close(socket_);
  }
  uint16_t port = 0;

 private:
  void Serve(const std::stop_token& stop) const {
    while (!stop.stop_requested()) {
      pollfd polled{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&polled, 1, 20) <= 0) continue;
      char bytes[512];
      sockaddr_in from{};
      socklen_t size = sizeof(from);
      ssize_t count = ::recvfrom(socket_, bytes, sizeof(bytes), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (count < 17) continue;
      std::string answer(bytes, static_cast<size_t>(count));
      size_t end = answer.find('\0', 12);
      bool known = answer.substr(12, end - 12) == "\x05known\x04test", v4 = answer[end + 2] == 1;
      answer.resize(end + 5);  // the question alone
      answer[2] = '\x81';
      answer[3] = known ? '\x80' : '\x83';
      answer[11] = 0;  // no additional records
      if (known && v4) {
        answer[7] = 1;
        answer += std::string("\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x09", 16);
      }
      ::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }
  int socket_ = -1;
  std::jthread thread_;
};

TEST(Resolve, AsksTheNameServer) {
  NameServer server;
  ResolverOptions options{.resolv_conf = "/dev/null", .servers = "127.0.0.1:" + std::to_string(server.port)};
  auto known = Resolve("known.test", 443, Soon(), {}, options);
  ASSERT_TRUE(known) << known.error().error.message;
  ASSERT_EQ(known->size(), 1u);
  const auto& address = reinterpret_cast<const sockaddr_in&>((*known)[0].bytes);
  EXPECT_EQ(ntohl(address.sin_addr.s_addr), 0x7f000009u);
  EXPECT_EQ(ntohs(address.sin_port), 443);
  auto unknown = Resolve("unknown.test", 443, Soon(), {}, options);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, FailureKind::kNoHost);
}

TEST(Resolve, GivesUpInTime) {
  ResolverOptions options{.resolv_conf = "/dev/null", .servers = "127.0.0.1:1"};
  auto late = Resolve("known.test", 443, Clock::now() + std::chrono::milliseconds(50), {}, options);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, FailureKind::kConnect);
  std::stop_source stop;
  stop.request_stop();
  auto stopped = Resolve("known.test", 443, Soon(), stop.get_token(), options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, FailureKind::kStopped);
}

TEST(Connect, TheAddressThatAnswersWins) {
  test::ScriptedServer server([](const std::string&) { return test::Answer("x"); });
  std::vector<SocketAddress> addresses = *Resolve("::1", server.port(), Soon(), {});  // nobody is there
  addresses.push_back(Resolve("127.0.0.1", server.port(), Soon(), {})->front());
  EXPECT_TRUE(Connect(addresses, "test", Soon(), {}));
  addresses.pop_back();
  auto nobody = Connect(addresses, "test", Soon(), {});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, FailureKind::kConnect);
}

}  // namespace
}  // namespace guard::builder::http

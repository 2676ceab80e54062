#include "rootless-builder/http/client.h"

#include <atomic>

#include "tests/unit/builder_http/scripted_server.h"

namespace guard::builder::http {
namespace {

using test::Answer;
using test::ScriptedServer;

ClientOptions Quick() {
  ClientOptions options;
  options.connect_timeout = Milliseconds(5000);
  options.idle_timeout = Milliseconds(300);
  options.first_pause = Milliseconds(1);
  options.retries = 2;
  return options;
}

Request To(const ScriptedServer& server, const std::string& target) {
  return {.url = *ParseUrl(server.url(target))};
}

bool Begins(const std::string& request, const char* line) { return request.starts_with(line); }

TEST(Client, KeepsConnections) {
  ScriptedServer server([](const std::string&) { return Answer("hello"); });
  auto client = *Client::Make(Quick());
  for (int i = 0; i < 3; ++i) {
    Result<Response> answer = client->Send(To(server, "/a?b"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
  }
  EXPECT_EQ(server.connections(), 1);
  EXPECT_TRUE(Begins(server.requests()[0], "GET /a?b HTTP/1.1\r\n"));
  EXPECT_NE(server.requests()[0].find("Accept-Encoding: identity\r\n"), std::string::npos);
}

TEST(Client, AKeptConnectionThatIsClosedIsNoFailure) {
  std::atomic<int> count = 0;
  ScriptedServer server([&](const std::string&) { return ++count % 2 == 0 ? std::string() : Answer("x"); });
  ClientOptions options = Quick();
  options.retries = 0;
  auto client = *Client::Make(options);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client->Send(To(server, "/")));
}

TEST(Client, TriesAgainWhatPasses) {
  std::atomic<int> count = 0;
  ScriptedServer server([&](const std::string&) {
    int now = ++count;
    return now == 1 ? Answer("", "503 Busy") : now == 2 ? std::string() : Answer("x");
  });
  auto client = *Client::Make(Quick());
  EXPECT_EQ(client->Send(To(server, "/"))->body, "x");
  count = 0;
  Request post = To(server, "/");
  post.method = "POST";
  EXPECT_EQ(client->Send(post)->status, 503);
  EXPECT_EQ(count, 1);
}

TEST(Client, ARedirectToAnotherOriginGetsNoCredential) {
  ScriptedServer second([](const std::string&) { return Answer("blob"); });
  ScriptedServer first([&](const std::string& request) {
    if (Begins(request, "GET /here")) return Answer("", "302 Found", "Location: /there\r\n");
    return Answer("", "307 Go", "Location: " + second.url("/blob?signature=x") + "\r\n");
  });
  auto client = *Client::Make(Quick());
  Request request = To(first, "/here");
  request.authorization = "Bearer s3cret";
  Result<Response> answer = client->Send(request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "blob");
  EXPECT_EQ(answer->url.port, second.port());
  ASSERT_EQ(first.requests().size(), 2u);
  EXPECT_NE(first.requests()[1].find("Authorization: Bearer s3cret"), std::string::npos);
  EXPECT_EQ(second.requests()[0].find("s3cret"), std::string::npos);
}

TEST(Client, RedirectsEnd) {
  ScriptedServer server([](const std::string& request) {
    if (Begins(request, "GET /loop")) return Answer("", "307 Go", "Location: /loop\r\n");
    return Answer("", "307 Go", "Location: " + request.substr(4, request.find(' ', 4) - 4) + "x\r\n");
  });
  auto client = *Client::Make(Quick());
  EXPECT_EQ(client->Try(To(server, "/loop")).error().kind, FailureKind::kRefused);
  EXPECT_EQ(client->Try(To(server, "/")).error().kind, FailureKind::kRefused);
  Request request = To(server, "/loop");
  request.follow = false;
  EXPECT_EQ(client->Send(request)->status, 307);
}

TEST(Client, AnswersAreBounded) {
  ScriptedServer server([](const std::string& request) {
    std::string body(5000, 'x');
    if (Begins(request, "GET /length")) return Answer(body);
    if (Begins(request, "GET /chunks"))
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + body + "\r\n0\r\n\r\n";
    if (Begins(request, "GET /error")) return Answer(std::string(200000, 'e'), "404 No");
    return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body;
  });
  auto client = *Client::Make(Quick());
  for (const char* target : {"/length", "/chunks", "/close"}) {
    Request request = To(server, target);
    EXPECT_EQ(client->Send(request)->body_size, 5000u) << target;
    request.limit = 4999;
    EXPECT_EQ(client->Try(request).error().kind, FailureKind::kRefused) << target;
  }
  EXPECT_EQ(client->Send(To(server, "/error"))->body.size(), 65536u);
}

TEST(Client, SilenceHasAnEnd) {
  ScriptedServer server([](const std::string&) { return std::string("silence"); });
  ClientOptions options = Quick();
  options.retries = 0;
  auto client = *Client::Make(options);
  EXPECT_EQ(client->Try(To(server, "/")).error().kind, FailureKind::kBroken);
  Request request = To(server, "/");
  request.timeout = Milliseconds(50);
  EXPECT_EQ(client->Try(request).error().kind, FailureKind::kTimeout);
  std::stop_source stop;
  request.timeout = Milliseconds(0);
  request.stop = stop.get_token();
  stop.request_stop();
  EXPECT_EQ(client->Try(request).error().kind, FailureKind::kStopped);
}

TEST(Client, BrokenAnswersAreErrors) {
  ScriptedServer server([](const std::string& request) -> std::string {
    if (Begins(request, "GET /short"))
      return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf";
    if (Begins(request, "GET /switch")) return "HTTP/1.1 101 Switching\r\n\r\n";
    if (Begins(request, "GET /continue")) return "HTTP/1.1 100 Continue\r\n\r\n" + Answer("x");
    return "220 mail.example.com ESMTP\r\n\r\n";
  });
  auto client = *Client::Make(Quick());
  EXPECT_EQ(client->Try(To(server, "/short")).error().kind, FailureKind::kBroken);
  EXPECT_EQ(client->Try(To(server, "/switch")).error().kind, FailureKind::kRefused);
  EXPECT_EQ(client->Try(To(server, "/mail")).error().kind, FailureKind::kRefused);
  EXPECT_EQ(client->Send(To(server, "/continue"))->body, "x");
}

TEST(Client, SinksGetWhatSucceedsAndNothingElse) {
  ScriptedServer server([](const std::string& request) {
    return Begins(request, "GET /no") ? Answer("error", "404 No") : Answer("data");
  });
  auto client = *Client::Make(Quick());
  std::string taken;
  Request request = To(server, "/no");
  request.sink = [&](std::string_view bytes) -> Result<void> { return taken += bytes, Result<void>(); };
  EXPECT_EQ(client->Send(request)->body, "error");
  EXPECT_EQ(taken, "");
  request.url.target = "/yes";
  EXPECT_TRUE(client->Send(request));
  EXPECT_EQ(taken, "data");
  request.on_head = [](const Response&) -> Result<void> { return Fail("not wanted"); };
  EXPECT_EQ(client->Try(request).error().kind, FailureKind::kCaller);
}

class Zeros final : public BodySource {
 public:
  explicit Zeros(uint64_t size) : size_(size) {}
  uint64_t size() const override { return size_; }
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    size = static_cast<size_t>(std::min<uint64_t>(size, size_ - offset));
    std::fill_n(to, size, '0');
    return size;
  }

 private:
  uint64_t size_;
};

TEST(Client, BodiesAreSentAndEarlyAnswersHeard) {
  ScriptedServer server([](const std::string& request) {
    if (request.find("/early") != std::string::npos)
      return Answer("too large", "413 No", "Connection: close\r\n");
    return Answer(std::to_string(request.size() - request.find("\r\n\r\n") - 4), "201 Created");
  });
  auto client = *Client::Make(Quick());
  Zeros source(1000000), endless(uint64_t{1} << 40);
  Request request = To(server, "/put");
  request.method = "PUT";
  request.source = &source;
  uint64_t sent = 0;
  request.on_sent = [&](uint64_t bytes) { sent = bytes; };
  EXPECT_EQ(client->Send(request)->body, "1000000");
  EXPECT_EQ(sent, 1000000u);
  request.source = &endless;
  request.url.target = "/early";
  Result<Response> early = client->Send(request);
  ASSERT_TRUE(early) << early.error().message;
  EXPECT_EQ(early->status, 413);
}

TEST(Client, AsksProxies) {
  ScriptedServer proxy([](const std::string& request) {
    if (Begins(request, "CONNECT")) return Answer("", "407 Who", "Connection: close\r\n");
    return Answer("from the proxy");
  });
  ClientOptions options = Quick();
  std::string url = "http://me:s3cret@127.0.0.1:" + std::to_string(proxy.port());
  options.proxies = *Proxies::Make(url, url, "");
  auto client = *Client::Make(options);
  Request request{.url = *ParseUrl("http://registry.test:8080/v2/")};
  EXPECT_EQ(client->Send(request)->body, "from the proxy");
  EXPECT_TRUE(Begins(proxy.requests()[0], "GET http://registry.test:8080/v2/ HTTP/1.1\r\n"));
  EXPECT_NE(proxy.requests()[0].find("Proxy-Authorization: Basic bWU6czNjcmV0\r\n"), std::string::npos);
  request.url = *ParseUrl("https://registry.test/v2/");
  Result<Response> refused = client->Send(request);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("407"), std::string::npos);
  EXPECT_EQ(Render(refused.error()).find("s3cret"), std::string::npos);
  EXPECT_TRUE(Begins(proxy.requests()[1], "CONNECT registry.test:443 HTTP/1.1\r\n"));
}

TEST(Client, HeadersCannotBeSmuggled) {
  ScriptedServer server([](const std::string&) { return Answer("x"); });
  auto client = *Client::Make(Quick());
  Request request = To(server, "/");
  request.headers.Add("X", "a\r\nY: b");
  EXPECT_FALSE(client->Send(request));
  request.headers = {};
  request.authorization = "a\nb";
  EXPECT_FALSE(client->Send(request));
  request.authorization = "";
  request.method = "GET / HTTP/1.1\r\n";
  EXPECT_FALSE(client->Send(request));
  EXPECT_TRUE(server.requests().empty());
}

TEST(Client, WhoDoesNotSpeakTlsIsToldApart) {
  ScriptedServer server([](const std::string&) { return Answer("x"); });
  ClientOptions options = Quick();
  options.retries = 0;
  options.connect_timeout = Milliseconds(200);
  auto client = *Client::Make(options);
  Request request = To(server, "/");
  request.url.tls = true;
  EXPECT_FALSE(client->Send(request));
}

}  // namespace
}  // namespace guard::builder::http

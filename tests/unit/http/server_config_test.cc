#include "webhook/http/server_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webhook/http/endpoint.h"

namespace guard {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr char kHead[] =
    "apiVersion: guardctl.dev/v1\n"
    "kind: WebhookConfiguration\n"
    "profiles: {a: {packs: {pod-security-restricted: deny}}}\n";

std::expected<WebhookConfig, std::vector<Error>> Parse(std::string_view lines) {
  return ParseWebhookConfig("/etc/guard/config.yaml", std::string(kHead).append(lines));
}

TEST(ServerConfig, HasDefaults) {
  auto config = Parse("tls: {certificate: tls.crt, key: /keys/tls.key}\n");
  ASSERT_TRUE(config) << ToString(config.error()[0]);
  const ServerConfig& server = config->server;
  EXPECT_EQ(server.listen, ":8443");
  EXPECT_EQ(server.status, ":8080");
  EXPECT_EQ(server.tls.certificate, "/etc/guard/tls.crt");
  EXPECT_EQ(server.tls.key, "/keys/tls.key");
  EXPECT_FALSE(server.tls.tls13_only);
  EXPECT_EQ(server.limits, Limits());
  EXPECT_FALSE(server.decision_log);
  EXPECT_EQ(config->rules.profiles.size(), 1u);
}

TEST(ServerConfig, ReadsEverything) {
  auto config = Parse(
      "listen: '[::1]:443'\n"
      "status: {listen: '127.0.0.1:0'}\n"
      "tls: {certificate: a, key: b, clientCA: c, clientNames: [api], minVersion: '1.3'}\n"
      "limits: {connections: 10, headBytes: 8Ki, bodyBytes: 1Mi, memory: 128Mi, handshakeTime: 1s, readTime: "
      "2s,\n"
      "         writeTime: 1m30s, idleTime: 1h, reviewTime: 500ms}\n"
      "drain: {delay: 1s, time: 2s}\n"
      "decisionLog: {file: d.jsonl, sync: fsync, maxSize: 10M, keep: 3, onError: allow}\n"
      "threads: 4\n"
      "log: {format: json, level: debug}\n");
  ASSERT_TRUE(config) << ToString(config.error()[0]);
  const ServerConfig& server = config->server;
  EXPECT_EQ(server.tls.client_ca, "/etc/guard/c");
  EXPECT_EQ(server.tls.client_names, std::vector<std::string>{"api"});
  EXPECT_TRUE(server.tls.tls13_only);
  EXPECT_EQ(server.limits.connections, 10u);
  EXPECT_EQ(server.limits.head, 8192u);
  EXPECT_EQ(server.limits.body, 1u << 20);
  EXPECT_EQ(server.limits.write, milliseconds(90'000));
  EXPECT_EQ(server.limits.review, milliseconds(500));
  EXPECT_EQ(server.drain.time, milliseconds(2000));
  EXPECT_EQ(server.decision_log->file, "/etc/guard/d.jsonl");
  EXPECT_EQ(server.decision_log->sync, LogSync::kFsync);
  EXPECT_EQ(server.decision_log->max_bytes, 10'000'000u);
  EXPECT_EQ(server.decision_log->keep, 3u);
  EXPECT_FALSE(server.decision_log->deny_on_error);
  EXPECT_EQ(server.threads, 4u);
  EXPECT_TRUE(server.log.json);
  EXPECT_EQ(server.log.level, LogLevel::kDebug);
}

TEST(ServerConfig, TellsEveryMistakeAtItsPlace) {
  struct Case {
    std::string_view lines, says, hint;
  } cases[] = {
      {"tls: {certificate: a, key: b}\nlisten: nowhere\n", "has no port", "HOST:PORT"},
      {"tls: {certificate: a, key: b}\nlisten: localhost:1\n", "is no address", ""},
      {"tls: {certificate: a, key: b}\nlisten: '1.2.3.4:99999'\n", "has no port between", ""},
      {"tls: {certificate: a, key: b}\nlisten: '::1:8443'\n", "ambiguous", ""},
      {"tls: {certificate: a, key: b}\nlimits: {bodyBytes: 1Ti}\n", "'bodyBytes' must be a number", ""},
      {"tls: {certificate: a, key: b}\nlimits: {bodyBytes: -1}\n", "'bodyBytes' must be a number", ""},
      {"tls: {certificate: a, key: b}\nlimits: {idleTime: 5}\n", "'idleTime' must be a duration", "1m30s"},
      {"tls: {certificate: a, key: b}\nlimits: {readTime: 1ms}\n", "from 100ms to 3600s", ""},
      {"tls: {certificate: a, key: b}\nlimits: {redTime: 1s}\n", "unknown key 'redTime'", "readTime"},
      {"tls: {certificate: a, key: b, clientNames: [x]}\n", "without 'clientCA'", "clientCA"},
      {"tls: {certificate: a, kee: b}\n", "has no 'key'", ""},
      {"tls: [a, b]\n", "'tls' must be a map", ""},
      {"listen: ':1'\n", "has no 'tls'", ""},
      {"tls: {certificate: a, key: b}\ndecisionLog: {sync: write}\n", "has no 'file'", ""},
      {"tls: {certificate: a, key: b}\ndecisionLog: {file: x, sync: fsnyc}\n", "one of write, fsync",
       "fsync"},
      {"tls: {certificate: a, key: b}\ndrain: {delay: 5s, time: 4s}\n", "'time' counts from SIGTERM", ""},
      {"tls: {certificate: a, key: b}\nthreads: 1000\n", "'threads' must be", ""},
      {"tls: {certificate: a, key: b}\nlitsen: ':1'\n", "unknown key 'litsen'", "listen"},
  };
  for (const Case& c : cases) {
    auto config = Parse(c.lines);
    ASSERT_FALSE(config) << c.lines;
    std::string all;
    for (const Error& error : config.error()) {
      all += Render(error) + "\n";
      EXPECT_GT(error.place.line, 0u) << error.message;
    }
    EXPECT_THAT(all, HasSubstr(c.says));
    EXPECT_THAT(all, HasSubstr(c.hint));
  }
  EXPECT_EQ(Parse("tls: {certificate: a}\nthreads: x\nlimits: {a: 1}\n").error().size(), 3u);
}

TEST(ServerConfig, IsOneDocument) {
  EXPECT_FALSE(ParseWebhookConfig("x", ""));
  EXPECT_FALSE(ParseWebhookConfig("x", "a: 1\n---\nb: 2\n"));
  EXPECT_FALSE(ParseWebhookConfig("x", "[1, 2"));
  EXPECT_FALSE(ParseWebhookConfig("x", "just text"));
  EXPECT_FALSE(ReadWebhookConfig("/nonexistent/config.yaml"));
}

TEST(ServerConfig, KnowsWhatNeedsARestart) {
  ServerConfig running, wanted;
  wanted.tls.certificate = "other";  // not this
  EXPECT_TRUE(NeedRestart(running, wanted).empty());
  wanted.listen = ":1";
  wanted.limits.body = 1;
  EXPECT_EQ(NeedRestart(running, wanted), (std::vector<std::string>{"listen", "limits"}));
}

TEST(Endpoint, ReadsWhatItWrites) {
  for (const char* text : {"127.0.0.1:8443", "[::1]:443", "[::]:8443", "0.0.0.0:0"})
    EXPECT_EQ(ToString(*ParseEndpoint(text)), text);
  EXPECT_EQ(ToString(*ParseEndpoint(":8443")), "[::]:8443");
  for (const char* text : {"", ":", "8443", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:1x", "[::1:1", "a.b:1"})
    EXPECT_FALSE(ParseEndpoint(text)) << text;
}

}  // namespace
}  // namespace guard

// Tested by client_test.cc and tests/e2e/registry_auth.sh.
#include "rootless-builder/http/client.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "rootless-builder/http/exchange.h"
#include "rootless-builder/http/resolve.h"
#include "rootless-builder/http/retry.h"

namespace guard::builder::http {
namespace {

constexpr size_t kMostIdle = 8;                     // connections kept to one host
constexpr std::chrono::seconds kLongestIdle{45};    // servers close theirs after a minute or more
constexpr std::chrono::seconds kLongestAsked{120};  // a Retry-After beyond it is not waited for

// Connections that are open and not in use, by whom they lead to.
class Pool {
 public:
  std::unique_ptr<Stream> Take(const std::string& key) {
    std::lock_guard lock(mutex_);
    auto& idle = idle_[key];
    while (!idle.empty()) {
      Idle last = std::move(idle.back());
      idle.pop_back();
      if (Clock::now() - last.since < kLongestIdle && last.stream->StillGood()) return std::move(last.stream);
    }
    return nullptr;
  }
  void Give(const std::string& key, std::unique_ptr<Stream> stream) {
    std::lock_guard lock(mutex_);
    auto& idle = idle_[key];
    if (idle.size() == kMostIdle) idle.erase(idle.begin());
    idle.push_back({std::move(stream), Clock::now()});
  }

 private:
  struct Idle {
    std::unique_ptr<Stream> stream;
    Clock::time_point since;
  };
  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>> idle_;
};

class PooledClient final : public Client {
 public:
  explicit PooledClient(ClientOptions options) : options_(std::move(options)) {}

  Result<Response> Send(const Request& request) override {
    Outcome<Response> outcome = Try(request);
    if (!outcome) return Fail(std::move(outcome.error().error));
    return std::move(*outcome);
  }

  Outcome<Response> Try(const Request& request) override;

 private:
  Outcome<Response> Follow(const Request& request, const Limits& limits, Progressed* progressed);
  Outcome<Response> Once(const Wire& wire, const Limits& limits, bool repeat, Progressed* progressed);
  Outcome<std::unique_ptr<Stream>> Open(const Url& url, const Proxy* proxy, const Limits& limits);
  Outcome<TlsContext> ContextFor(const Url& url);
  // False: stopped.
  bool Sleep(Milliseconds time, const Limits& limits) const;

  const ClientOptions options_;
  Pool pool_;
  std::mutex mutex_;
  std::optional<std::vector<Certificate>> system_;         // read when TLS is first spoken
  std::map<std::string, TlsContext> contexts_;             // by host and port
  std::vector<std::pair<TlsOptions, TlsContext>> shared_;  // hosts with the same options share one
};

Outcome<TlsContext> PooledClient::ContextFor(const Url& url) {
  auto as_failure = [](Error error) {
    return std::unexpected<Failure>(Failure{FailureKind::kCaller, std::move(error)});
  };
  std::lock_guard lock(mutex_);
  TlsContext& context = contexts_[url.authority()];
  if (context) return context;
  TlsOptions options;
  if (options_.tls) {
    Result<TlsOptions> given = options_.tls(url);
    if (!given) return as_failure(std::move(given.error()));
    options = std::move(*given);
  }
  for (const auto& [same, made] : shared_)
    if (same == options) return context = made;
  if (!system_) {
    Result<std::vector<Certificate>> system = SystemAuthorities(options_.environment);
    if (!system) return as_failure(std::move(system.error()));
    system_ = std::move(*system);
  }
  Result<TlsContext> made = MakeTlsContext(options, *system_);
  if (!made) return as_failure(std::move(made.error()));
  shared_.emplace_back(options, *made);
  return context = *made;
}

Outcome<std::unique_ptr<Stream>> PooledClient::Open(const Url& url, const Proxy* proxy,
                                                    const Limits& limits) {
  // Before anything is sent: a missing certificate authority is told before a host that does not answer.
  TlsContext context;
  if (url.tls) context = TRY_OUTCOME(ContextFor(url));
  Clock::time_point until = std::min(limits.whole, Clock::now() + options_.connect_timeout);
  const std::string& host = proxy ? proxy->host : url.host;
  uint16_t port = proxy ? proxy->port : url.port;
  std::string name = proxy ? "the proxy " + host + ":" + std::to_string(port) : url.authority();
  std::vector<SocketAddress> addresses = TRY_OUTCOME(Resolve(host, port, until, limits.stop));
  auto stream =
      std::make_unique<Stream>(TRY_OUTCOME(Connect(addresses, name, until, limits.stop)), url.authority());
  if (!url.tls) return stream;
  if (proxy) {
    Limits tunnel = limits;
    tunnel.whole = until;
    TRY_OUTCOME_VOID(OpenTunnel(*stream, *proxy, url, tunnel));
  }
  TRY_OUTCOME_VOID(stream->StartTls(std::move(context), url, until, limits.stop));
  return stream;
}

// One request to one place. A kept connection that turns out to be closed is no failure.
Outcome<Response> PooledClient::Once(const Wire& given, const Limits& limits, bool repeat,
                                     Progressed* progressed) {
  Wire wire = given;
  const Proxy* proxy = options_.proxies.For(wire.url);
  std::string key = (wire.url.tls ? "https://" : "http://") + wire.url.authority();
  if (proxy && !wire.url.tls) {
    wire.absolute = true;
    wire.proxy_authorization = proxy->authorization;
  }
  for (;;) {
    std::unique_ptr<Stream> stream = pool_.Take(key);
    bool kept = stream != nullptr;
    if (!kept) stream = TRY_OUTCOME(Open(wire.url, proxy, limits));
    *progressed = {};
    Outcome<Exchanged> exchanged = Exchange(*stream, wire, limits, progressed);
    if (!exchanged) {
      bool stale = kept && repeat && !progressed->answered && exchanged.error().kind == FailureKind::kBroken;
      if (stale) continue;
      return std::unexpected<Failure>(std::move(exchanged.error()));
    }
    if (exchanged->reusable) pool_.Give(key, std::move(stream));
    return std::move(exchanged->response);
  }
}

Outcome<Response> PooledClient::Follow(const Request& request, const Limits& limits, Progressed* progressed) {
  Wire wire{.method = request.method,
            .url = request.url,
            .headers = request.headers,
            .authorization = request.authorization,
            .body = request.body,
            .source = request.source,
            .request = &request,
            .user_agent = options_.user_agent};
  std::set<std::string> seen{wire.url.ToString()};
  for (;;) {
    Response response = TRY_OUTCOME(Once(wire, limits, IsSafeToRepeat(request), progressed));
    if (!request.follow) return response;
    Result<std::optional<NextStep>> next = Redirect(response, wire.method);
    if (!next) return std::unexpected<Failure>(Failure{FailureKind::kRefused, std::move(next.error())});
    if (!*next) return response;
    if (!seen.insert((*next)->url.ToString()).second ||
        static_cast<int>(seen.size()) > options_.max_redirects)
      return Failed(FailureKind::kRefused, request.url.ForShow() + " redirects in circles, or too often");
    if (!(*next)->url.SameOrigin(wire.url)) {  // what was for one host is for no other, and is not taken back
      wire.authorization.clear();
      wire.headers.Remove("Authorization");
      wire.headers.Remove("Cookie");
    }
    wire.url = std::move((*next)->url);
    wire.method = std::move((*next)->method);
  }
}

bool PooledClient::Sleep(Milliseconds time, const Limits& limits) const {
  return WaitFor(-1, 0, std::min(limits.whole, Clock::now() + time), limits.stop) != Waited::kStopped;
}

Outcome<Response> PooledClient::Try(const Request& request) {
  Limits limits{.idle = options_.idle_timeout, .stop = request.stop};
  if (request.timeout.count() > 0) limits.whole = Clock::now() + request.timeout;
  for (int attempt = 0;; ++attempt) {
    Progressed progressed;
    Outcome<Response> outcome = Follow(request, limits, &progressed);
    bool last = attempt >= options_.retries || !IsSafeToRepeat(request) || progressed.delivered ||
                limits.stop.stop_requested();
    bool again = outcome ? IsPassing(outcome->status) : WorthAnotherTry(outcome.error().kind);
    if (last || !again) return outcome;
    std::optional<Milliseconds> asked;
    if (outcome) asked = RetryAfter(outcome->headers, std::time(nullptr));
    if (asked && *asked > kLongestAsked) return outcome;
    auto random = static_cast<uint32_t>(Clock::now().time_since_epoch().count() / 64);
    Milliseconds pause = Pause(attempt, asked, options_.first_pause, options_.longest_pause, random);
    if (Clock::now() + pause >= limits.whole) return outcome;
    if (options_.warn)
      options_.warn((outcome ? request.url.ForShow() + " answered " + std::to_string(outcome->status)
                             : outcome.error().error.message) +
                    "; trying again in " + std::to_string(pause.count()) + " ms");
    if (!Sleep(pause, limits)) return Failed(FailureKind::kStopped, "stopped");
  }
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Make(ClientOptions options) {
  return std::make_unique<PooledClient>(std::move(options));
}

}  // namespace guard::builder::http

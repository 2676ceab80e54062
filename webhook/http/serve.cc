// The server from its configuration to its end, as a list of steps.
// Tested by tests/e2e/webhook_*.sh.
#include "webhook/http/serve.h"

#include <malloc.h>
#include <sys/resource.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "webhook/http/drain.h"
#include "webhook/http/metrics.h"
#include "webhook/http/reload.h"
#include "webhook/http/review_handler.h"
#include "webhook/http/server_config.h"
#include "webhook/http/status.h"
#include "webhook/http/text_file.h"

namespace guard {
namespace {

using std::chrono::system_clock;

constexpr auto kDead = std::chrono::seconds(30);  // a loop that has not ticked for so long is stuck
constexpr auto kLastAnswers = std::chrono::seconds(5);

// One loop with all that only it touches.
struct Worker {
  ReviewCounters counters;
  std::unique_ptr<ReviewHandler> handler;
  std::unique_ptr<Loop> loop;
  std::thread thread;
};

class Server {
 public:
  Server(ServeCommand command, WebhookConfig config)
      : command_(std::move(command)),
        config_(std::move(config)),
        log_(config_.server.log),
        metrics_(command_.version) {}
  ~Server() { StopAll(); }

  int Run() {
    PrepareProcess();
    if (!Tell(LoadCertificate()) || !LoadRules() || !Tell(OpenDecisionLog())) return 2;
    if (!Tell(OpenPorts())) return 2;
    StartLoops();
    StartReloader();
    StartDrainOnSignals();
    StartStatus();
    listener_->Start();
    if (!Tell(SayReady())) return 2;
    control_.run();
    return End();
  }

 private:
  // A broken connection is an error where it is written to, not a signal; every connection needs a
  // descriptor; and memory of large requests goes back to the system.
  void PrepareProcess() {
    std::signal(SIGPIPE, SIG_IGN);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  }

  bool Tell(const Result<void>& result) {
    if (!result) log_.Error("cannot start", {{"reason", ToString(result.error())}});
    return result.has_value();
  }

  Result<void> LoadCertificate() {
    tls_ = TRY(TlsContext::Load(config_.server.tls));
    if (std::string problem = tls_->Problem(system_clock::now()); !problem.empty()) log_.Warn(problem);
    metrics_.SetCertificate(tls_->not_after());
    metrics_.CountReload(Reloaded::kCertificate, true, system_clock::now());
    return {};
  }

  bool LoadRules() {
    auto rules = Rules::Load(config_.rules);
    if (!rules) {
      log_.Error("cannot start", {{"reason", RenderAll(rules.error())}});
      return false;
    }
    rules_ = std::move(*rules);
    metrics_.SetPolicies(std::string(rules_->digest()));
    metrics_.CountReload(Reloaded::kPolicies, true, system_clock::now());
    return true;
  }

  Result<void> OpenDecisionLog() {
    const auto& wanted = config_.server.decision_log;
    if (!wanted) return {};
    DecisionLogOptions options;
    options.path = wanted->file;
    options.sync = wanted->sync;
    options.max_bytes = wanted->max_bytes;
    options.keep = wanted->keep;
    decisions_ = TRY(DecisionLog::Open(std::move(options)));
    metrics_.UseLog(decisions_.get());
    return {};
  }

  Result<void> OpenPorts() {
    boost::asio::ip::tcp::endpoint serving = TRY(ParseEndpoint(config_.server.listen));
    boost::asio::ip::tcp::endpoint status = TRY(ParseEndpoint(config_.server.status));
    serving_ = TRY(Listen(control_, serving));
    status_port_ = TRY(Listen(control_, status));
    return {};
  }

  void StartLoops() {
    unsigned count = config_.server.threads;
    if (count == 0) count = std::max(1u, std::thread::hardware_concurrency());
    const auto& log = config_.server.decision_log;
    const Limits& limits = config_.server.limits;
    std::vector<Loop*> loops;
    for (unsigned i = 0; i < count; ++i) {
      auto worker = std::make_unique<Worker>();
      worker->handler = std::make_unique<ReviewHandler>(std::make_unique<Reviewer>(rules_), decisions_.get(),
                                                        log ? log->sync : LogSync::kWrite,
                                                        !log || log->deny_on_error, &worker->counters);
      worker->loop = std::make_unique<Loop>(limits, limits.memory / count, tls_, worker->handler.get());
      metrics_.AddLoop(&worker->loop->counters(), &worker->counters);
      loops.push_back(worker->loop.get());
      workers_.push_back(std::move(worker));
    }
    listener_.emplace(control_, std::move(*serving_), loops, limits.connections);
    drain_.emplace(control_, config_.server.drain, kLastAnswers, &*listener_, loops, &log_,
                   [this] { control_.stop(); });
    for (auto& worker : workers_) worker->thread = std::thread([loop = worker->loop.get()] { loop->Run(); });
    rules_.reset();  // the reviewers hold them
    tls_.reset();
  }

  void StartReloader() {
    Reloader::Hooks hooks;
    hooks.use_tls = [this](const std::shared_ptr<const TlsContext>& tls) {
      for (auto& worker : workers_) worker->loop->UseTls(tls);
    };
    hooks.use_rules = [this](const std::shared_ptr<const Rules>& rules) {
      for (auto& worker : workers_) {
        auto reviewer = std::make_shared<std::unique_ptr<Reviewer>>(std::make_unique<Reviewer>(rules));
        worker->loop->Post([this, handler = worker->handler.get(), reviewer] {
          reloader_->Discard(handler->Use(std::move(*reviewer)));
        });
      }
    };
    reloader_.emplace(command_.config, config_, std::move(hooks), &log_, &metrics_, Reloader::Pace{});
    reloader_->Start();
  }

  void StartDrainOnSignals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.add(SIGHUP);
    WaitForSignal();
  }
  void WaitForSignal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reloader_->Force();
      } else if (drain_->begun()) {
        log_.Warn("ending at once");
        std::_Exit(128 + signal);  // every decision that was answered is on the log already
      } else {
        metrics_.SetDraining();
        drain_->Begin();
      }
      WaitForSignal();
    });
  }

  void StartStatus() {
    StatusSource source;
    source.alive = [this] {
      auto now = std::chrono::steady_clock::now();
      for (auto& worker : workers_)
        if (now - worker->loop->last_tick() > kDead) return false;
      return true;
    };
    source.ready = [this] { return !drain_->begun(); };
    source.metrics = [this] { return metrics_.Scrape(); };
    status_.emplace(control_, std::move(*status_port_), std::move(source));
    status_->Start();
  }

  Result<void> SayReady() {
    std::string listen = ToString(listener_->endpoint()), status = ToString(status_->endpoint());
    log_.Info("ready", {{"listen", listen},
                        {"status", status},
                        {"threads", std::to_string(workers_.size())},
                        {"version", command_.version}});
    if (command_.ready_file.empty()) return {};
    return WriteTextFile(command_.ready_file, "listen=" + listen + "\nstatus=" + status + "\n");
  }

  int End() {
    StopAll();
    if (decisions_) {
      if (auto closed = decisions_->Close(); !closed) {
        log_.Error("the decision log did not close", {{"reason", ToString(closed.error())}});
        return 1;
      }
    }
    log_.Info("ended");
    return 0;
  }

  void StopAll() {
    if (reloader_) reloader_->Stop();
    for (auto& worker : workers_) worker->loop->Stop();
    for (auto& worker : workers_)
      if (worker->thread.joinable()) worker->thread.join();
  }

  const ServeCommand command_;
  const WebhookConfig config_;
  Log log_;
  Metrics metrics_;
  std::shared_ptr<const TlsContext> tls_;
  std::shared_ptr<const Rules> rules_;
  std::unique_ptr<DecisionLog> decisions_;
  std::vector<std::unique_ptr<Worker>> workers_;
  boost::asio::io_context control_{1};
  boost::asio::signal_set signals_{control_};
  std::optional<boost::asio::ip::tcp::acceptor> serving_, status_port_;
  std::optional<Listener> listener_;
  std::optional<Drain> drain_;
  std::optional<StatusServer> status_;
  std::optional<Reloader> reloader_;
};

}  // namespace

int RunServe(const ServeCommand& command) {
  auto config = ReadWebhookConfig(command.config);
  if (!config) {
    for (const Error& error : config.error()) std::fprintf(stderr, "%s\n", Render(error).c_str());
    return 2;
  }
  return Server(command, std::move(*config)).Run();
}

}  // namespace guard

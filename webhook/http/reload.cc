// Tested by reload_test.cc and tests/e2e/webhook_reload.sh.
#include "webhook/http/reload.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "webhook/http/file_digest.h"

namespace guard {
namespace {

using std::chrono::system_clock;

constexpr int kTries = 3;  // when files change while they are read

}  // namespace

std::string RenderAll(const std::vector<Error>& errors) {
  std::string all;
  for (const Error& error : errors) {
    if (!all.empty()) all += '\n';
    all += ToString(error);
    if (!error.hint.empty()) all += " (" + error.hint + ")";
  }
  return all;
}

Reloader::Reloader(std::string path, WebhookConfig config, Hooks hooks, Log* log, Metrics* metrics, Pace pace)
    : path_(std::move(path)),
      config_(std::move(config)),
      started_with_(config_.server),
      hooks_(std::move(hooks)),
      log_(log),
      metrics_(metrics),
      pace_(pace),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      rules_digest_(DigestFiles(RulePaths())),
      certificate_digest_(DigestFiles(CertificatePaths())),
      tried_tls_(config_.server.tls) {}

Reloader::~Reloader() {
  Stop();
  ::close(wake_);
}

void Reloader::Start() {
  WatchAll();
  thread_ = std::thread([this] { Run(); });
}

void Reloader::Stop() {
  stop_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
}

void Reloader::Force() {
  forced_ = true;
  Wake();
}

void Reloader::Discard(std::unique_ptr<Reviewer> reviewer) {
  std::lock_guard lock(mutex_);
  discarded_.push_back(std::move(reviewer));
  Wake();
}

void Reloader::Wake() {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t put = ::write(wake_, &one, sizeof(one));
}

void Reloader::Run() {
  while (!stop_) {
    pollfd waited[2] = {{wake_, POLLIN, 0}, {watch_.descriptor(), POLLIN, 0}};
    int ready = ::poll(waited, watch_.descriptor() >= 0 ? 2 : 1, static_cast<int>(pace_.look.count()));
    uint64_t count = 0;
    [[maybe_unused]] ssize_t got = ::read(wake_, &count, sizeof(count));
    {
      std::vector<std::unique_ptr<Reviewer>> gone;
      std::lock_guard lock(mutex_);
      std::swap(gone, discarded_);
    }
    if (stop_) return;
    bool happened = watch_.Drain();
    // A writer that is not done yet gets the time to finish, a persistent one is not waited for.
    for (int i = 0; happened && i < 4 && !stop_; ++i) {
      std::this_thread::sleep_for(pace_.settle);
      if (!watch_.Drain()) break;
    }
    bool force = forced_.exchange(false);
    if (happened || force || ready == 0) Look(force);
  }
}

void Reloader::Look(bool force) {
  if (force) log_->Info("loading everything anew");
  LookAtRules(force);
  LookAtCertificate(force);
  WatchAll();
}

void Reloader::LookAtRules(bool force) {
  for (int i = 0; i < kTries; ++i) {
    std::string digest = DigestFiles(RulePaths());
    if (digest == rules_digest_ && !force) return;
    force = false;
    rules_digest_ = digest;
    LoadRules();  // what it reads may name other files: then the digest is another one, and they are read
                  // again
  }
}

void Reloader::LookAtCertificate(bool force) {
  for (int i = 0; i < kTries; ++i) {
    std::string digest = DigestFiles(CertificatePaths());
    if (digest == certificate_digest_ && tried_tls_ == config_.server.tls && !force) return;
    force = false;
    certificate_digest_ = digest;
    tried_tls_ = config_.server.tls;
    LoadCertificate();
  }
}

bool Reloader::LoadRules() {
  auto begin = std::chrono::steady_clock::now();
  auto refuse = [&](const std::vector<Error>& errors) {
    metrics_->CountReload(Reloaded::kPolicies, false, system_clock::now());
    log_->Error("the new rules are refused; the old ones stay in force", {{"reason", RenderAll(errors)}});
    return false;
  };
  auto config = ReadWebhookConfig(path_);
  if (!config) return refuse(config.error());
  auto rules = Rules::Load(config->rules);
  if (!rules) return refuse(rules.error());
  for (const std::string& key : NeedRestart(started_with_, config->server))
    log_->Warn("this change needs a restart", {{"key", key}});
  config_ = std::move(*config);
  // The paths may be others now.
  rules_digest_ = DigestFiles(RulePaths());
  metrics_->SetPolicies(std::string((*rules)->digest()));
  hooks_.use_rules(*rules);
  metrics_->CountReload(Reloaded::kPolicies, true, system_clock::now());
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  log_->Info("new rules are in force", {{"digest", std::string((*rules)->digest())},
                                        {"guardrails", std::to_string((*rules)->guardrails().size())},
                                        {"milliseconds", std::to_string(took.count())}});
  return true;
}

bool Reloader::LoadCertificate() {
  auto tls = TlsContext::Load(config_.server.tls);
  if (!tls) {
    metrics_->CountReload(Reloaded::kCertificate, false, system_clock::now());
    log_->Error("the new certificate is refused; the old one stays in use",
                {{"reason", ToString(tls.error())}});
    return false;
  }
  if (std::string problem = (*tls)->Problem(system_clock::now()); !problem.empty()) log_->Warn(problem);
  metrics_->SetCertificate((*tls)->not_after());
  hooks_.use_tls(*tls);
  metrics_->CountReload(Reloaded::kCertificate, true, system_clock::now());
  log_->Info("a new certificate is in use", {{"sha256", (*tls)->fingerprint()}});
  return true;
}

std::vector<std::string> Reloader::RulePaths() const {
  std::vector<std::string> paths = {path_};
  paths.insert(paths.end(), config_.rules.policies.begin(), config_.rules.policies.end());
  paths.insert(paths.end(), config_.rules.namespaces.begin(), config_.rules.namespaces.end());
  return paths;
}

std::vector<std::string> Reloader::CertificatePaths() const {
  const TlsFiles& tls = config_.server.tls;
  std::vector<std::string> paths = {tls.certificate, tls.key};
  if (!tls.client_ca.empty()) paths.push_back(tls.client_ca);
  return paths;
}

void Reloader::WatchAll() {
  std::vector<std::string> paths = RulePaths();
  for (std::string& path : CertificatePaths()) paths.push_back(std::move(path));
  watch_.Watch(FoldersOf(paths));
}

}  // namespace guard

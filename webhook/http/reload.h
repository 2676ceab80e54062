// Notices that the certificate or the rules have changed, loads them on a thread of its own, and hands over
// what loaded. What does not load is refused and told, and what is in force stays.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "webhook/admission/reviewer.h"
#include "webhook/http/log.h"
#include "webhook/http/metrics.h"
#include "webhook/http/server_config.h"
#include "webhook/http/watch.h"

namespace guard {

class Reloader {
 public:
  struct Hooks {
    // Called on the reloader's thread.
    std::function<void(const std::shared_ptr<const TlsContext>&)> use_tls;
    std::function<void(const std::shared_ptr<const Rules>&)> use_rules;
  };
  struct Pace {
    std::chrono::milliseconds settle{250};   // files that change together are given this time
    std::chrono::milliseconds look{10'000};  // and what no event told of is found after this
  };

  // `config` is what was read from `path` and is in force now.
  Reloader(std::string path, WebhookConfig config, Hooks hooks, Log* log, Metrics* metrics, Pace pace);
  ~Reloader();
  Reloader(const Reloader&) = delete;

  void Start();
  void Stop();
  // Loads everything anew, changed or not. From any thread.
  void Force();
  // Lets go of what the loops do not use any more, on this thread. From any thread.
  void Discard(std::unique_ptr<Reviewer> reviewer);

 private:
  void Run();
  void Look(bool force);
  void LookAtRules(bool force);
  void LookAtCertificate(bool force);
  // Whether it loaded; tells and counts.
  bool LoadRules();
  bool LoadCertificate();
  std::vector<std::string> RulePaths() const;
  std::vector<std::string> CertificatePaths() const;
  void WatchAll();
  void Wake();

  const std::string path_;
  WebhookConfig config_;
  const ServerConfig started_with_;
  Hooks hooks_;
  Log* log_;
  Metrics* metrics_;
  const Pace pace_;
  FolderWatch watch_;
  int wake_;                                       // an eventfd
  std::string rules_digest_, certificate_digest_;  // of what was tried last
  TlsFiles tried_tls_;
  std::atomic<bool> stop_ = false, forced_ = false;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Reviewer>> discarded_;
  std::thread thread_;
};

// An error as log fields can hold it: each on a line of its own.
std::string RenderAll(const std::vector<Error>& errors);

}  // namespace guard

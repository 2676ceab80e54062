// The server's half of the configuration: addresses, certificates, limits, the decision log. What decisions
// rest on is the other half (webhook/admission/config.h) of the same file. docs/webhook.md describes both.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "policies/base/error.h"
#include "policies/document/document.h"
#include "webhook/admission/config.h"
#include "webhook/decisions/log.h"
#include "webhook/http/limits.h"
#include "webhook/http/log.h"
#include "webhook/http/tls_context.h"

namespace guard {

struct DrainConfig {
  std::chrono::milliseconds delay{5'000};  // how long new connections are still taken after SIGTERM
  std::chrono::milliseconds time{15'000};  // how long, from SIGTERM on, open ones are served

  bool operator==(const DrainConfig&) const = default;
};

struct DecisionLogConfig {
  std::string file;
  LogSync sync = LogSync::kWrite;
  uint64_t max_bytes = uint64_t{256} << 20;
  uint32_t keep = 8;
  bool deny_on_error = true;  // a decision that could not be logged is a denial

  bool operator==(const DecisionLogConfig&) const = default;
};

struct ServerConfig {
  std::string listen = ":8443";
  TlsFiles tls;
  std::string status = ":8080";
  Limits limits;
  DrainConfig drain;
  std::optional<DecisionLogConfig> decision_log;
  unsigned threads = 0;  // 0: one a core
  LogConfig log;
};

struct WebhookConfig {
  ServerConfig server;
  RulesConfig rules;
};

// Reads the server's keys; every mistake is appended.
ServerConfig ReadServerConfig(const Node& root, const Source& source, std::vector<Error>* errors);

// The whole file, or everything that is wrong with it.
std::expected<WebhookConfig, std::vector<Error>> ReadWebhookConfig(const std::string& path);
std::expected<WebhookConfig, std::vector<Error>> ParseWebhookConfig(const std::string& name,
                                                                    std::string text);

// The keys whose change needs a restart, of those that differ: "listen", "threads", ...
std::vector<std::string> NeedRestart(const ServerConfig& running, const ServerConfig& wanted);

}  // namespace guard

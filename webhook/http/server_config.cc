// Tested by server_config_test.cc.
#include "webhook/http/server_config.h"

#include <array>

#include "policies/engine/fields.h"
#include "webhook/http/endpoint.h"
#include "webhook/http/router.h"
#include "webhook/http/text_file.h"

namespace guard {
namespace {

using std::chrono::milliseconds;

// "8Mi", "64k" or a plain number of bytes.
std::optional<uint64_t> ParseSize(const Node& node) {
  if (node.kind == NodeKind::kInt)
    return node.integer < 0 ? std::nullopt : std::optional<uint64_t>(node.integer);
  std::string_view text = node.string();
  struct Unit {
    std::string_view name;
    uint64_t bytes;
  };
  static constexpr Unit kUnits[] = {{"Ki", 1u << 10}, {"Mi", 1u << 20}, {"Gi", 1u << 30},
                                    {"k", 1000},      {"M", 1000'000},  {"G", 1000'000'000}};
  uint64_t number = 0;
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 12)
    number = number * 10 + static_cast<uint64_t>(text[digits++] - '0');
  if (digits == 0) return std::nullopt;
  for (const Unit& unit : kUnits)
    if (text.substr(digits) == unit.name) return number * unit.bytes;
  return std::nullopt;
}

class ServerConfigReader {
 public:
  ServerConfigReader(const Source& source, Errors* errors) : source_(source), errors_(errors) {
    size_t slash = source.name().rfind('/');
    if (slash != std::string::npos) folder_ = source.name().substr(0, slash + 1);
  }

  ServerConfig Read(const Node& root) {
    ServerConfig config;
    if (!root.is_map()) return config;
    Fields top(root, source_, "the configuration", errors_);
    Address(top, "listen", &config.listen);
    if (const Node* node = top.Require("tls")) ReadTls(*node, &config.tls);
    if (const Node* node = top.Find("status")) {
      Fields fields(*node, source_, "'status'", errors_);
      Address(fields, "listen", &config.status);
      fields.Finish();
    }
    if (const Node* node = top.Find("limits")) ReadLimits(*node, &config.limits);
    if (const Node* node = top.Find("drain")) ReadDrain(*node, &config.drain);
    if (const Node* node = top.Find("decisionLog")) config.decision_log = ReadDecisionLog(*node);
    if (const Node* node = top.Find("threads")) {
      if (node->kind != NodeKind::kInt || node->integer < 0 || node->integer > 256)
        top.Fail(node->span, "'threads' must be a number from 1 to 256, or 0 for one a core");
      else
        config.threads = static_cast<unsigned>(node->integer);
    }
    if (const Node* node = top.Find("log")) ReadLog(*node, &config.log);
    return config;
  }

 private:
  std::string Path(const std::string& path) const {
    return path.empty() || path.starts_with('/') ? path : folder_ + path;
  }

  void Address(Fields& fields, std::string_view key, std::string* to) {
    const Node* node = fields.Find(key);
    if (!node) return;
    auto endpoint = ParseEndpoint(std::string(node->string()));
    if (!endpoint) return fields.Fail(node->span, endpoint.error().message, endpoint.error().hint);
    *to = node->string();
  }

  void Duration(Fields& fields, std::string_view key, milliseconds least, milliseconds most,
                milliseconds* to) {
    const Node* node = fields.Find(key);
    if (!node) return;
    std::optional<milliseconds> read = ParseGoDuration(node->string());
    if (!read || *read < least || *read > most)
      return fields.Fail(
          node->span,
          "'" + std::string(key) + "' must be a duration from " + Text(least) + " to " + Text(most),
          "write 10s, 1m30s or 500ms");
    *to = *read;
  }
  static std::string Text(milliseconds time) {
    return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + "s"
                                    : std::to_string(time.count()) + "ms";
  }

  template <class T>
  void Size(Fields& fields, std::string_view key, uint64_t least, uint64_t most, T* to) {
    const Node* node = fields.Find(key);
    if (!node) return;
    std::optional<uint64_t> read = ParseSize(*node);
    if (!read || *read < least || *read > most)
      return fields.Fail(node->span, "'" + std::string(key) + "' must be a number from " +
                                         std::to_string(least) + " to " + std::to_string(most) +
                                         "; Ki, Mi and Gi are understood");
    *to = static_cast<T>(*read);
  }

  // One of `words`; its index, or nothing.
  template <size_t N>
  std::optional<size_t> Word(Fields& fields, std::string_view key,
                             const std::array<std::string_view, N>& words) {
    const Node* node = fields.Find(key);
    if (!node) return std::nullopt;
    std::string all;
    for (size_t i = 0; i < N; ++i) {
      if (node->string() == words[i]) return i;
      all += std::string(i ? ", " : "") + std::string(words[i]);
    }
    fields.Fail(node->span, "'" + std::string(key) + "' must be one of " + all,
                DidYouMean(node->string(), {words.begin(), words.end()}));
    return std::nullopt;
  }

  void ReadTls(const Node& node, TlsFiles* tls) {
    Fields fields(node, source_, "'tls'", errors_);
    if (!node.is_map()) return;
    tls->certificate = Path(fields.RequireText("certificate"));
    tls->key = Path(fields.RequireText("key"));
    tls->client_ca = Path(fields.Text("clientCA"));
    for (const Node& name : fields.List("clientNames")) {
      if (name.string().empty())
        fields.Fail(name.span, "'clientNames' must be a list of names");
      else
        tls->client_names.emplace_back(name.string());
    }
    if (!tls->client_names.empty() && tls->client_ca.empty())
      fields.Fail(fields.begin(), "'clientNames' without 'clientCA' would let everybody in",
                  "name the authority that signs the callers' certificates in clientCA");
    tls->tls13_only = Word<2>(fields, "minVersion", {"1.2", "1.3"}) == 1;
    fields.Finish();
  }

  void ReadLimits(const Node& node, Limits* limits) {
    Fields fields(node, source_, "'limits'", errors_);
    if (!node.is_map()) return;
    Size(fields, "connections", 1, 1'000'000, &limits->connections);
    Size(fields, "headBytes", 1024, 1u << 20, &limits->head);
    Size(fields, "bodyBytes", 1024, 64u << 20, &limits->body);
    Size(fields, "memory", 1u << 20, uint64_t{16} << 30, &limits->memory);
    const milliseconds least(100), hour(3'600'000);
    Duration(fields, "handshakeTime", least, hour, &limits->handshake);
    Duration(fields, "readTime", least, hour, &limits->read);
    Duration(fields, "writeTime", least, hour, &limits->write);
    Duration(fields, "idleTime", least, 24 * hour, &limits->idle);
    Duration(fields, "reviewTime", least, hour, &limits->review);
    fields.Finish();
  }

  void ReadDrain(const Node& node, DrainConfig* drain) {
    Fields fields(node, source_, "'drain'", errors_);
    if (!node.is_map()) return;
    const milliseconds none(0), hour(3'600'000);
    Duration(fields, "delay", none, hour, &drain->delay);
    Duration(fields, "time", none, hour, &drain->time);
    if (drain->time < drain->delay)
      fields.Fail(fields.begin(), "'time' counts from SIGTERM, as 'delay' does, and must not be shorter");
    fields.Finish();
  }

  DecisionLogConfig ReadDecisionLog(const Node& node) {
    DecisionLogConfig log;
    Fields fields(node, source_, "'decisionLog'", errors_);
    if (!node.is_map()) return log;
    log.file = Path(fields.RequireText("file"));
    if (Word<2>(fields, "sync", {"write", "fsync"}) == 1) log.sync = LogSync::kFsync;
    Size(fields, "maxSize", 1u << 20, uint64_t{1} << 40, &log.max_bytes);
    Size(fields, "keep", 0, 100'000, &log.keep);
    log.deny_on_error = Word<2>(fields, "onError", {"deny", "allow"}) != 1;
    fields.Finish();
    return log;
  }

  void ReadLog(const Node& node, LogConfig* log) {
    Fields fields(node, source_, "'log'", errors_);
    if (!node.is_map()) return;
    log->json = Word<2>(fields, "format", {"text", "json"}) == 1;
    if (auto level = Word<4>(fields, "level", {"debug", "info", "warn", "error"}))
      log->level = static_cast<LogLevel>(*level);
    fields.Finish();
  }

  const Source& source_;
  Errors* errors_;
  std::string folder_;
};

}  // namespace

ServerConfig ReadServerConfig(const Node& root, const Source& source, Errors* errors) {
  return ServerConfigReader(source, errors).Read(root);
}

std::expected<WebhookConfig, Errors> ParseWebhookConfig(const std::string& name, std::string text) {
  Source source(name, std::move(text));
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  if (documents.error) return std::unexpected(Errors{*documents.error});
  if (documents.all.size() != 1)
    return std::unexpected(Errors{source.ErrorAt({}, "a configuration is one YAML document")});
  const Node& root = documents.all[0].root;
  Errors errors;
  WebhookConfig config;
  config.server = ReadServerConfig(root, source, &errors);
  config.rules = ReadRulesConfig(root, source, &errors);
  if (!errors.empty()) {
    SortErrors(&errors);
    return std::unexpected(std::move(errors));
  }
  return config;
}

std::expected<WebhookConfig, Errors> ReadWebhookConfig(const std::string& path) {
  Result<std::string> text = ReadTextFile(path);
  if (!text) return std::unexpected(Errors{text.error()});
  return ParseWebhookConfig(path, std::move(*text));
}

std::vector<std::string> NeedRestart(const ServerConfig& running, const ServerConfig& wanted) {
  std::vector<std::string> keys;
  if (running.listen != wanted.listen) keys.emplace_back("listen");
  if (running.status != wanted.status) keys.emplace_back("status");
  if (running.limits != wanted.limits) keys.emplace_back("limits");
  if (running.drain != wanted.drain) keys.emplace_back("drain");
  if (running.decision_log != wanted.decision_log) keys.emplace_back("decisionLog");
  if (running.threads != wanted.threads) keys.emplace_back("threads");
  if (running.log != wanted.log) keys.emplace_back("log");
  return keys;
}

}  // namespace guard

// The image configuration (image-spec, config.md, and Docker's extensions: healthcheck, shell, onbuild, stop
// signal).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/image/descriptor.h"

namespace guard::builder {

struct Healthcheck {
  std::vector<std::string> test;  // {"NONE"}, {"CMD", ...} or {"CMD-SHELL", "..."}; empty: inherited
  int64_t interval = 0;           // nanoseconds; 0: the default
  int64_t timeout = 0;
  int64_t start_period = 0;
  int64_t start_interval = 0;
  int retries = 0;
  bool operator==(const Healthcheck&) const = default;
};

struct HistoryItem {
  std::string created;  // RFC 3339, or empty
  std::string created_by;
  std::string author;
  std::string comment;
  bool empty_layer = false;
  bool operator==(const HistoryItem&) const = default;
};

// What a container of the image starts with: "config" of the configuration.
struct RuntimeConfig {
  std::string user;
  std::set<std::string> exposed_ports;                 // "80/tcp"
  std::vector<std::string> env;                        // "NAME=value", in order
  std::optional<std::vector<std::string>> entrypoint;  // absent differs from empty
  std::optional<std::vector<std::string>> cmd;
  std::set<std::string> volumes;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::optional<Healthcheck> healthcheck;
  std::vector<std::string> on_build;
  std::vector<std::string> shell;
  bool args_escaped = false;
  bool operator==(const RuntimeConfig&) const = default;

  // The value of an environment variable, or null; and setting it in its place, or at the end.
  const std::string* FindEnv(std::string_view name, std::string& scratch) const;
  void SetEnv(std::string_view name, std::string_view value);
};

struct ImageConfig {
  std::string created;  // RFC 3339, or empty
  std::string author;
  Platform platform;
  RuntimeConfig config;
  std::vector<Digest> diff_ids;  // of the uncompressed layers, lowest first
  std::vector<HistoryItem> history;
  bool operator==(const ImageConfig&) const = default;
};

// Strict about what we rely on (types, digests, counts), tolerant of fields we do not know; at most 8 MiB.
Result<ImageConfig> ParseImageConfig(std::string_view json);
// Deterministic: keys in a fixed order, absent what is empty, as Docker and the OCI tools write it.
std::string Serialize(const ImageConfig& config);

// The identity of a stack of layers (image-spec, config.md, "Layer ChainID").
Digest ChainId(const std::vector<Digest>& diff_ids);

}  // namespace guard::builder

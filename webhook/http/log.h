// What the server tells about itself, a line an event, on standard error: never anything out of an object.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace guard {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError };

struct LogConfig {
  bool json = false;
  LogLevel level = LogLevel::kInfo;

  bool operator==(const LogConfig&) const = default;
};

struct LogField {
  std::string_view name;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

// Thread-safe.
class Log {
 public:
  explicit Log(const LogConfig& config);
  ~Log();
  Log(const Log&) = delete;

  void Debug(std::string_view message, LogFields fields = {}) { Write(LogLevel::kDebug, message, fields); }
  void Info(std::string_view message, LogFields fields = {}) { Write(LogLevel::kInfo, message, fields); }
  void Warn(std::string_view message, LogFields fields = {}) { Write(LogLevel::kWarn, message, fields); }
  void Error(std::string_view message, LogFields fields = {}) { Write(LogLevel::kError, message, fields); }

 private:
  void Write(LogLevel level, std::string_view message, LogFields fields);

  bool json_;
  std::shared_ptr<spdlog::logger> logger_;
};

// The event as it stands behind time and level: `message key=value key="v 2"`, or members of a JSON object.
std::string FormatEvent(bool json, std::string_view message, LogFields fields);

}  // namespace guard

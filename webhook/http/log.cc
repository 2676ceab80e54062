// Tested by log_test.cc.
#include "webhook/http/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace guard {
namespace {

std::string Quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Nothing that would end a line, or that a reader could take for another field.
bool IsPlain(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  return true;
}

}  // namespace

std::string FormatEvent(bool json, std::string_view message, LogFields fields) {
  std::string out;
  if (json) {
    out = "\"message\":" + Quoted(message);
    for (const LogField& field : fields) out += "," + Quoted(field.name) + ":" + Quoted(field.value);
    return out;
  }
  for (char c : message) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  for (const LogField& field : fields)
    out += " " + std::string(field.name) + "=" + (IsPlain(field.value) ? field.value : Quoted(field.value));
  return out;
}

Log::Log(const LogConfig& config) : json_(config.json) {
  logger_ =
      std::make_shared<spdlog::logger>("guard-webhook", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  // Times are UTC, so that lines of several replicas sort.
  logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      json_ ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
      spdlog::pattern_time_type::utc));
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn, spdlog::level::err};
  logger_->set_level(kLevels[static_cast<size_t>(config.level)]);
}

Log::~Log() = default;

void Log::Write(LogLevel level, std::string_view message, LogFields fields) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn, spdlog::level::err};
  spdlog::level::level_enum at = kLevels[static_cast<size_t>(level)];
  if (!logger_->should_log(at)) return;
  logger_->log(at, "{}", FormatEvent(json_, message, fields));
}

}  // namespace guard

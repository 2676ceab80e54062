// Tested by signal_name_test.cc.
#include "rootless-builder/plan/signal_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace guard::builder {

namespace {

constexpr std::array<std::string_view, 36> kNames = {
    "ABRT", "ALRM", "BUS",  "CHLD", "CLD",  "CONT", "FPE",  "HUP",  "ILL",    "INT",    "IO",    "IOT",
    "KILL", "PIPE", "POLL", "PROF", "PWR",  "QUIT", "SEGV", "STOP", "SYS",    "STKFLT", "TERM",  "TRAP",
    "TSTP", "TTIN", "TTOU", "URG",  "USR1", "USR2", "XCPU", "XFSZ", "VTALRM", "WINCH",  "RTMIN", "RTMAX"};

std::optional<int> Number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

bool IsSignal(std::string_view text) {
  if (const std::optional<int> number = Number(text)) return *number >= 1 && *number <= 64;
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  std::string_view name = upper;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (std::ranges::find(kNames, name) != kNames.end()) return true;
  // The real-time signals by their distance from either end, as runtimes list them.
  const bool from_first = name.starts_with("RTMIN+");
  if (!from_first && !name.starts_with("RTMAX-")) return false;
  const std::optional<int> distance = Number(name.substr(6));
  return distance && *distance >= 1 && *distance <= (from_first ? 15 : 14);
}

}  // namespace guard::builder

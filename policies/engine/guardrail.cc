// Severities and Kubernetes versions as guardrails and command lines write them.
//
// Tested by tests/unit/engine/guardrail_test.cc.
#include "policies/engine/guardrail.h"

#include <charconv>

namespace guard {

namespace {

constexpr std::string_view kSeverities[] = {"info", "low", "medium", "high", "critical"};

// Takes a number off the front of `text`.
std::optional<uint16_t> TakeNumber(std::string_view* text) {
  uint16_t number = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || number == UINT16_MAX) return std::nullopt;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return number;
}

}  // namespace

std::string_view ToString(Severity severity) { return kSeverities[static_cast<int>(severity)]; }

std::optional<Severity> ParseSeverity(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Severity::kCritical); ++i)
    if (kSeverities[i] == name) return static_cast<Severity>(i);
  return std::nullopt;
}

Result<KubernetesVersion> ParseKubernetesVersion(std::string_view text) {
  if (text == "latest") return kLatestKubernetes;
  auto fail = [text] {
    return Fail("'" + std::string(text) + "' is no Kubernetes version", "write it as 1.36, or latest");
  };
  std::string_view rest = text;
  if (rest.starts_with('v')) rest.remove_prefix(1);
  KubernetesVersion version;
  std::optional<uint16_t> major = TakeNumber(&rest);
  if (!major || !rest.starts_with('.')) return fail();
  rest.remove_prefix(1);
  std::optional<uint16_t> minor = TakeNumber(&rest);
  if (!minor) return fail();
  version = {*major, *minor};
  // A patch release, a build: 1.36.2, 1.36.2-gke.100, 1.36+.
  if (!rest.empty() && rest[0] != '.' && rest[0] != '+' && rest[0] != '-') return fail();
  return version;
}

Result<VersionRange> ParseVersionRange(std::string_view text) {
  VersionRange range;
  bool any = false;
  while (true) {
    size_t begin = text.find_first_not_of(" \t");
    if (begin == text.npos) break;
    text.remove_prefix(begin);
    std::string_view op = text.substr(0, std::min(text.find_first_not_of("<>="), text.size()));
    text.remove_prefix(op.size());
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    size_t length = std::min(text.find_first_of(" \t,<>="), text.size());
    KubernetesVersion version = TRY(ParseKubernetesVersion(text.substr(0, length)));
    text.remove_prefix(length);
    if (text.starts_with(',')) text.remove_prefix(1);
    KubernetesVersion next{version.major, static_cast<uint16_t>(version.minor + 1)};
    if (op == ">=" || op == "=" || op == "==") {
      range.from = std::max(range.from, version);
    } else if (op == ">") {
      range.from = std::max(range.from, next);
    }
    if (op == "<=" || op == "=" || op == "==") {
      range.before = std::min(range.before, next);
    } else if (op == "<") {
      range.before = std::min(range.before, version);
    } else if (op != ">=" && op != ">") {
      return Fail("'" + std::string(op) + "' is no comparison of versions",
                  "write a range as '>=1.19 <1.25'");
    }
    any = true;
  }
  if (!any) return Fail("an empty range of versions", "leave it out to mean every version");
  if (range.from >= range.before) return Fail("no version is in this range");
  return range;
}

}  // namespace guard

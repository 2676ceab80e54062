// Which checks run, and in which order their warnings come. Tested by tests/unit/dockerfile/lint_test.cc.
#include "rootless-builder/dockerfile/lint.h"

#include <algorithm>
#include <tuple>

#include "policies/document/dockerfile_chars.h"
#include "rootless-builder/dockerfile/lint_checks.h"

namespace guard::builder {

namespace {

// "skip=A,B;error=true;experimental=all"; the error is a sentence.
std::string ReadCheck(std::string_view check, LintSink& sink, bool& is_error) {
  for (size_t at = 0; at < check.size();) {
    size_t end = std::min(check.find(';', at), check.size());
    std::string_view option = TrimSpace(check.substr(at, end - at));
    at = end + 1;
    size_t equals = option.find('=');
    std::string_view key = TrimSpace(option.substr(0, equals));
    std::string_view value = equals == std::string_view::npos ? "" : TrimSpace(option.substr(equals + 1));
    if (equals == std::string_view::npos || (key != "skip" && key != "error" && key != "experimental"))
      return "unknown option \"" + std::string(option.substr(0, 80)) + "\" of check";
    if (key == "error") {
      if (value != "true" && value != "false" && value != "1" && value != "0")
        return "the option error of check is true or false";
      is_error = value == "true" || value == "1";
      continue;
    }
    (key == "skip" ? sink.skip_all : sink.experimental_all) |= value == "all";
    for (size_t from = 0; from <= value.size();) {
      size_t comma = std::min(value.find(',', from), value.size());
      (key == "skip" ? sink.skip : sink.experimental).emplace(TrimSpace(value.substr(from, comma - from)));
      from = comma + 1;
    }
  }
  return "";
}

}  // namespace

void LintSink::Report(std::string_view id, Span span, std::string message) {
  if (skip_all || skip.contains(id)) return;
  Warning& warning = warnings_.emplace_back();
  warning.id = id;
  warning.message = std::move(message);
  warning.span = span;
  // Not by Locate: it counts the columns of what may be a very long line.
  uint32_t low = 1, high = dockerfile_.source->line_count();
  while (low < high) {
    uint32_t middle = low + (high - low + 1) / 2;
    (dockerfile_.source->LineBegin(middle) <= span.begin ? low : high) =
        dockerfile_.source->LineBegin(middle) <= span.begin ? middle : middle - 1;
  }
  warning.line = low;
}

bool LintSink::RunsExperimental(std::string_view id) const {
  return experimental_all || experimental.contains(id);
}

std::vector<Warning> LintSink::Take() {
  std::sort(warnings_.begin(), warnings_.end(), [](const Warning& a, const Warning& b) {
    return std::tie(a.span.begin, a.span.end, a.id, a.message) <
           std::tie(b.span.begin, b.span.end, b.id, b.message);
  });
  auto same = [](const Warning& a, const Warning& b) {
    return a.span == b.span && a.id == b.id && a.message == b.message;
  };
  warnings_.erase(std::unique(warnings_.begin(), warnings_.end(), same), warnings_.end());
  return std::move(warnings_);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

Result<LintReport> Lint(const Dockerfile& dockerfile, const LintOptions& options) {
  LintSink sink(dockerfile);
  LintReport report;
  sink.experimental_all = options.experimental;
  if (options.check) {
    if (std::string error = ReadCheck(*options.check, sink, report.error); !error.empty()) return Fail(error);
  } else {
    for (const DockerfileDirective& directive : dockerfile.tree.directives) {
      if (directive.name != "check") continue;
      if (std::string error = ReadCheck(directive.value, sink, report.error); !error.empty()) {
        return Fail(dockerfile.ErrorAt(directive.span, std::move(error),
                                       "write # check=skip=RuleA,RuleB;error=true"));
      }
    }
  }
  LintForm(dockerfile, options, sink);
  LintVariables(dockerfile, options, sink);
  report.warnings = sink.Take();
  report.error = report.error && !report.warnings.empty();
  return report;
}

std::string Render(const Dockerfile& dockerfile, const Warning& warning) {
  return guard::Render(
      dockerfile.ErrorAt(warning.span, "warning: " + warning.message + " (" + warning.id + ")"));
}

}  // namespace guard::builder

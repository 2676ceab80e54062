// The `gitlab` report: Code Quality, one JSON array, as `artifacts: reports: codequality:` reads it. The
// format knows findings alone, so an input that could not be read is one too. Tested by
// tests/unit/reports/reports_test.cc.
#include <map>

#include "auditor/reports/escape.h"
#include "auditor/reports/identity.h"
#include "auditor/reports/json_text.h"
#include "auditor/reports/report.h"
#include "policies/base/sha256.h"

namespace guard {

namespace {

std::string_view Level(Severity severity) {
  constexpr std::string_view kLevels[] = {"info", "minor", "major", "critical", "blocker"};
  return kLevels[static_cast<size_t>(severity)];
}

class GitlabReport final : public Report {
 public:
  explicit GitlabReport(std::ostream& out) : out_(out) {}

  void Begin(const RunInfo&) override { out_ << '['; }

  void Add(const FileReport& file) override {
    std::map<std::string, int> seen;  // GitLab drops a second finding with the same fingerprint
    for (const FindingRow& finding : file.findings) {
      std::string fingerprint = Identity(file, finding);
      if (int times = seen[fingerprint]++)
        fingerprint = Sha256Hex(fingerprint + '\n' + std::to_string(times)).substr(0, 32);
      if (finding.waived) continue;
      const Guardrail& rule = *finding.guardrail;
      std::string text = finding.message + " (" + file.subjects[finding.subject].id + ")";
      Row(rule.name, Level(rule.severity), text, fingerprint, file.input.file, finding.line);
    }
    if (!file.input.error) return;
    const Error& error = *file.input.error;
    Row("input-not-read", "blocker", "not read, so not judged: " + error.message,
        Sha256Hex("input-not-read\n" + file.input.file).substr(0, 32), file.input.file,
        error.place.line ? error.place.line : 1);
  }

  void End(const Summary&) override { out_ << (first_ ? "]\n" : "\n]\n"); }

 private:
  void Row(std::string_view rule, std::string_view level, std::string_view message,
           std::string_view fingerprint, std::string_view file, uint32_t line) {
    std::string text = first_ ? "\n" : ",\n";
    first_ = false;
    JsonText json(&text);
    json.Open('{').Field("description", OneLine(message)).Field("check_name", rule);
    json.Field("fingerprint", fingerprint).Field("severity", level);
    json.Key("location").Open('{').Field("path", RepositoryPath(file));
    json.Key("lines").Open('{').Field("begin", line).Close('}').Close('}').Close('}');
    out_ << text;
  }

  std::ostream& out_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<Report> MakeGitlabReport(std::ostream& out) { return std::make_unique<GitlabReport>(out); }

}  // namespace guard

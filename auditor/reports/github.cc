// The `github` report: workflow commands, which GitHub shows as annotations at the lines of a pull request.
// It shows the first ten of a level and step only, so the gravest come first, whatever file they are in.
// Tested by tests/unit/reports/reports_test.cc.
#include <array>

#include "auditor/reports/escape.h"
#include "auditor/reports/report.h"
#include "auditor/reports/spool.h"

namespace guard {

namespace {

std::string_view Level(Severity severity) {
  return severity >= Severity::kHigh ? "error" : severity == Severity::kMedium ? "warning" : "notice";
}

class GithubReport final : public Report {
 public:
  explicit GithubReport(std::ostream& out) : out_(out) {}

  void Begin(const RunInfo&) override {}

  void Add(const FileReport& file) override {
    const std::string path = CommandProperty(OneLine(RepositoryPath(file.input.file)));
    for (const FindingRow& finding : file.findings) {
      if (finding.waived) continue;
      const Guardrail& rule = *finding.guardrail;
      Spool& spool = by_severity_[static_cast<size_t>(rule.severity)];
      std::string& text = spool.tail();
      text += "::" + std::string(Level(rule.severity)) + " file=" + path +
              ",line=" + std::to_string(finding.line) + ",endLine=" + std::to_string(finding.end_line);
      // Columns are allowed within one line only.
      if (finding.line == finding.end_line)
        text += ",col=" + std::to_string(finding.column) + ",endColumn=" + std::to_string(finding.end_column);
      text += ",title=" + CommandProperty(rule.name + " (" + std::string(ToString(rule.severity)) + ")") +
              "::" + CommandData(OneLine(finding.message) + "\n" + OneLine(rule.remediation)) + '\n';
      spool.Settle();
    }
    if (!file.input.error) return;
    const Error& error = *file.input.error;
    failed_.tail() +=
        "::error file=" + path + ",line=" + std::to_string(error.place.line ? error.place.line : 1) +
        ",title=not read%2C so not judged::" +
        CommandData(OneLine(error.message) + (error.hint.empty() ? "" : "\n" + OneLine(error.hint))) + '\n';
    failed_.Settle();
  }

  void End(const Summary& summary) override {
    failed_.Drain(out_);
    for (size_t i = by_severity_.size(); i-- > 0;) by_severity_[i].Drain(out_);
    out_ << "guardctl: " << summary.findings() << " findings in " << summary.files_audited
         << " files audited, " << summary.files_failed << " not read, " << summary.files_skipped
         << " skipped\n";
  }

 private:
  std::ostream& out_;
  std::array<Spool, kSeverities> by_severity_;
  Spool failed_;
};

}  // namespace

std::unique_ptr<Report> MakeGithubReport(std::ostream& out) { return std::make_unique<GithubReport>(out); }

}  // namespace guard

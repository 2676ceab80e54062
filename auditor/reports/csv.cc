// The `csv` report (RFC 4180, with a header): a row a finding, and a row an input that was not judged.
// Tested by tests/unit/reports/reports_test.cc.
#include <initializer_list>
#include <utility>

#include "auditor/reports/escape.h"
#include "auditor/reports/report.h"

namespace guard {

namespace {

class CsvReport final : public Report {
 public:
  explicit CsvReport(std::ostream& out) : out_(out) {}

  void Begin(const RunInfo&) override {
    Row({"status", "severity", "rule", "pack", "file", "line", "column", "subject", "path", "message",
         "remediation"});
  }

  void Add(const FileReport& file) override {
    const InputRow& input = file.input;
    for (const FindingRow& finding : file.findings) {
      const Guardrail& rule = *finding.guardrail;
      Row({finding.waived   ? "waived"
           : finding.failed ? "not-evaluated"
                            : "finding",
           ToString(rule.severity), rule.name, rule.pack, input.file, std::to_string(finding.line),
           std::to_string(finding.column), file.subjects[finding.subject].id, finding.path, finding.message,
           rule.remediation});
    }
    if (input.status == InputStatus::kSkipped)
      Row({"input-skipped", "", "", "", input.file, "", "", "", "", input.note, ""});
    if (!input.error) return;
    const Error& error = *input.error;
    Row({"input-failed", "", "", "", input.file, error.place.line ? std::to_string(error.place.line) : "",
         error.place.line ? std::to_string(error.place.column) : "", "", "", error.message, error.hint});
  }

  void End(const Summary&) override {}

 private:
  void Row(std::initializer_list<std::string_view> cells) {
    bool first = true;
    for (std::string_view cell : cells) {
      if (!std::exchange(first, false)) out_ << ',';
      out_ << CsvField(cell);
    }
    out_ << "\r\n";
  }

  std::ostream& out_;
};

}  // namespace

std::unique_ptr<Report> MakeCsvReport(std::ostream& out) { return std::make_unique<CsvReport>(out); }

}  // namespace guard

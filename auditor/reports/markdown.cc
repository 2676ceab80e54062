// The `markdown` report, for merge request comments, wikis and the step summary of a workflow: the verdict
// and the counts first, then a table a file. Tested by tests/unit/reports/reports_test.cc.
#include <map>

#include "auditor/reports/escape.h"
#include "auditor/reports/report.h"
#include "auditor/reports/spool.h"

namespace guard {

namespace {

class MarkdownReport final : public Report {
 public:
  explicit MarkdownReport(std::ostream& out) : out_(out) {}

  void Begin(const RunInfo& info) override { version_ = info.version, fail_on_ = info.fail_on; }

  void Add(const FileReport& file) override {
    const InputRow& input = file.input;
    if (input.status == InputStatus::kSkipped) {
      skipped_.tail() += "- " + MarkdownText(input.file) + ": " + MarkdownText(input.note) + '\n';
      skipped_.Settle();
    }
    if (input.error) {
      const Error& error = *input.error;
      std::string place = error.place.line ? ':' + std::to_string(error.place.line) : "";
      failed_.tail() += "- **" + MarkdownText(input.file) + place + "**: " + MarkdownText(error.message) +
                        (error.hint.empty() ? "" : " (" + MarkdownText(error.hint) + ")") + '\n';
      failed_.Settle();
    }
    if (file.findings.empty()) return;
    std::string& text = findings_.tail();
    text += "\n### " + MarkdownText(input.file) +
            "\n\n| | line | rule | subject | finding |\n|---|---:|---|---|---|\n";
    for (const FindingRow& finding : file.findings) {
      const Guardrail& rule = *finding.guardrail;
      rules_.emplace(rule.name, &rule);
      text += "| " + std::string(finding.waived ? "waived" : ToString(rule.severity)) + " | " +
              std::to_string(finding.line) + " | " + MarkdownText(rule.name) + " | " +
              MarkdownText(file.subjects[finding.subject].id) + " | " + MarkdownText(finding.message) +
              " |\n";
    }
    findings_.Settle();
  }

  void End(const Summary& summary) override {
    uint64_t decisive = 0;
    for (size_t i = static_cast<size_t>(fail_on_); i < kSeverities; ++i) decisive += summary.by_severity[i];
    std::string verdict = summary.files_failed         ? "incomplete: not everything could be read"
                          : decisive                   ? "failed"
                          : summary.files_audited == 0 ? "nothing was audited"
                                                       : "passed";
    out_ << "## guardctl audit: " << verdict << "\n\n|";
    for (int i = kSeverities - 1; i >= 0; --i) out_ << ' ' << ToString(static_cast<Severity>(i)) << " |";
    out_ << "\n|";
    for (int i = 0; i < kSeverities; ++i) out_ << "---:|";
    out_ << "\n|";
    for (int i = kSeverities - 1; i >= 0; --i)
      out_ << ' ' << summary.by_severity[static_cast<size_t>(i)] << " |";
    out_ << "\n\n"
         << summary.files_audited << " files audited, " << summary.files_failed << " not read, "
         << summary.files_skipped << " skipped; " << summary.subjects << " subjects, "
         << summary.subjects_with_findings << " with findings";
    if (summary.waived) out_ << "; " << summary.waived << " findings waived";
    out_ << ". guardctl " << MarkdownText(version_) << ".\n";
    Section(failed_, "\n### Not read, so not judged\n\n", "");
    findings_.Drain(out_);
    if (!rules_.empty()) out_ << "\n### What to do\n\n";
    for (const auto& [name, rule] : rules_)
      out_ << "- **" << MarkdownText(name) << "**: " << MarkdownText(rule->remediation) << '\n';
    Section(skipped_, "\n<details><summary>Skipped</summary>\n\n", "\n</details>\n");
  }

 private:
  void Section(Spool& spool, std::string_view head, std::string_view tail) {
    if (spool.empty()) return;
    out_ << head;
    spool.Drain(out_);
    out_ << tail;
  }

  std::ostream& out_;
  std::string version_;
  Severity fail_on_ = Severity::kHigh;
  std::map<std::string, const Guardrail*> rules_;  // bounded by the packs
  Spool findings_, failed_, skipped_;
};

}  // namespace

std::unique_ptr<Report> MakeMarkdownReport(std::ostream& out) {
  return std::make_unique<MarkdownReport>(out);
}

}  // namespace guard

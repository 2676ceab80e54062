// The `json` report, version 1: docs/report-json.md is its contract; a field is added, never changed or
// removed, within a version. Tested by tests/unit/reports/reports_test.cc.
#include "auditor/reports/json_text.h"
#include "auditor/reports/report.h"
#include "auditor/reports/spool.h"

namespace guard {

namespace {

constexpr std::string_view kStatus[] = {"audited", "skipped", "failed"};

void Controls(JsonText& json, const std::vector<ControlMapping>& controls) {
  json.Key("controls").Open('{');
  for (const ControlMapping& control : controls) {
    json.Key(control.catalogue).Open('[');
    for (const std::string& id : control.ids) json.String(id);
    json.Close(']');
  }
  json.Close('}');
}

class JsonReport final : public Report {
 public:
  explicit JsonReport(std::ostream& out) : out_(out) {}

  void Begin(const RunInfo& info) override {
    std::string text = "{\"version\":1,";
    JsonText json(&text);
    json.Key("tool").Open('{').Field("name", "guardctl").Field("version", info.version);
    json.Field("kubernetesVersion",
               std::to_string(info.kubernetes.major) + "." + std::to_string(info.kubernetes.minor));
    json.Key("packs").Open('[');
    for (const std::string& name : info.packs) {
      const Pack* pack = info.policies ? info.policies->FindPack(name) : nullptr;
      json.Open('{').Field("name", name);
      if (pack) json.Field("sha256", pack->digest);
      json.Close('}');
    }
    json.Close(']').Close('}');
    out_ << text << ",\n\"inputs\":[";
  }

  void Add(const FileReport& file) override {
    Input(file.input);
    for (const SubjectRow& subject : file.subjects) Subject(file, subject);
    for (const FindingRow& finding : file.findings) Finding(file, finding);
    inputs_.Settle(), subjects_.Settle(), findings_.Settle();
  }

  void End(const Summary& summary) override {
    inputs_.Drain(out_);
    out_ << "],\n\"subjects\":[";
    subjects_.Drain(out_);
    out_ << "],\n\"findings\":[";
    findings_.Drain(out_);
    std::string text = "],\n";
    JsonText json(&text);
    json.Key("summary").Open('{');
    json.Field("filesAudited", summary.files_audited).Field("filesSkipped", summary.files_skipped);
    json.Field("filesFailed", summary.files_failed).Field("documents", summary.documents);
    json.Field("subjects", summary.subjects).Field("subjectsWithFindings", summary.subjects_with_findings);
    json.Field("findings", summary.findings()).Field("waived", summary.waived);
    json.Key("bySeverity").Open('{');
    for (int i = kSeverities - 1; i >= 0; --i)
      json.Field(ToString(static_cast<Severity>(i)), summary.by_severity[static_cast<size_t>(i)]);
    json.Close('}').Close('}');
    out_ << text << "}\n";
  }

 private:
  // Rows of an array that is spooled: each on a line of its own, commas between.
  static JsonText Row(Spool& spool, bool* first) {
    spool.tail() += *first ? "\n" : ",\n";
    *first = false;
    return JsonText(&spool.tail());
  }

  void Input(const InputRow& input) {
    JsonText json = Row(inputs_, &first_input_);
    json.Open('{').Field("file", input.file);
    if (!input.sha256.empty()) json.Field("sha256", input.sha256);
    json.Field("kind", input.kind).Field("documents", input.documents);
    json.Field("status", kStatus[static_cast<size_t>(input.status)]);
    if (!input.note.empty()) json.Field("note", input.note);
    if (input.error) {
      json.Key("error").Open('{').Field("message", input.error->message);
      if (input.error->place.line)
        json.Field("line", input.error->place.line).Field("column", input.error->place.column);
      if (!input.error->hint.empty()) json.Field("hint", input.error->hint);
      json.Close('}');
    }
    json.Close('}');
  }

  void Subject(const FileReport& file, const SubjectRow& subject) {
    JsonText json = Row(subjects_, &first_subject_);
    json.Open('{').Field("id", subject.id).Field("kind", subject.object_kind);
    json.Field("name", subject.name);
    if (!subject.namespace_name.empty()) json.Field("namespace", subject.namespace_name);
    json.Field("file", file.input.file).Field("line", subject.line).Close('}');
  }

  void Finding(const FileReport& file, const FindingRow& finding) {
    const Guardrail& rule = *finding.guardrail;
    JsonText json = Row(findings_, &first_finding_);
    json.Open('{')
        .Field("rule", rule.name)
        .Field("pack", rule.pack)
        .Field("severity", ToString(rule.severity));
    json.Field("message", finding.message).Field("subject", file.subjects[finding.subject].id);
    json.Field("file", file.input.file).Field("line", finding.line).Field("column", finding.column);
    json.Field("endLine", finding.end_line)
        .Field("endColumn", finding.end_column)
        .Field("path", finding.path);
    Controls(json, rule.controls);
    json.Field("remediation", rule.remediation);
    if (finding.failed) json.Key("notEvaluated").Bool(true);
    if (!finding.fix.empty()) {
      json.Key("fix").Open('{').Field("title", finding.fix_title).Key("safe").Bool(finding.fix_safe);
      json.Key("edits").Open('[');
      for (const FixEdit& edit : finding.fix) {
        json.Open('{').Field("line", edit.line).Field("column", edit.column).Field("endLine", edit.end_line);
        json.Field("endColumn", edit.end_column).Field("offset", edit.offset).Field("length", edit.length);
        json.Field("text", edit.text).Close('}');
      }
      json.Close(']').Close('}');
    }
    if (finding.waived) json.Key("waived").Bool(true);
    json.Close('}');
  }

  std::ostream& out_;
  Spool inputs_, subjects_, findings_;
  bool first_input_ = true, first_subject_ = true, first_finding_ = true;
};

}  // namespace

std::unique_ptr<Report> MakeJsonReport(std::ostream& out) { return std::make_unique<JsonReport>(out); }

}  // namespace guard

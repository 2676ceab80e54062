// The `sarif` report: SARIF 2.1.0 (OASIS), one run, with the rules' help, their controls as taxonomies, and
// fixes. Columns are Unicode code points, which the run says. GitHub's and GitLab's importers were the test
// readers. Tested by tests/unit/reports/reports_test.cc, and by the standard's schema in
// tests/e2e/sarif_schema.sh.
#include <map>

#include "auditor/reports/identity.h"
#include "auditor/reports/json_text.h"
#include "auditor/reports/report.h"
#include "auditor/reports/spool.h"
#include "policies/base/sha256.h"

namespace guard {

namespace {

std::string_view Level(Severity severity) {
  return severity >= Severity::kHigh ? "error" : severity == Severity::kMedium ? "warning" : "note";
}

// GitHub code scanning's scale, 0.0 to 10.0.
std::string_view SecuritySeverity(Severity severity) {
  constexpr std::string_view kScale[] = {"0.5", "3.0", "5.5", "8.0", "9.5"};
  return kScale[static_cast<size_t>(severity)];
}

// A path as a URI reference (RFC 3986); absolute paths become file: URIs.
std::string Uri(std::string_view path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = path.starts_with('/') ? "file://" : "";
  if (path.starts_with("./")) path.remove_prefix(2);
  bool first_segment = uri.empty();
  for (char c : path) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (c == '/') first_segment = false;
    bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                 (byte >= 'a' && byte <= 'z') ||
                 std::string_view("-._~/!$&'()*+,;=@").find(c) != std::string_view::npos ||
                 (c == ':' && !first_segment);
    if (plain)
      uri += c;
    else
      uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return uri;
}

void Region(JsonText& json, std::string_view key, uint32_t line, uint32_t column, uint32_t end_line,
            uint32_t end_column) {
  json.Key(key).Open('{').Field("startLine", line).Field("startColumn", column);
  json.Field("endLine", end_line).Field("endColumn", end_column).Close('}');
}

void Message(JsonText& json, std::string_view key, std::string_view text) {
  json.Key(key).Open('{').Field("text", text).Close('}');
}

class SarifReport final : public Report {
 public:
  explicit SarifReport(std::ostream& out) : out_(out) {}

  void Begin(const RunInfo& info) override {
    std::string text;
    JsonText json(&text);
    json.Open('{')
        .Field("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
        .Field("version", "2.1.0");
    json.Key("runs").Open('[').Open('{').Key("tool").Open('{').Key("driver").Open('{');
    json.Field("name", "guardctl")
        .Field("version", info.version)
        .Field("informationUri", "https://guardctl.dev");
    json.Key("supportedTaxonomies").Open('[');
    Catalogues(info);
    for (const auto& [name, ids] : catalogues_)
      json.Open('{').Field("name", name).Field("guid", Guid(name)).Close('}');
    json.Close(']').Key("rules").Open('[');
    uint64_t index = 0;
    for (const Guardrail* rule : info.guardrails) {
      Rule(json, *rule);
      indices_[rule] = index++;
    }
    json.Close(']').Close('}').Close('}');
    Taxonomies(json);
    json.Field("columnKind", "unicodeCodePoints");
    json.Key("originalUriBaseIds").Open('{').Key("%SRCROOT%").Open('{');
    Message(json, "description", "The folder that guardctl was run in.");
    json.Close('}').Close('}');
    out_ << text << ",\n\"results\":[";
  }

  void Add(const FileReport& file) override {
    Artifact(file.input);
    if (file.input.error) Notification(file.input);
    for (const FindingRow& finding : file.findings) Result(file, finding);
    results_.Settle(), artifacts_.Settle(), notifications_.Settle();
  }

  void End(const Summary& summary) override {
    results_.Drain(out_);
    out_ << "],\n\"artifacts\":[";
    artifacts_.Drain(out_);
    out_ << "],\n\"invocations\":[{\"executionSuccessful\":" << (summary.files_failed ? "false" : "true")
         << ",\"toolExecutionNotifications\":[";
    notifications_.Drain(out_);
    out_ << "]}]}]}\n";
  }

 private:
  static JsonText Row(Spool& spool, bool* first) {
    spool.tail() += *first ? "\n" : ",\n";
    *first = false;
    return JsonText(&spool.tail());
  }

  // A stable GUID for a taxonomy, made of its name (as RFC 9562 makes version 5 of names).
  static std::string Guid(std::string_view name) {
    std::string hex = Sha256Hex(name).substr(0, 32);
    hex[12] = '5';
    hex[16] = 'a';
    for (size_t at : {20, 16, 12, 8}) hex.insert(at, "-");
    return hex;
  }

  void Catalogues(const RunInfo& info) {
    for (const Guardrail* rule : info.guardrails)
      for (const ControlMapping& control : rule->controls)
        for (const std::string& id : control.ids) catalogues_[control.catalogue].emplace(id, 0);
    for (auto& [name, ids] : catalogues_) {
      uint64_t index = 0;
      for (auto& [id, at] : ids) at = index++;
    }
  }

  void Rule(JsonText& json, const Guardrail& rule) {
    json.Open('{').Field("id", rule.name).Field("name", rule.name);
    Message(json, "shortDescription", rule.title);
    Message(json, "fullDescription", rule.description);
    json.Key("help").Open('{').Field("text", rule.description + "\n\n" + rule.remediation);
    json.Field("markdown", rule.description + "\n\n**What to do:** " + rule.remediation).Close('}');
    json.Key("defaultConfiguration").Open('{').Field("level", Level(rule.severity)).Close('}');
    json.Key("relationships").Open('[');
    for (const ControlMapping& control : rule.controls) {
      for (const std::string& id : control.ids) {
        json.Open('{').Key("target").Open('{').Field("id", id).Field("index",
                                                                     catalogues_[control.catalogue][id]);
        json.Key("toolComponent")
            .Open('{')
            .Field("name", control.catalogue)
            .Field("guid", Guid(control.catalogue));
        json.Close('}').Close('}').Key("kinds").Open('[').String("relevant").Close(']').Close('}');
      }
    }
    json.Close(']').Key("properties").Open('{').Field("security-severity", SecuritySeverity(rule.severity));
    json.Field("severity", ToString(rule.severity)).Field("pack", rule.pack);
    json.Key("tags").Open('[').String("security").String(rule.pack).Close(']').Close('}').Close('}');
  }

  void Taxonomies(JsonText& json) {
    json.Key("taxonomies").Open('[');
    for (const auto& [name, ids] : catalogues_) {
      json.Open('{').Field("name", name).Field("guid", Guid(name)).Key("taxa").Open('[');
      for (const auto& [id, index] : ids) json.Open('{').Field("id", id).Close('}');
      json.Close(']').Close('}');
    }
    json.Close(']');
  }

  static void Location(JsonText& json, std::string_view file) {
    json.Key("artifactLocation").Open('{').Field("uri", Uri(file));
    if (!file.starts_with('/')) json.Field("uriBaseId", "%SRCROOT%");
    json.Close('}');
  }

  void Artifact(const InputRow& input) {
    JsonText json = Row(artifacts_, &first_artifact_);
    json.Open('{').Key("location").Open('{').Field("uri", Uri(input.file));
    if (!input.file.starts_with('/')) json.Field("uriBaseId", "%SRCROOT%");
    json.Close('}');
    if (!input.sha256.empty()) json.Key("hashes").Open('{').Field("sha-256", input.sha256).Close('}');
    json.Key("properties").Open('{').Field("kind", input.kind);
    json.Field("status", input.status == InputStatus::kAudited   ? "audited"
                         : input.status == InputStatus::kSkipped ? "skipped"
                                                                 : "failed");
    if (!input.note.empty()) json.Field("note", input.note);
    json.Close('}').Close('}');
  }

  void Notification(const InputRow& input) {
    const Error& error = *input.error;
    JsonText json = Row(notifications_, &first_notification_);
    json.Open('{').Field("level", "error");
    Message(json, "message", error.hint.empty() ? error.message : error.message + " (" + error.hint + ")");
    json.Key("locations").Open('[').Open('{').Key("physicalLocation").Open('{');
    Location(json, input.file);
    if (error.place.line) {
      uint32_t column = std::max<uint32_t>(1, error.place.column);
      Region(json, "region", error.place.line, column, error.place.line,
             column + std::max<uint32_t>(1, error.caret_length));
    }
    json.Close('}').Close('}').Close(']').Close('}');
  }

  void Result(const FileReport& file, const FindingRow& finding) {
    const Guardrail& rule = *finding.guardrail;
    const SubjectRow& subject = file.subjects[finding.subject];
    JsonText json = Row(results_, &first_result_);
    json.Open('{')
        .Field("ruleId", rule.name)
        .Field("ruleIndex", indices_[&rule])
        .Field("level", Level(rule.severity));
    Message(json, "message", finding.message);
    json.Key("locations").Open('[').Open('{').Key("physicalLocation").Open('{');
    Location(json, file.input.file);
    Region(json, "region", finding.line, finding.column, finding.end_line, finding.end_column);
    json.Close('}').Key("logicalLocations").Open('[').Open('{').Field("name", subject.id);
    json.Field("fullyQualifiedName", subject.id + (finding.path.empty() ? "" : "/" + finding.path))
        .Field("kind", "object");
    json.Close('}').Close(']').Close('}').Close(']');
    json.Key("partialFingerprints").Open('{');
    json.Field("guardctl/v1", Identity(file, finding)).Close('}');
    if (finding.waived)
      json.Key("suppressions").Open('[').Open('{').Field("kind", "external").Close('}').Close(']');
    if (!finding.fix.empty()) Fix(json, file, finding);
    json.Close('}');
  }

  static void Fix(JsonText& json, const FileReport& file, const FindingRow& finding) {
    json.Key("fixes").Open('[').Open('{');
    Message(json, "description",
            finding.fix_title + (finding.fix_safe ? "" : " (review: not known to be safe)"));
    json.Key("artifactChanges").Open('[').Open('{');
    Location(json, file.input.file);
    json.Key("replacements").Open('[');
    for (const FixEdit& edit : finding.fix) {
      json.Open('{');
      Region(json, "deletedRegion", edit.line, edit.column, edit.end_line, edit.end_column);
      if (!edit.text.empty()) Message(json, "insertedContent", edit.text);
      json.Close('}');
    }
    json.Close(']').Close('}').Close(']').Close('}').Close(']');
  }

  std::ostream& out_;
  std::map<std::string, std::map<std::string, uint64_t>> catalogues_;
  std::map<const Guardrail*, uint64_t> indices_;
  Spool results_, artifacts_, notifications_;
  bool first_result_ = true, first_artifact_ = true, first_notification_ = true;
};

}  // namespace

std::unique_ptr<Report> MakeSarifReport(std::ostream& out) { return std::make_unique<SarifReport>(out); }

}  // namespace guard

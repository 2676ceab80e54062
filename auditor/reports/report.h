// What an audit tells its reports, one file of input at a time, and the reports that exist.
//
// The rows here own their strings and know nothing of Documents, so that a file's memory is free before the
// next is read. Machine formats are versioned apart from these structs: each report writes its own shape.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/engine/guardrail.h"
#include "policies/engine/policy_set.h"
#include "policies/engine/vap.h"

namespace guard {

enum class InputStatus : uint8_t { kAudited, kSkipped, kFailed };

// One input, in the order of the walk.
struct InputRow {
  std::string file;
  std::string sha256;  // hex; empty when it was not read whole
  std::string kind;    // ToString(FileKind)
  uint32_t documents = 0;
  InputStatus status = InputStatus::kAudited;
  std::string note;  // why it was skipped
  std::optional<Error>
      error;  // why it failed; documents before the place of the error are judged all the same
};

struct SubjectRow {
  std::string id, object_kind, name, namespace_name;
  uint32_t line = 0;
};

// A replacement in the input, by place (for SARIF and diffs) and by lines (for people).
struct FixEdit {
  uint32_t line = 1, column = 1, end_line = 1, end_column = 1;  // 1-based, end exclusive, code points
  uint64_t offset = 0, length = 0;                              // bytes
  std::string text;
};

// A line that a fix removes (its number in the file as it is) or leaves in its place.
struct FixLine {
  bool added = false;
  uint32_t line = 0;
  std::string text;
};

struct FindingRow {
  const Guardrail* guardrail = nullptr;
  uint32_t subject = 0;  // index into FileReport::subjects
  std::string message, path;
  uint32_t line = 1, column = 1, end_line = 1, end_column = 1;  // as FixEdit
  bool failed = false;
  bool waived = false;
  std::string fix_title;
  bool fix_safe = true;
  std::vector<FixEdit> fix;
  std::vector<FixLine> fix_preview;  // where excerpts are wanted
  // The lines that a person needs to see, with the number of the first; empty where no report wants them.
  uint32_t excerpt_line = 0;
  std::vector<std::string> excerpt;
};

struct FileReport {
  InputRow input;
  std::vector<SubjectRow> subjects;
  std::vector<FindingRow> findings;  // sorted by line, rule, column
};

inline constexpr int kSeverities = 5;

struct Summary {
  uint64_t files_audited = 0, files_skipped = 0, files_failed = 0, documents = 0, subjects = 0, bytes = 0;
  uint64_t subjects_with_findings = 0, files_with_findings = 0, waived = 0;
  std::array<uint64_t, kSeverities> by_severity{};
  uint64_t findings() const;
};

// What is the same for the whole run.
struct RunInfo {
  std::string version;
  const PolicySet* policies = nullptr;
  const AdmissionPolicySet* admission = nullptr;  // Kubernetes' own policies; nullptr when there are none
  std::vector<const Guardrail*> guardrails;  // all that findings may refer to, policies too; sorted by name
  std::vector<std::string> packs;
  KubernetesVersion kubernetes = kLatestKubernetes;
  Severity fail_on = Severity::kHigh;
  bool colour = false;
  uint32_t width = 100;  // of the terminal
};

// A report writes as it goes and holds nothing back that grows with the number of files, except in spools on
// disk.
class Report {
 public:
  virtual ~Report() = default;
  virtual void Begin(const RunInfo& info) = 0;
  virtual void Add(const FileReport& file) = 0;
  virtual void End(const Summary& summary) = 0;
  virtual bool wants_excerpts() const { return false; }
};

// The names of all formats, in the order of the help text.
std::span<const std::string_view> ReportFormats();
// A report writing to `out` (which outlives it); nullptr for an unknown format.
std::unique_ptr<Report> MakeReport(std::string_view format, std::ostream& out);

// One factory a format; reports/formats.cc holds the table.
std::unique_ptr<Report> MakeTextReport(std::ostream& out);
std::unique_ptr<Report> MakeJsonReport(std::ostream& out);
std::unique_ptr<Report> MakeSarifReport(std::ostream& out);
std::unique_ptr<Report> MakeJunitReport(std::ostream& out);
std::unique_ptr<Report> MakeGitlabReport(std::ostream& out);
std::unique_ptr<Report> MakeGithubReport(std::ostream& out);
std::unique_ptr<Report> MakeMarkdownReport(std::ostream& out);
std::unique_ptr<Report> MakeCsvReport(std::ostream& out);

}  // namespace guard

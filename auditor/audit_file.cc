// Tested by tests/unit/auditor/audit_test.cc, with a case a file in tests/golden/audit.
#include "auditor/audit_file.h"

#include <algorithm>

#include "auditor/fix_preview.h"
#include "auditor/judge_policies.h"
#include "auditor/read_file.h"
#include "auditor/run_program.h"
#include "policies/base/sha256.h"
#include "policies/subjects/compose.h"
#include "policies/subjects/dockerfile.h"
#include "policies/subjects/gitlab_ci.h"
#include "policies/subjects/recognise.h"

namespace guard {

namespace {

bool EndsInManifestSuffix(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json") || path == "<stdin>";
}

FileReport Skipped(std::string file, FileKind kind, std::string note) {
  FileReport report;
  report.input.file = std::move(file);
  report.input.kind = ToString(kind);
  report.input.status = InputStatus::kSkipped;
  report.input.note = std::move(note);
  return report;
}

FileReport Failed(std::string file, FileKind kind, Error error) {
  FileReport report;
  report.input.file = std::move(file);
  report.input.kind = ToString(kind);
  report.input.status = InputStatus::kFailed;
  if (error.place.file.empty()) error.place.file = report.input.file;
  report.input.error = std::move(error);
  return report;
}

FixEdit ToRow(const TextEdit& edit, const Source& source) {
  FixEdit row;
  LineColumn begin = source.Locate(edit.span.begin), end = source.Locate(edit.span.end);
  row.line = begin.line, row.column = begin.column, row.end_line = end.line, row.end_column = end.column;
  row.offset = edit.span.begin, row.length = edit.span.size();
  row.text = edit.text;
  return row;
}

// A few lines around the place: two before it for the way down, and no more than four of a long value.
void Excerpt(const Source& source, FindingRow* row) {
  constexpr uint32_t kBefore = 2, kLongest = 4;
  constexpr size_t kWidest = 512;
  row->excerpt_line = row->line > kBefore ? row->line - kBefore : 1;
  uint32_t last = std::min({row->end_line, row->line + kLongest - 1, source.line_count()});
  for (uint32_t line = row->excerpt_line; line <= last; ++line)
    row->excerpt.emplace_back(source.Line(line).substr(0, kWidest));
}

FindingRow ToRow(const Finding& finding, uint32_t subject, const Source& source, bool excerpts) {
  FindingRow row;
  row.guardrail = finding.guardrail;
  row.subject = subject;
  row.message = finding.message;
  row.path = finding.path;
  row.failed = finding.failed;
  LineColumn begin = source.Locate(finding.span.begin), end = source.Locate(finding.span.end);
  row.line = begin.line, row.column = begin.column, row.end_line = end.line, row.end_column = end.column;
  if (row.end_line == row.line && row.end_column <= row.column) row.end_column = row.column + 1;
  if (finding.fix) {
    row.fix_title = finding.fix->title;
    row.fix_safe = finding.fix->safe;
    for (const TextEdit& edit : finding.fix->edits) row.fix.push_back(ToRow(edit, source));
    if (excerpts) row.fix_preview = PreviewFix(source, finding.fix->edits);
  }
  if (excerpts) Excerpt(source, &row);
  return row;
}

void Judge(const Source& source, FileKind kind, Documents& documents, Evaluator& evaluator,
           const AuditFileOptions& options, AdmissionPolicyJudge* policies, FileReport* report) {
  std::vector<Subject> subjects;
  for (const Document& document : documents.all) {
    switch (kind) {
      case FileKind::kDockerfile: ProjectDockerfile(documents, document, &subjects); break;
      case FileKind::kCompose: ProjectCompose(documents, document, &subjects); break;
      case FileKind::kGitlabCi: ProjectGitlabCi(documents, document, &subjects); break;
      default: ProjectKubernetes(documents, document, options.project, &subjects);
    }
  }
  std::vector<Finding> findings;
  std::vector<uint32_t> rows;  // of each subject; an object and the pod it makes are one thing to a reader
  for (Subject& subject : subjects) {
    subject.source = &source;
    SubjectRow row;
    row.id = subject.Id();
    row.object_kind = subject.object_kind;
    row.name = subject.name;
    row.namespace_name = subject.namespace_name;
    row.line = source.Locate(subject.span.begin).line;
    bool same = !report->subjects.empty() && report->subjects.back().line == row.line &&
                report->subjects.back().id == row.id;
    if (!same) report->subjects.push_back(std::move(row));
    rows.push_back(static_cast<uint32_t>(report->subjects.size() - 1));
    evaluator.Evaluate(subject, &findings);
    if (policies && subject.kind == SubjectKind::kResource) JudgePolicies(subject, *policies, &findings);
  }
  SortFindings(&findings);
  report->findings.reserve(findings.size());
  for (const Finding& finding : findings)
    report->findings.push_back(ToRow(finding, rows[static_cast<size_t>(finding.subject - subjects.data())],
                                     source, options.excerpts));
}

FileReport AuditRendering(const WalkItem& item, Evaluator& evaluator, const AuditFileOptions& options,
                          AdmissionPolicyJudge* policies) {
  bool chart = item.kind == WalkItem::Kind::kChart;
  std::vector<std::string> program = chart ? std::vector<std::string>{"helm", "template", item.path}
                                           : std::vector<std::string>{"kubectl", "kustomize", item.path};
  std::string name = item.path + (chart ? " (helm template)" : " (kubectl kustomize)");
  Result<std::string> text = RunProgram(program);
  if (!text)
    return Failed(std::move(name), chart ? FileKind::kHelmChart : FileKind::kKustomization,
                  std::move(text.error()));
  return AuditText(std::move(name), std::move(*text), true, evaluator, options, policies);
}

}  // namespace

FileReport AuditText(std::string name, std::string text, bool named, Evaluator& evaluator,
                     const AuditFileOptions& options, AdmissionPolicyJudge* policies) {
  Source source(std::move(name), std::move(text));
  FileKind kind = Recognise(source.name(), source.text());
  bool manifest = EndsInManifestSuffix(source.name());
  bool has_nul = source.text().substr(0, 8192).find('\0') != std::string_view::npos;
  // Broken UTF-8 in a file that calls itself a manifest is a broken manifest, not a binary.
  bool broken_manifest = kind == FileKind::kBinary && manifest && !has_nul;
  const bool own_form =
      kind == FileKind::kDockerfile || kind == FileKind::kCompose || kind == FileKind::kGitlabCi;
  bool judged = kind == FileKind::kKubernetes || own_form || broken_manifest ||
                (kind == FileKind::kUnknownYaml && named && manifest);
  if (!judged) return Skipped(source.name(), kind, std::string(WhySkipped(kind)));

  if (!own_form) kind = FileKind::kKubernetes;
  Documents documents = kind == FileKind::kDockerfile ? ReadDockerfile(source)
                        : kind == FileKind::kCompose  ? ReadCompose(source)
                        : kind == FileKind::kGitlabCi ? ReadGitlabCi(source)
                                                      : ReadManifest(source);
  FileReport report;
  report.input.file = source.name();
  report.input.kind = ToString(kind);
  report.input.documents = static_cast<uint32_t>(documents.all.size());
  report.input.sha256 = Sha256Hex(source.text());
  Judge(source, kind, documents, evaluator, options, policies, &report);
  if (documents.error) {
    report.input.status = InputStatus::kFailed;
    report.input.error = std::move(documents.error);
  } else if (report.subjects.empty()) {
    report.input.status = InputStatus::kSkipped;
    if (!own_form) report.input.kind = ToString(FileKind::kUnknownYaml);
    report.input.note = WhyNothing(kind);
  }
  return report;
}

FileReport AuditItem(const WalkItem& item, Evaluator& evaluator, const AuditFileOptions& options,
                     AdmissionPolicyJudge* policies) {
  switch (item.kind) {
    case WalkItem::Kind::kSkipped: return Skipped(item.path, FileKind::kOther, item.note);
    case WalkItem::Kind::kFailed: return Failed(item.path, FileKind::kOther, item.error);
    case WalkItem::Kind::kChart:
    case WalkItem::Kind::kKustomize: return AuditRendering(item, evaluator, options, policies);
    case WalkItem::Kind::kFile:
    case WalkItem::Kind::kStdin: break;
  }
  bool from_stdin = item.kind == WalkItem::Kind::kStdin;
  Result<std::string> text =
      from_stdin ? ReadStandardInput(kLargestSource) : ReadWholeFile(item.path, kLargestSource);
  if (!text) return Failed(item.path, FileKind::kOther, std::move(text.error()));
  return AuditText(item.path, std::move(*text), item.named, evaluator, options, policies);
}

}  // namespace guard

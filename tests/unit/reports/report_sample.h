// A small run by hand, which every report's test writes: two findings at one place, one fix, a failure and a
// skip.
#pragma once

#include <sstream>
#include <string>

#include "auditor/reports/report.h"

namespace guard::test {

inline Guardrail Rule(std::string name, Severity severity) {
  Guardrail rule;
  rule.name = std::move(name);
  rule.pack = "build-isolation";
  rule.title = "No container may be privileged";
  rule.description = "A privileged container is root on the node.";
  rule.remediation = "Build with rootless-builder; it needs no privilege.";
  rule.severity = severity;
  rule.controls = {{"cis-kubernetes-1.12", {"5.2.2", "5.2.10"}}, {"pod-security", {"baseline"}}};
  return rule;
}

inline std::string Write(std::string_view format) {
  Guardrail privileged = Rule("no-privileged", Severity::kCritical),
            pss = Rule("pss-privileged", Severity::kHigh);
  RunInfo info;
  info.version = "9.9.9";
  info.guardrails = {&privileged, &pss};
  info.packs = {"build-isolation"};
  info.width = 90;
  std::ostringstream out;
  auto report = MakeReport(format, out);
  report->Begin(info);

  FileReport file;
  file.input = {"ci/agent <1>.yaml", std::string(64, 'a'), "kubernetes", 2, InputStatus::kAudited, "",
                std::nullopt};
  file.subjects.push_back({"Deployment/ci/agent", "Deployment", "agent", "ci", 4});
  FindingRow finding;
  finding.guardrail = &privileged;
  finding.message = "container \"dind\" is privileged";
  finding.path = "spec.template.spec.containers[0].securityContext.privileged";
  finding.line = 12, finding.column = 25, finding.end_line = 12, finding.end_column = 29;
  finding.excerpt_line = 10;
  finding.excerpt = {"        - name: dínd",
                     "          securityContext:", "            privileged: true   # 日本"};
  finding.fix_title = "set privileged to false";
  finding.fix.push_back({12, 25, 12, 29, 300, 4, "false"});
  finding.fix_preview = {{false, 12, finding.excerpt[2]},
                         {true, 12, "            privileged: false   # 日本"}};
  file.findings.push_back(finding);
  finding.guardrail = &pss;
  finding.message = "privileged containers are not allowed";
  finding.fix.clear();
  file.findings.push_back(finding);
  report->Add(file);

  FileReport failed;
  failed.input = {"broken.yaml", "", "kubernetes", 1, InputStatus::kFailed, "", Error{}};
  failed.input.error->message = "expected ',' or ']'";
  failed.input.error->place = {"broken.yaml", 3, 7};
  failed.input.error->line_text = "spec: [a";
  failed.input.error->hint = "close the list with ']'";
  report->Add(failed);

  FileReport skipped;
  skipped.input = {"logo\xff.png", "", "binary", 0, InputStatus::kSkipped, "binary", std::nullopt};
  report->Add(skipped);

  Summary summary;
  summary.files_audited = 1, summary.files_skipped = 1, summary.files_failed = 1;
  summary.documents = 3, summary.subjects = 1, summary.subjects_with_findings = 1;
  summary.by_severity = {0, 0, 0, 1, 1};
  report->End(summary);
  return out.str();
}

}  // namespace guard::test

// The audit: a walk, evaluators in parallel, reports in order. The same input gives the same reports,
// whatever the number of jobs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "auditor/audit_file.h"
#include "auditor/reports/report.h"
#include "auditor/walk.h"

namespace guard {

struct AuditOptions {
  std::vector<std::string> paths;
  unsigned jobs = 1;
  WalkOptions walk;
  AuditFileOptions file;
};

// Told from the emitting thread, between files.
class AuditProgress {
 public:
  virtual ~AuditProgress() = default;
  // `fraction` of the walk, 0 to 1.
  virtual void Audited(const Summary& so_far, double fraction, const std::string& file) = 0;
  // Something is about to be printed.
  virtual void Hide() = 0;
};

// Reports are begun by the caller and ended here. `progress` may be null.
Summary Audit(const RunInfo& info, const AuditOptions& options, std::span<Report* const> reports,
              AuditProgress* progress);

// design.md section 6: 0 nothing decisive, 1 findings, 2 an input failed, 3 nothing was audited.
int ExitCode(const Summary& summary, Severity fail_on);

}  // namespace guard

// One input from the walk to its row in the reports: read, recognise, project, evaluate.
#pragma once

#include <span>

#include "auditor/reports/report.h"
#include "auditor/walk.h"
#include "policies/engine/evaluate.h"
#include "policies/engine/vap.h"
#include "policies/subjects/kubernetes.h"

namespace guard {

struct AuditFileOptions {
  ProjectOptions project;
  bool excerpts = false;  // reports for people want the lines
};

// Never fails as a whole: what went wrong is in the report's row. One thread's; `evaluator` is used and left
// clean. `policies` are Kubernetes' own; nullptr when there are none.
FileReport AuditItem(const WalkItem& item, Evaluator& evaluator, const AuditFileOptions& options,
                     AdmissionPolicyJudge* policies = nullptr);

// The same for a text that is at hand.
FileReport AuditText(std::string name, std::string text, bool named, Evaluator& evaluator,
                     const AuditFileOptions& options, AdmissionPolicyJudge* policies = nullptr);

}  // namespace guard

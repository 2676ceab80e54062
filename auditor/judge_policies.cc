// Tested by tests/unit/auditor/judge_policies_test.cc and tests/e2e/vap.sh.
#include "auditor/judge_policies.h"

#include <algorithm>

#include "policies/engine/point.h"

namespace guard {

void JudgePolicies(const Subject& resource, AdmissionPolicyJudge& judge, std::vector<Finding>* findings) {
  Arena arena(1024);
  AdmissionPolicyAnswer answer;
  judge.Judge(AttributesToCreate(resource, arena), &answer);
  if (answer.results.empty()) return;
  const NodePath at_name = *ParseNodePath("metadata.name");
  Pointer pointer(resource);
  const size_t first = findings->size();
  for (AdmissionPolicyResult& result : answer.results) {
    // Several bindings say the same.
    bool told = std::any_of(findings->begin() + static_cast<ptrdiff_t>(first), findings->end(),
                            [&](const Finding& finding) {
                              return finding.guardrail == result.rule && finding.message == result.message;
                            });
    if (told) continue;
    Finding& finding = findings->emplace_back();
    finding.guardrail = result.rule;
    finding.subject = &resource;
    finding.message = std::move(result.message);
    finding.failed = result.failed;
    pointer.Point(at_name, {}, &finding);
  }
}

}  // namespace guard

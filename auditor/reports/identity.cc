// Tested by tests/unit/reports/reports_test.cc.
#include "auditor/reports/identity.h"

#include "policies/base/sha256.h"

namespace guard {

std::string Identity(const FileReport& file, const FindingRow& finding) {
  std::string text = finding.guardrail->name + '\n' + file.input.file + '\n' +
                     file.subjects[finding.subject].id + '\n' + finding.path;
  return Sha256Hex(text).substr(0, 32);
}

}  // namespace guard

// What makes a finding the same finding in the next run: the rule, the file, the subject and the path within
// it, but not the line.
#pragma once

#include <string>

#include "auditor/reports/report.h"

namespace guard {

// 32 hexadecimal digits. Findings of one rule that differ in their message alone share it.
std::string Identity(const FileReport& file, const FindingRow& finding);

}  // namespace guard

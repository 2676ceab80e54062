// What a fix does to a file, as the lines it takes away and the lines it leaves: for people and for diffs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "auditor/reports/report.h"
#include "policies/document/edit.h"

namespace guard {

// The changed lines in order, those of one place together. `edits` are sorted and do not overlap.
std::vector<FixLine> PreviewFix(const Source& source, std::span<const TextEdit> edits);

}  // namespace guard

// string.format with a literal format and a literal list of arguments is checked when the expression loads.
#pragma once

#include <vector>

#include "policies/cel/ast.h"
#include "policies/cel/format.h"

namespace guard::cel {

// Adds what is wrong with a call of format(); nothing when format or arguments are not literals. The tree is
// checked.
void CheckFormat(const Expr& call, FormatStyle style, std::vector<Issue>& issues);

}  // namespace guard::cel

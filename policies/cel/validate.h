// What Kubernetes finds when a policy loads rather than when it runs (cel-go cel/validator.go): literal
// durations, timestamps and regular expressions that cannot be read, lists and maps whose literals mix types.
#pragma once

#include <vector>

#include "policies/cel/ast.h"

namespace guard::cel {

// The tree has been checked and is sound.
std::vector<Issue> Validate(const Ast& ast);

}  // namespace guard::cel

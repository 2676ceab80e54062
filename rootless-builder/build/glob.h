// Shell patterns in COPY sources, as Go's filepath.Match reads them: * and ? stay within a path's part, [^a]
// negates, a backslash escapes.
#pragma once

#include <string_view>

#include "policies/base/error.h"

namespace guard::builder {

bool HasGlob(std::string_view text);
// Whether one part of a path matches one part of a pattern. An error for a malformed pattern.
Result<bool> GlobMatch(std::string_view pattern, std::string_view name);

}  // namespace guard::builder

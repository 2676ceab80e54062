// Dockerfiles printed, for `rootless-builder dockerfile FILE` and for golden tests.
#pragma once

#include <string>

#include "rootless-builder/dockerfile/instruction.h"

namespace guard::builder {

// BuildKit's S-expressions, one a line, of the text as it is (unknown instructions too).
Result<std::string> DumpAst(const Source& source);

// The typed form, one field a line, with everything that was understood.
std::string Print(const Dockerfile& dockerfile);

}  // namespace guard::builder

// Warnings about Dockerfiles that build, with the ids of BuildKit's checks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/dockerfile/ignore.h"
#include "rootless-builder/dockerfile/instruction.h"

namespace guard::builder {

struct LintOptions {
  // The .dockerignore, for CopyIgnoredFile; may be null.
  const IgnoreRules* ignore = nullptr;
  // Names that --build-arg and the target platform set, besides the Dockerfile's own ARGs.
  std::vector<std::string> build_args;
  bool experimental = false;  // run the experimental checks too (as "# check=experimental=all" does)
  // In place of the "# check=" directive (--build-arg BUILDKIT_DOCKERFILE_CHECK=...).
  std::optional<std::string> check;
};

struct LintReport {
  std::vector<Warning> warnings;  // sorted by place; skipped ones are not in it
  bool error = false;             // "# check=error=true", and there are warnings: the build must fail
};

// Base images are not looked at. So UndefinedVar is told of a variable that an image may define only where it
// is surely a mistake: it is a global or platform ARG that the stage does not declare, or nearly one that it
// does. A "# check=" directive that cannot be read is an error.
Result<LintReport> Lint(const Dockerfile& dockerfile, const LintOptions& options = {});

// "file:line:column: warning: Message (Id)", with the source line and a caret.
std::string Render(const Dockerfile& dockerfile, const Warning& warning);

}  // namespace guard::builder

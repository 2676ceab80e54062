// The checks, in two families, and what they share. Internal to the linter.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rootless-builder/dockerfile/lint.h"

namespace guard::builder {

// Collects what is not switched off.
class LintSink {
 public:
  explicit LintSink(const Dockerfile& dockerfile) : dockerfile_(dockerfile) {}

  void Report(std::string_view id, Span span, std::string message);
  // CopyIgnoredFile and InvalidDefinitionDescription run only where asked for.
  bool RunsExperimental(std::string_view id) const;
  std::vector<Warning> Take();

  bool skip_all = false, experimental_all = false;
  std::set<std::string, std::less<>> skip, experimental;

 private:
  const Dockerfile& dockerfile_;
  std::vector<Warning> warnings_;
};

// What can be told from how it is written.
void LintForm(const Dockerfile& dockerfile, const LintOptions& options, LintSink& sink);
// What needs to know stages and variables.
void LintVariables(const Dockerfile& dockerfile, const LintOptions& options, LintSink& sink);

std::string LowerCase(std::string_view text);
std::string UpperCase(std::string_view text);

}  // namespace guard::builder

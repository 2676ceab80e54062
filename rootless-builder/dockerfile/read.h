// One line to one typed instruction: a function a kind. Internal to the parser.
#pragma once

#include <string>
#include <vector>

#include "rootless-builder/dockerfile/instruction.h"

namespace guard::builder {

// What a reader sees. `heredocs` are the line's, or those of the ONBUILD around it.
struct Line {
  const Source& source;
  const DockerfileInstruction& tree;
  const std::vector<Heredoc>& heredocs;

  std::unexpected<Error> Refuse(Span span, std::string message, std::string hint = {}) const {
    return Fail(source.ErrorAt(span, std::move(message), std::move(hint)));
  }
  // Where what is missing should be.
  Span end() const { return {tree.keyword.span.begin, tree.keyword.span.end}; }
};

// Whether a text is final before expansion: it holds neither variables nor quotes nor escapes.
bool IsFinal(std::string_view text);
// A text for an error message, quoted and cut.
std::string Shown(std::string_view text);

// Any instruction but FROM; unknown ones are an error with a suggestion.
Result<Body> ReadBody(const Line& line);
Result<From> ReadFrom(const Line& line, std::string& name);

// The kinds that need more than a few lines.
Result<Run> ReadRun(const Line& line);
Result<CommandLine> ReadCommandLine(const Line& line);
Result<HealthcheckInstruction> ReadHealthcheck(const Line& line);
Result<Copy> ReadCopy(const Line& line);
Result<Add> ReadAdd(const Line& line);

}  // namespace guard::builder

// Dockerfile text to typed instructions. Whatever is unknown is an error with its place: nothing is skipped.
#pragma once

#include <memory>
#include <string>

#include "rootless-builder/dockerfile/instruction.h"

namespace guard::builder {

Result<Dockerfile> Parse(std::unique_ptr<Source> source);

// One instruction that came as text: an ONBUILD trigger of a base image (`origin` names it in errors). It is
// no FROM, ONBUILD or MAINTAINER. The default escape character applies, as nothing else is known there.
struct ParsedInstruction {
  std::unique_ptr<Source> source;
  Instruction instruction;
};
Result<ParsedInstruction> ParseInstruction(std::string text, std::string origin);

}  // namespace guard::builder

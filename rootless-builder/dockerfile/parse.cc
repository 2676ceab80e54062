// Lines to stages. Tested by tests/unit/dockerfile/parse_test.cc.
#include "rootless-builder/dockerfile/parse.h"

#include "rootless-builder/dockerfile/read.h"

namespace guard::builder {

namespace {

Result<Instruction> ReadInstruction(const Source& source, const DockerfileInstruction& tree) {
  Instruction instruction;
  instruction.keyword = tree.name;
  instruction.text = tree.text;
  instruction.span = tree.span;
  instruction.first_line = tree.first_line;
  instruction.last_line = tree.last_line;
  instruction.body = TRY(ReadBody({source, tree, tree.heredocs}));
  return instruction;
}

}  // namespace

Result<Dockerfile> Parse(std::unique_ptr<Source> source) {
  Dockerfile dockerfile;
  dockerfile.tree = TRY(ParseDockerfileTree(*source));
  dockerfile.escape = dockerfile.tree.escape;
  for (const DockerfileDirective& directive : dockerfile.tree.directives)
    if (directive.name == "syntax") dockerfile.syntax = directive.value;
  for (const DockerfileInstruction& tree : dockerfile.tree.instructions) {
    if (tree.name == "FROM") {
      Stage stage;
      stage.from = TRY(ReadFrom({*source, tree, tree.heredocs}, stage.name));
      stage.text = tree.text;
      stage.span = tree.span;
      stage.first_line = tree.first_line;
      dockerfile.stages.push_back(std::move(stage));
      continue;
    }
    Instruction instruction = TRY(ReadInstruction(*source, tree));
    if (!dockerfile.stages.empty()) {
      dockerfile.stages.back().instructions.push_back(std::move(instruction));
    } else if (instruction.As<Arg>()) {
      dockerfile.meta_args.push_back(std::move(instruction));
    } else {
      return Fail(source->ErrorAt(tree.keyword.span, tree.name + " has no FROM before it",
                                  "only ARG may stand before the first FROM"));
    }
  }
  if (dockerfile.stages.empty()) {
    return Fail(source->ErrorAt(dockerfile.tree.instructions.back().span,
                                "there is no FROM in this Dockerfile",
                                "begin the first stage with FROM image"));
  }
  dockerfile.source = std::move(source);
  return dockerfile;
}

Result<ParsedInstruction> ParseInstruction(std::string text, std::string origin) {
  ParsedInstruction parsed;
  parsed.source = std::make_unique<Source>(std::move(origin), std::move(text));
  const Source& source = *parsed.source;
  DockerfileTree tree = TRY(ParseDockerfileTree(source));
  if (tree.instructions.size() != 1)
    return Fail(source.ErrorAt(tree.instructions[1].span,
                               "an ONBUILD trigger is one instruction, and here is another"));
  const DockerfileInstruction& line = tree.instructions.front();
  if (line.name == "FROM" || line.name == "ONBUILD" || line.name == "MAINTAINER")
    return Fail(source.ErrorAt(line.keyword.span, line.name + " cannot be an ONBUILD trigger"));
  parsed.instruction = TRY(ReadInstruction(source, line));
  return parsed;
}

}  // namespace guard::builder

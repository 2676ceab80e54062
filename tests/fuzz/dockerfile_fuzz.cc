// Dockerfiles of any bytes: what is read has places inside its text, prints, lints, and expands within
// bounds.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "rootless-builder/dockerfile/dump.h"
#include "rootless-builder/dockerfile/expand.h"
#include "rootless-builder/dockerfile/lint.h"
#include "rootless-builder/dockerfile/mount.h"
#include "rootless-builder/dockerfile/parse.h"

namespace {

using namespace guard;
using namespace guard::builder;

void CheckSpan(const Source& source, Span span) {
  if (span.begin > span.end || span.end > source.text().size()) abort();
}

void CheckTree(const Source& source, const DockerfileInstruction& line) {
  CheckSpan(source, line.span);
  CheckSpan(source, line.keyword.span);
  CheckSpan(source, line.arguments.span);
  for (const Word& word : line.flags) CheckSpan(source, word.span);
  for (const Word& word : line.words) {
    CheckSpan(source, word.span);
    if (!line.span.contains(word.span) && line.first_line != 0) abort();
  }
  for (const DockerfilePair& pair : line.pairs)
    CheckSpan(source, pair.name.span), CheckSpan(source, pair.value.span);
  for (const Heredoc& heredoc : line.heredocs)
    if (source.text(heredoc.body_span) != heredoc.body) abort();
  if (line.nested) CheckTree(source, *line.nested);
}

void Resolve(const Source& source, const Instruction& instruction, char escape) {
  Expander expander{.source = source, .escape = escape, .lookup = [](std::string_view name) {
                      return name.size() % 2 == 0 ? std::optional<std::string_view>("v a*l\n") : std::nullopt;
                    }};
  if (const auto* run = instruction.As<builder::Run>()) {
    (void)ResolveScript(run->command);
    for (const RawMount& mount : run->mounts) (void)ResolveMount(mount, expander);
  }
  if (const Env* env = instruction.As<Env>())
    for (const KeyValue& pair : env->variables) (void)expander.ExpandToWords(pair.value);
  if (const Copy* copy = instruction.As<Copy>())
    for (const Heredoc& heredoc : copy->heredocs) (void)expander.Expand(heredoc);
  if (const Onbuild* onbuild = instruction.As<Onbuild>()) (void)ParseInstruction(onbuild->trigger, "trigger");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  auto source = std::make_unique<Source>("Dockerfile", text);
  (void)DumpAst(*source);
  Result<Dockerfile> dockerfile = Parse(std::move(source));
  if (!dockerfile) {
    (void)Render(dockerfile.error());
    return 0;
  }
  for (const DockerfileInstruction& line : dockerfile->tree.instructions)
    CheckTree(*dockerfile->source, line);
  (void)Print(*dockerfile);
  if (Result<LintReport> report = Lint(*dockerfile, {.experimental = true}))
    for (const Warning& warning : report->warnings) (void)Render(*dockerfile, warning);
  for (const Stage& stage : dockerfile->stages)
    for (const Instruction& instruction : stage.instructions)
      Resolve(*dockerfile->source, instruction, dockerfile->escape);
  return 0;
}

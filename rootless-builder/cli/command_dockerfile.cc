// rootless-builder dockerfile: how a Dockerfile is read. Tested by tests/e2e/builder_build.sh.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "policies/base/files.h"
#include "rootless-builder/cli/commands.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/dockerfile/dump.h"
#include "rootless-builder/dockerfile/lint.h"
#include "rootless-builder/dockerfile/parse.h"

namespace guard::builder {

namespace {

struct Flags {
  std::string file;
  bool dump = false, lint = false;
};

Result<int> Show(const Flags& flags) {
  std::string text = flags.file == "-" ? TRY(ReadWholeFile(0, "standard input", 16u << 20))
                                       : TRY(ReadWholeFile(flags.file, 16u << 20));
  auto source = std::make_unique<Source>(flags.file, std::move(text));
  if (flags.dump) {
    std::string dump = TRY(DumpAst(*source));
    puts(dump.c_str());
    return 0;
  }
  Dockerfile dockerfile = TRY(Parse(std::move(source)));
  if (!flags.lint) {
    fputs(Print(dockerfile).c_str(), stdout);
    return 0;
  }
  LintReport report = TRY(Lint(dockerfile));
  for (const Warning& warning : report.warnings) fputs(Render(dockerfile, warning).c_str(), stdout);
  return report.warnings.empty() ? 0 : 1;
}

}  // namespace

void AddDockerfile(CLI::App& app, const Session&, int& status) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("dockerfile", "Print how a Dockerfile is read");
  command->add_option("file", flags->file, "The Dockerfile; - is standard input")->required();
  command->add_flag("--dump", flags->dump, "As BuildKit's S-expressions");
  command->add_flag("--lint", flags->lint, "Warnings only; exit status 1 if there are any");
  command->callback([flags, &status] {
    auto shown = Show(*flags);
    status = shown ? *shown : Report(shown.error(), 2);
  });
}

}  // namespace guard::builder

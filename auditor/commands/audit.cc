// guardctl audit.
// Tested by tests/e2e/audit.sh and tests/e2e/bad_input.sh.
#include "auditor/audit.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

#include "auditor/commands/commands.h"
#include "auditor/progress.h"

#ifndef GUARD_VERSION
#define GUARD_VERSION "0.1.0"
#endif

namespace guard {

namespace {

// A report and the file it goes to; standard output when there is none.
struct Output {
  std::string file;
  std::unique_ptr<std::ofstream> stream;
  std::unique_ptr<Report> report;
};

int Usage(const std::string& message, const std::string& hint = {}) {
  std::cerr << "guardctl: " << message << '\n';
  if (!hint.empty()) std::cerr << hint << '\n';
  return kExitBroken;
}

// FORMAT or FORMAT=FILE, several of them. Everything is checked before the first file is opened: a typo must
// not empty a report that was there.
Result<void> CheckFormats(const std::vector<std::string>& formats) {
  std::set<std::string> files;
  for (const std::string& text : formats) {
    size_t equals = text.find('=');
    std::string format = text.substr(0, equals);
    if (std::ranges::find(ReportFormats(), format) == ReportFormats().end()) {
      std::string names;
      for (std::string_view name : ReportFormats()) names += (names.empty() ? "" : ", ") + std::string(name);
      std::string_view meant = Nearest(format, ReportFormats());
      return Fail("no report format is called '" + format + "'",
                  (meant.empty() ? "" : "did you mean " + std::string(meant) + "? ") + "formats: " + names);
    }
    if (equals != std::string::npos && equals + 1 == text.size())
      return Fail("--format " + text + " names no file", "write --format " + format + "=FILE");
    std::string file = equals == std::string::npos
                           ? ""
                           : std::filesystem::path(text.substr(equals + 1)).lexically_normal().string();
    if (files.insert(file).second) continue;
    if (file.empty())
      return Fail("only one report can go to standard output",
                  "write the others to files: --format sarif=report.sarif");
    return Fail("two reports cannot go to one file: " + file, "give each --format a file of its own");
  }
  return {};
}

Result<std::vector<Output>> OpenOutputs(const std::vector<std::string>& formats) {
  TRY_VOID(CheckFormats(formats));
  std::vector<Output> outputs;
  for (const std::string& text : formats.empty() ? std::vector<std::string>{"text"} : formats) {
    size_t equals = text.find('=');
    Output output;
    std::ostream* stream = &std::cout;
    if (equals != std::string::npos) {
      output.file = text.substr(equals + 1);
      output.stream = std::make_unique<std::ofstream>(output.file, std::ios::binary | std::ios::trunc);
      if (!*output.stream) return Fail("cannot write " + output.file);
      stream = output.stream.get();
    }
    output.report = MakeReport(text.substr(0, equals), *stream);
    outputs.push_back(std::move(output));
  }
  return outputs;
}

// "example.com/Runner=spec.template.spec"
Result<std::vector<CustomPodKind>> PodKinds(const std::vector<std::string>& texts) {
  std::vector<CustomPodKind> kinds;
  for (const std::string& text : texts) {
    size_t slash = text.find('/'), equals = text.find('=');
    if (slash == std::string::npos || equals == std::string::npos || slash > equals ||
        equals + 1 == text.size() || slash + 1 == equals)
      return Fail("--pod-kind wants GROUP/KIND=path.to.podSpec, not '" + text + "'");
    kinds.push_back(
        {text.substr(0, slash), text.substr(slash + 1, equals - slash - 1), text.substr(equals + 1)});
  }
  return kinds;
}

}  // namespace

bool UseColour(const std::string& choice, int fd) {
  if (choice != "auto") return choice == "always";
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(fd) && !(no_colour && *no_colour) && !(term && std::string_view(term) == "dumb");
}

unsigned TerminalWidth(int fd) {
  winsize size{};
  if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return std::min<unsigned>(size.ws_col, 120);
  return 100;
}

int RunAudit(const AuditCommand& command) {
  // What to judge by.
  RunInfo info;
  info.version = GUARD_VERSION;
  info.fail_on = *ParseSeverity(command.fail_on);
  if (!command.kubernetes_version.empty()) {
    auto version = ParseKubernetesVersion(command.kubernetes_version);
    if (!version) return Usage(ToString(version.error()), version.error().hint);
    info.kubernetes = *version;
  }
  std::vector<std::string> folders = command.policies;
  auto admission = TakeAdmissionPolicies(&folders);
  info.packs = command.packs;
  if (info.packs.empty()) {
    info.packs = PacksOf(folders);
    info.packs.emplace_back(kDefaultPacks);
  }
  auto set = LoadPolicies(folders, info.packs, ReadExamples::kUntested);
  if (!set || !admission) return kExitBroken;
  info.policies = &*set;
  if (std::erase(info.packs, kDefaultPacks) != 0)
    for (std::string& pack : set->DefaultPacks()) info.packs.push_back(std::move(pack));
  std::sort(info.packs.begin(), info.packs.end());
  info.packs.erase(std::unique(info.packs.begin(), info.packs.end()), info.packs.end());
  auto guardrails = set->Select(info.packs);
  if (!guardrails) return Usage(ToString(guardrails.error()), guardrails.error().hint);
  info.guardrails = std::move(*guardrails);
  if (!admission->empty()) {
    info.admission = &*admission;
    for (const Guardrail* rule : admission->rules()) info.guardrails.push_back(rule);
    std::ranges::stable_sort(info.guardrails, {}, [](const Guardrail* rule) { return rule->name; });
  }
  info.colour = UseColour(command.colour, STDOUT_FILENO);
  info.width = TerminalWidth(STDOUT_FILENO);

  auto kinds = PodKinds(command.pod_kinds);
  if (!kinds) return Usage(ToString(kinds.error()));

  // What to write.
  auto outputs = OpenOutputs(command.formats);
  if (!outputs) return Usage(ToString(outputs.error()), outputs.error().hint);
  std::vector<Report*> reports;
  AuditOptions options;
  for (Output& output : *outputs) {
    reports.push_back(output.report.get());
    options.file.excerpts = options.file.excerpts || output.report->wants_excerpts();
    output.report->Begin(info);
  }

  // What to read.
  options.paths = command.paths;
  options.jobs = command.jobs ? command.jobs : std::max(1u, std::thread::hardware_concurrency());
  options.walk.respect_gitignore = !command.no_ignore;
  options.walk.render = command.render;
  options.file.project.custom = std::move(*kinds);

  std::optional<ProgressBar> progress;
  if (command.progress == "auto" && isatty(STDERR_FILENO)) progress.emplace(TerminalWidth(STDERR_FILENO));
  Summary summary = Audit(info, options, reports, progress ? &*progress : nullptr);

  for (Output& output : *outputs) {
    std::ostream& stream = output.stream ? *output.stream : std::cout;
    if (!stream.flush())
      return Usage("cannot write the report to " + (output.file.empty() ? "standard output" : output.file));
  }
  return ExitCode(summary, info.fail_on);
}

}  // namespace guard

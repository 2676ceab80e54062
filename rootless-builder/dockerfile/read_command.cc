// RUN, CMD, ENTRYPOINT and HEALTHCHECK. Tested by tests/unit/dockerfile/parse_test.cc.
#include <charconv>

#include "rootless-builder/dockerfile/duration.h"
#include "rootless-builder/dockerfile/flags.h"
#include "rootless-builder/dockerfile/mount.h"
#include "rootless-builder/dockerfile/read.h"

namespace guard::builder {

namespace {

constexpr int64_t kShortestInterval = 1'000'000;  // a millisecond, Docker's own limit

Result<NetworkFlag> ReadNetwork(const Line& line, const Word& word) {
  if (word.text == "default") return NetworkFlag::kDefault;
  if (word.text == "none") return NetworkFlag::kNone;
  if (word.text == "host") return NetworkFlag::kHost;
  return line.Refuse(word.span, "unknown network " + Shown(word.text), "there are default, none and host");
}

Result<RunSecurity> ReadSecurity(const Line& line, const Word& word) {
  if (word.text == "sandbox") return RunSecurity::kSandbox;
  if (word.text == "insecure") return RunSecurity::kInsecure;
  return line.Refuse(word.span, "unknown security mode " + Shown(word.text),
                     "there are sandbox and insecure");
}

Result<int64_t> ReadInterval(const Line& line, const Flags& flags, std::string_view name) {
  std::optional<Word> word = flags.String(name);
  if (!word) return 0;
  std::optional<int64_t> interval = ParseGoDuration(word->text);
  if (!interval)
    return line.Refuse(word->span, Shown(word->text) + " is no duration",
                       "write a number with a unit: 30s, 1m30s");
  if (*interval != 0 && *interval < kShortestInterval)
    return line.Refuse(word->span, "--" + std::string(name) + " is less than 1ms");
  return *interval;
}

}  // namespace

Result<CommandLine> ReadCommandLine(const Line& line) {
  CommandLine command;
  command.shell_form = line.tree.form != DockerfileForm::kJson;
  command.words = line.tree.words;
  if (command.shell_form && command.words.empty()) {
    return line.Refuse(
        line.end(), line.tree.name + " has no command",
        line.tree.name == "RUN" ? "" : "write " + line.tree.name + " [] to take away an inherited one");
  }
  return command;
}

Result<Run> ReadRun(const Line& line) {
  Flags flags = TRY(Flags::Read(line.source, line.tree,
                                {{"mount", FlagKind::kStrings},
                                 {"network", FlagKind::kString},
                                 {"security", FlagKind::kString},
                                 {"device", FlagKind::kStrings}}));
  Run run;
  if (std::vector<Word> devices = flags.Strings("device"); !devices.empty()) {
    return line.Refuse(devices[0].span, "RUN --device is not supported: steps have no devices of the host",
                       "leave out --device");
  }
  for (const Word& mount : flags.Strings("mount")) run.mounts.push_back(TRY(ParseMount(line.source, mount)));
  if (std::optional<Word> network = flags.String("network")) run.network = TRY(ReadNetwork(line, *network));
  if (std::optional<Word> security = flags.String("security"))
    run.security = TRY(ReadSecurity(line, *security));
  run.command = TRY(ReadCommandLine(line));
  if (run.command.words.empty()) return line.Refuse(line.tree.arguments.span, "RUN has no command");
  run.command.heredocs = line.heredocs;
  return run;
}

Result<HealthcheckInstruction> ReadHealthcheck(const Line& line) {
  const DockerfileInstruction& tree = line.tree;
  Flags flags = TRY(Flags::Read(line.source, tree,
                                {{"interval", FlagKind::kString},
                                 {"timeout", FlagKind::kString},
                                 {"start-period", FlagKind::kString},
                                 {"start-interval", FlagKind::kString},
                                 {"retries", FlagKind::kString}}));
  if (tree.words.empty()) return line.Refuse(line.end(), "HEALTHCHECK needs CMD and a command, or NONE");
  std::string kind = tree.words[0].text;
  for (char& c : kind)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  HealthcheckInstruction check;
  if (kind == "NONE") {
    if (tree.words.size() > 1) return line.Refuse(tree.words[1].span, "HEALTHCHECK NONE takes no arguments");
    if (!tree.flags.empty()) return line.Refuse(tree.flags[0].span, "HEALTHCHECK NONE takes no flags");
    check.none = true;
    return check;
  }
  if (kind != "CMD") {
    return line.Refuse(tree.words[0].span, "unknown kind of HEALTHCHECK " + Shown(tree.words[0].text),
                       "write HEALTHCHECK CMD command");
  }
  check.command.shell_form = tree.form != DockerfileForm::kJson;
  check.command.words.assign(tree.words.begin() + 1, tree.words.end());
  if (check.command.words.empty()) return line.Refuse(tree.words[0].span, "HEALTHCHECK CMD has no command");
  check.interval = TRY(ReadInterval(line, flags, "interval"));
  check.timeout = TRY(ReadInterval(line, flags, "timeout"));
  check.start_period = TRY(ReadInterval(line, flags, "start-period"));
  check.start_interval = TRY(ReadInterval(line, flags, "start-interval"));
  if (std::optional<Word> retries = flags.String("retries")) {
    const std::string& text = retries->text;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), check.retries);
    if (error != std::errc() || end != text.data() + text.size() || check.retries < 0)
      return line.Refuse(retries->span, Shown(text) + " is no number of retries", "write a number from 0 on");
  }
  return check;
}

}  // namespace guard::builder

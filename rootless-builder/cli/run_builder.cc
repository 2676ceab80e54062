// The program's door: signals, the name it was called by, and the native commands.
#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "rootless-builder/cli/commands.h"
#include "rootless-builder/cli/common_options.h"
#include "rootless-builder/cli/stand_ins.h"

namespace guard::builder {

namespace {

// A signal handler can reach nothing but this.
std::atomic<bool> stop_wanted = false;

void HandleSignals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stop_wanted = true; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

// "--build-arg A=1 CONTEXT": what follows a flag's value is not another value.
void OneValueAFlag(CLI::App& command) {
  for (CLI::Option* option : command.get_options())
    if (!option->get_positional()) option->allow_extra_args(false);
  for (CLI::App* below : command.get_subcommands({})) OneValueAFlag(*below);
}

bool Knows(CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->get_name() == word) return true;
  return false;
}

int UnknownCommand(CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  std::string_view nearest = Nearest(word, names);
  Error error;
  error.message = "there is no command '" + word + "'";
  error.hint =
      nearest.empty() ? "rootless-builder --help lists them" : "did you mean " + std::string(nearest) + "?";
  return Report(error, 2);
}

// What CLI11 says, with the option that was probably meant.
int UsageError(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  Error shown;
  shown.message = error.what();
  shown.hint = at->get_display_name() + " --help lists the options";
  std::vector<std::string> names;
  for (const CLI::Option* option : at->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (std::string word : at->remaining()) {
    if (!word.starts_with('-')) continue;
    word = word.substr(0, word.find('='));
    shown.message = "there is no option " + word;
    if (std::string_view nearest = Nearest(word, names); !nearest.empty())
      shown.hint = "did you mean " + std::string(nearest) + "?";
    break;
  }
  return Report(shown, 2);
}

}  // namespace

int RunNative(const std::vector<std::string>& words, const Session& session) {
  int status = 0;
  CLI::App app("Builds Dockerfiles into OCI images without a daemon, without root, without privilege.",
               "rootless-builder");
  app.set_version_flag("--version", "rootless-builder " + session.version);
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  app.footer(
      "As other programs: rootless-builder docker|buildah|podman|kaniko ..., or a link of that name.\n"
      "In pods: rootless-builder install DIR, rootless-builder stand-in --ports 2375,2376.");
  AddBuild(app, session, status);
  AddImageCommands(app, session, status);
  AddRegistryCommands(app, session, status);
  AddDockerfile(app, session, status);
  for (CLI::App* command : app.get_subcommands({})) OneValueAFlag(*command);
  if (!words.empty() && !words[0].starts_with('-') && !Knows(app, words[0]))
    return UnknownCommand(app, words[0]);
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return UsageError(app, error);
  }
  return status;
}

int RunBuilder(int argc, char** argv, const std::string& version) {
  // Files of images get the modes that they shall have, whatever our caller's mask.
  umask(0022);
  HandleSignals();
  Session session{version, &stop_wanted};
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  std::string name = argc > 0 ? argv[0] : "";
  name.erase(0, name.rfind('/') + 1);
  if (auto status = RunStandInFor(name, words, session)) return *status;
  if (!words.empty()) {
    std::vector<std::string> rest(words.begin() + 1, words.end());
    if (auto status = RunStandInFor(words[0], rest, session)) return *status;
    if (words[0] == "install") return RunInstall(rest);
    if (words[0] == "stand-in") return RunPorts(rest, session);
  }
  return RunNative(words, session);
}

}  // namespace guard::builder

// The program's door: signals, the name it was called by, and the native commands.
#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstring>

#include "rootless-builder/cli/commands.h"

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

}  // namespace

int RunBuilder(int argc, char** argv, const std::string& version) {
  // Files of images get the modes that they shall have, whatever our caller's mask.
  umask(0022);
  HandleSignals();
  Session session{version, &stop_wanted};
  int status = 0;
  CLI::App app("Builds Dockerfiles into OCI images without a daemon, without root, without privilege.",
               "rootless-builder");
  app.set_version_flag("--version", "rootless-builder " + version);
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  AddBuild(app, session, status);
  AddImageCommands(app, session, status);
  AddRegistryCommands(app, session, status);
  AddDockerfile(app, session, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace guard::builder

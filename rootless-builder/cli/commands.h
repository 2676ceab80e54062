// The commands of the native command line, one function each; all give the process's exit status.
#pragma once

#include <atomic>
#include <string>

namespace CLI {
class App;
}

namespace guard::builder {

// What every command is given.
struct Session {
  std::string version;
  std::atomic<bool>* stop;
};

// Adds a command to the application; when it was called, `status` is what it ended with.
void AddBuild(CLI::App& app, const Session& session, int& status);
void AddImageCommands(CLI::App& app, const Session& session,
                      int& status);  // images, inspect, tag, rmi, prune
void AddRegistryCommands(CLI::App& app, const Session& session,
                         int& status);  // pull, push, login, logout, manifest
void AddDockerfile(CLI::App& app, const Session& session, int& status);

// The whole program; argv[0]'s last part, or the first word, may name what it stands in for.
int RunBuilder(int argc, char** argv, const std::string& version);

}  // namespace guard::builder

// The programs that this one stands in for, and what it is in pods besides a builder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rootless-builder/cli/commands.h"
#include "rootless-builder/cli/stand_in_build.h"

namespace guard::builder {

// "docker", "buildah", "podman", "executor" or "kaniko", "warmer": runs as it. Nothing for every other name.
std::optional<int> RunStandInFor(const std::string& name, const Words& words, const Session& session);

int RunKaniko(const Words& words, const Session& session);
int RunDocker(const Words& words, const Session& session);
int RunBuildah(const std::string& program, const Words& words, const Session& session);

// install DIR: this program and its links. Tested by tests/e2e/builder_standins.sh.
int RunInstall(const Words& words);
Result<void> InstallTo(const std::string& directory, const std::string& program);

// stand-in --ports A,B: where CI systems wait for a daemon's port.
int RunPorts(const Words& words, const Session& session);
// What a request gets: a whole HTTP answer.
std::string AnswerFor(std::string_view request);

// The native command line, without the program's name.
int RunNative(const Words& words, const Session& session);

// --- between the stand-ins' commands

// Reads, prints help where it was asked for, builds; `usage_status` is what wrong usage ends with.
int EndBuild(Result<BuildCall> call, const Session& session, int usage_status);
// Parses flags of a small command: the words, or the status that it ends with (help, wrong usage).
std::expected<Words, int> ReadWords(const FlagTable& table, const Words& words, size_t least, size_t most,
                                    int usage_status);

// images, inspect, save, load: as docker and podman print them.
int ListImages(const std::string& program, const Words& words);
int InspectImages(const std::string& program, const Words& words);
int LoadImages(const std::string& program, const Words& words);
int SaveImages(const std::string& program, const Words& words);
// manifest create|annotate|push|inspect|add|rm|exists, and buildx imagetools create|inspect.
int RunManifest(const std::string& program, const Words& words, const Session& session);
int RunImageTools(const Words& words, const Session& session);

}  // namespace guard::builder

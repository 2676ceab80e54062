// RUN: a planned step becomes what the sandbox runs, with its mounts prepared and taken back.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rootless-builder/build/context.h"
#include "rootless-builder/build/trees.h"
#include "rootless-builder/plan/plan.h"

namespace guard::builder {

// --secret: a file, or a text from the environment.
struct SecretSource {
  std::string file;
  std::optional<std::string> text;
};

struct RunSettings {
  std::map<std::string, SecretSource> secrets;  // by id
  std::map<std::string, std::string> ssh;       // id to the agent's socket
  std::vector<std::pair<std::string, std::string>> hosts;
  std::string hostname = "buildkitsandbox";
  uint64_t shm_size = 64u << 20;
  std::vector<std::pair<std::string, std::pair<uint64_t, uint64_t>>> limits;
  std::string network = "default";  // --network: for steps that say nothing
};

// The tree that a mount's files come from, held while the step runs.
struct MountSource {
  std::string path;  // of the tree, outside
  int root = -1;
  std::shared_ptr<const void> keep_alive;
};
using OpenSource = std::function<Result<MountSource>(const PlannedMount& mount)>;

Result<RunExit> RunIn(const RunStep& step, const std::string& root, const RunSettings& settings, Trees& trees,
                      const OpenSource& open_source, const std::function<void(std::string_view)>& output,
                      const std::atomic<bool>& stop);

}  // namespace guard::builder

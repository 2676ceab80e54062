// What a container runs: its command behind the wrappers that CI systems put around it, and the tools that a
// script calls.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/admission/build_json.h"

namespace guard::steering {

// A container's own command line. Tekton starts it through its entrypoint (`-entrypoint CMD -- ARGS`), Argo
// through its emissary (`argoexec emissary ... -- CMD`).
struct CommandLine {
  enum class Wrapper : uint8_t { kNone, kTekton, kArgo };
  Wrapper wrapper = Wrapper::kNone;
  std::vector<std::string> words;
  bool implied = false;  // there is no command: the image's own is run, with `words` as its arguments

  // The last part of the first word's path: "docker"; empty when the command is implied.
  std::string_view program() const;
  bool IsShell() const;
  // A program that only keeps the container there, for scripts that come later: a shell without a script,
  // cat, sleep, tail.
  bool Waits() const;
};

CommandLine ReadCommand(const json& container);
// Runs `words` instead, behind the same wrapper.
void WriteCommand(json& container, const std::vector<std::string>& words);

// What a command line or a script calls.
struct ToolUse {
  bool docker = false;
  bool buildah = false;
  bool podman = false;
  bool buildctl = false;
  bool img = false;
  bool kaniko = false;      // the executor by its path
  bool other = false;       // makisu, nerdctl, earthly: tools that nothing stands in for
  bool daemon = false;      // starts a container or build daemon
  bool needs_root = false;  // changes owners, mounts, kernel settings: nothing an ordinary user can do
};
ToolUse FindTools(std::string_view text);
ToolUse FindTools(const CommandLine& command);

// Scripts that reach the container through another one: Tekton's place-scripts (by the path at which a step
// runs them) and Argo's template. Empty when there are none.
class StagedScripts {
 public:
  explicit StagedScripts(const json& spec);
  // The script that a command line starts; empty: it starts none that is known.
  std::string Find(const json& container, const CommandLine& command) const;

 private:
  std::map<std::string, std::string, std::less<>> tekton_;
};

}  // namespace guard::steering

// Tables of build tools, and a scanner that finds them in command lines and scripts.
//
// Tested by tests/unit/base/build_tools_test.cc.
#include "policies/base/build_tools.h"

#include <algorithm>
#include <iterator>

namespace guard {

namespace {

struct Name {
  std::string_view part, tool;
};
// Parts of a repository that name a build tool, wherever they stand.
constexpr Name kToolParts[] = {{"buildah", "buildah"},    {"buildkit", "buildkit"},
                               {"buildkitd", "buildkit"}, {"earthly", "earthly"},
                               {"makisu", "makisu"},      {"nerdctl", "nerdctl"},
                               {"podman", "podman"},      {"rootless-builder", "rootless-builder"}};
// Last parts of a repository: too general to mean anything elsewhere (docker/... is an organisation).
constexpr Name kToolNames[] = {{"dind", "docker"},
                               {"docker", "docker"},
                               {"docker-cli", "docker"},
                               {"docker-dind", "docker"},
                               {"plugin-docker-buildx", "docker"}};
// Programs that do nothing else.
constexpr std::string_view kPrograms[] = {"buildah", "buildctl", "buildctl-daemonless.sh", "buildkitd",
                                          "earthly", "makisu",   "rootless-builder"};

bool IsProgram(std::string_view word) {
  return std::find(std::begin(kPrograms), std::end(kPrograms), word) != std::end(kPrograms);
}

template <size_t n>
std::string_view Find(const Name (&table)[n], std::string_view part) {
  for (const Name& name : table)
    if (name.part == part) return name.tool;
  return {};
}

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:=@+,%~").find(c) != std::string_view::npos;
}

// What ends a command in a script; other characters between words (spaces, quotes, backslashes) do not.
bool EndsCommand(char c) { return c == '\n' || c == ';' || c == '&' || c == '|' || c == '(' || c == ')'; }

}  // namespace

std::string_view BuildToolOf(std::string_view image) {
  image = image.substr(0, image.find('@'));
  std::string_view before;
  while (!image.empty()) {
    size_t slash = image.find('/');
    std::string_view part = image.substr(0, slash);
    image = slash == std::string_view::npos ? std::string_view() : image.substr(slash + 1);
    bool last = image.empty();
    if (last) part = part.substr(0, part.find(':'));
    if (part.find("kaniko") != std::string_view::npos) return "kaniko";
    std::string_view tool = Find(kToolParts, part);
    if (tool.empty() && last) tool = Find(kToolNames, part);
    if (!tool.empty()) return tool;
    if (part == "img" && (before == "genuinetools" || before == "jess" || before == "r.j3ss.co")) return part;
    if (part == "engine" && before.ends_with("dagger.io")) return "dagger";
    before = part;
  }
  return {};
}

bool BuildCommandScanner::Feed(std::string_view word) {
  size_t start = 0;
  for (size_t i = 0; i <= word.size() && !found_; ++i) {
    if (i < word.size() && IsWordChar(word[i])) continue;
    if (i > start) found_ = Token(word.substr(start, i - start));
    if (i < word.size() && EndsCommand(word[i])) EndCommand();
    start = i + 1;
  }
  return found_;
}

void BuildCommandScanner::EndCommand() {
  tool_ = Tool::kNone;
  after_option_ = image_ = has_destination_ = has_source_ = false;
}

bool BuildCommandScanner::Token(std::string_view token) {
  if (token.front() == '-') {
    std::string_view option = token.substr(0, token.find('='));
    after_option_ = option.size() == token.size();
    // The executor of kaniko under whatever name: nobody else is told a Dockerfile and a destination.
    has_destination_ |= option == "--destination";
    has_source_ |= option == "--dockerfile" || option == "--context";
    return has_destination_ && has_source_;
  }
  std::string_view program = token.substr(token.rfind('/') + 1);
  if (IsProgram(program)) return true;
  if (program == "executor" && token.ends_with("kaniko/executor")) return true;

  bool may_be_value = after_option_;
  after_option_ = false;
  if (tool_ != Tool::kNone) {
    if (token == "build" || token == "buildx" || (tool_ == Tool::kDocker && token == "compose")) return true;
    if (token == "image" && !image_ && tool_ == Tool::kDocker) {
      image_ = true;
      return false;
    }
    if (may_be_value) return false;
  }
  image_ = false;
  tool_ = program == "docker"    ? Tool::kDocker
          : program == "podman"  ? Tool::kPodman
          : program == "nerdctl" ? Tool::kNerdctl
          : program == "img"     ? Tool::kImg
                                 : Tool::kNone;
  return false;
}

}  // namespace guard

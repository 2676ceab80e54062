// Command lines of CI systems' pods, and a scan of scripts for tools.
//
// Tested by tests/unit/admission/steer_test.cc.
#include "webhook/admission/build_command.h"

#include <algorithm>
#include <iterator>

#include "policies/cel/base64.h"

namespace guard::steering {

namespace {

using Words = std::vector<std::string>;

constexpr size_t kLongestScript = 1 << 20;

template <size_t n>
bool IsOneOf(std::string_view word, const std::string_view (&words)[n]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

constexpr std::string_view kShells[] = {"sh", "bash", "ash", "dash", "zsh", "busybox"};
constexpr std::string_view kWaiting[] = {"cat", "sleep", "tail"};
// Subcommands that follow the docker command where it is called, and not only named (`apk add docker`).
constexpr std::string_view kDockerWords[] = {
    "build",   "builder", "buildx", "compose", "container", "context", "cp",    "create", "exec",
    "image",   "images",  "import", "info",    "inspect",   "load",    "login", "logout", "manifest",
    "network", "ps",      "pull",   "push",    "rm",        "rmi",     "run",   "save",   "start",
    "stop",    "system",  "tag",    "trust",   "version",   "volume",  "wait"};
constexpr std::string_view kImgWords[] = {"build", "push", "login", "tag", "save", "pull"};
constexpr std::string_view kOtherTools[] = {"makisu", "nerdctl", "earthly", "dagger", "makisu-internal"};
constexpr std::string_view kDaemons[] = {
    "dockerd", "dockerd-entrypoint.sh", "dockerd-rootless.sh", "buildkitd", "containerd", "start-docker.sh"};
constexpr std::string_view kRootPrograms[] = {
    "chown",    "chgrp",     "mount", "umount",  "sysctl",          "modprobe", "setcap",
    "iptables", "ip6tables", "nft",   "losetup", "iptables-legacy", "insmod"};

Words TextsOf(const json& container, std::string_view key) {
  Words words;
  for (const json& word : Items(container, key)) words.push_back(word.get<std::string>());
  return words;
}

void Append(Words* words, const Words& more) { words->insert(words->end(), more.begin(), more.end()); }

bool IsTekton(const Words& command) {
  return !command.empty() && command[0].starts_with("/tekton/") && command[0].ends_with("/entrypoint");
}

// Where the wrapped command begins in Argo's `argoexec emissary ... -- CMD`; npos: it is something else.
size_t ArgoCommand(const Words& command) {
  if (command.size() < 3 || !command[0].ends_with("/argoexec") || command[1] != "emissary")
    return std::string::npos;
  auto dashes = std::find(command.begin(), command.end(), "--");
  return dashes == command.end() ? std::string::npos : static_cast<size_t>(dashes - command.begin()) + 1;
}

// Where "-entrypoint" and "--" stand in the arguments of Tekton's entrypoint.
struct TektonPlaces {
  size_t program, dashes;
};
bool FindTekton(const Words& args, TektonPlaces* places) {
  for (size_t i = 0; i + 1 < args.size(); ++i) {
    if (args[i] == "--") return false;
    if (args[i] != "-entrypoint") continue;
    auto dashes = std::find(args.begin() + static_cast<Words::difference_type>(i) + 2, args.end(), "--");
    if (dashes == args.end()) return false;
    *places = {i + 1, static_cast<size_t>(dashes - args.begin())};
    return true;
  }
  return false;
}

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '/' || c == '=' || c == ':';
}

// The words of a text one after another, each with what followed it in the same command.
class ToolScan {
 public:
  explicit ToolScan(std::string_view text) : text_(text) {}

  ToolUse Run() {
    ToolUse use;
    std::string_view word = Next();
    while (!word.empty()) {
      std::string_view program = word.substr(word.rfind('/') + 1);
      std::string_view after = Next();
      Judge(word, program, after, &use);
      word = after;
    }
    return use;
  }

 private:
  std::string_view Next() {
    while (at_ < text_.size() && !IsWordChar(text_[at_])) ++at_;
    size_t start = at_;
    while (at_ < text_.size() && IsWordChar(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  static void Judge(std::string_view word, std::string_view program, std::string_view after, ToolUse* use) {
    bool option = after.starts_with('-');
    use->docker |=
        program == "docker-compose" || (program == "docker" && (option || IsOneOf(after, kDockerWords)));
    use->buildah |= program == "buildah" && !after.empty();
    use->podman |= program == "podman" && (option || IsOneOf(after, kDockerWords));
    use->buildctl |= program == "buildctl" || program == "buildctl-daemonless.sh";
    use->img |= program == "img" && IsOneOf(after, kImgWords);
    use->kaniko |= word.ends_with("kaniko/executor");
    use->other |= IsOneOf(program, kOtherTools) || word.ends_with("kaniko/warmer");
    use->daemon |= IsOneOf(program, kDaemons) || (program == "podman" && after == "system");
    use->needs_root |= IsOneOf(program, kRootPrograms);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string_view CommandLine::program() const {
  if (implied || words.empty()) return {};
  std::string_view first = words.front();
  return first.substr(first.rfind('/') + 1);
}

bool CommandLine::IsShell() const { return IsOneOf(program(), kShells); }

bool CommandLine::Waits() const {
  if (IsOneOf(program(), kWaiting)) return true;
  return IsShell() && words.size() == 1;
}

CommandLine ReadCommand(const json& container) {
  CommandLine line;
  Words command = TextsOf(container, "command"), args = TextsOf(container, "args");
  TektonPlaces tekton;
  if (IsTekton(command) && FindTekton(args, &tekton)) {
    line.wrapper = CommandLine::Wrapper::kTekton;
    line.words.push_back(args[tekton.program]);
    line.words.insert(line.words.end(), args.begin() + static_cast<Words::difference_type>(tekton.dashes) + 1,
                      args.end());
    return line;
  }
  if (size_t start = ArgoCommand(command); start != std::string::npos && start < command.size()) {
    line.wrapper = CommandLine::Wrapper::kArgo;
    line.words.assign(command.begin() + static_cast<Words::difference_type>(start), command.end());
    Append(&line.words, args);
    return line;
  }
  line.implied = command.empty();
  line.words = std::move(command);
  Append(&line.words, args);
  return line;
}

void WriteCommand(json& container, const Words& words) {
  Words command = TextsOf(container, "command"), args = TextsOf(container, "args");
  TektonPlaces tekton;
  Words first(words.begin(), words.begin() + (words.empty() ? 0 : 1));
  Words rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (IsTekton(command) && FindTekton(args, &tekton) && !words.empty()) {
    args[tekton.program] = words.front();
    args.resize(tekton.dashes + 1);
    Append(&args, rest);
    container["args"] = args;
    return;
  }
  if (size_t start = ArgoCommand(command); start != std::string::npos && start < command.size()) {
    command.resize(start);
    Append(&command, first);
  } else {
    command = first;
  }
  container["command"] = command;
  if (rest.empty())
    Drop(container, "args");
  else
    container["args"] = rest;
}

ToolUse FindTools(std::string_view text) { return ToolScan(text.substr(0, kLongestScript)).Run(); }

ToolUse FindTools(const CommandLine& command) {
  std::string text;
  for (const std::string& word : command.words) {
    if (text.size() + word.size() > kLongestScript) break;
    text += word;
    text += ' ';
  }
  return FindTools(text);
}

// Tekton's init container gets a shell script with, for each step,
//     scriptfile="/tekton/scripts/script-0-x" ... cat > ${scriptfile} << '_EOF_' \n BASE64 \n _EOF_
StagedScripts::StagedScripts(const json& spec) {
  for (const json& container : Items(spec, "initContainers")) {
    if (Text(container, "name") != "place-scripts") continue;
    for (const json& arg : Items(container, "args")) {
      std::string_view text = arg.get_ref<const std::string&>();
      std::string_view path;
      for (size_t start = 0; start < text.size();) {
        size_t end = std::min(text.find('\n', start), text.size());
        std::string_view line = text.substr(start, end - start);
        start = end + 1;
        if (line.starts_with("scriptfile=\"")) {
          path = line.substr(12, line.find('"', 12) - 12);
          continue;
        }
        if (path.empty() || line.empty() || line.size() > kLongestScript) continue;
        std::string script(cel::DecodedSize(line.size()), '\0');
        size_t size = 0, bad = 0;
        if (line.find_first_of(" _$\"") == std::string_view::npos &&
            cel::DecodeBase64(line, script.data(), &size, &bad))
          script.resize(size), tekton_.emplace(path, std::move(script)), path = {};
      }
    }
  }
}

std::string StagedScripts::Find(const json& container, const CommandLine& command) const {
  if (command.wrapper == CommandLine::Wrapper::kTekton) {
    auto found = tekton_.find(command.words.front());
    return found == tekton_.end() ? std::string() : found->second;
  }
  if (command.wrapper != CommandLine::Wrapper::kArgo || command.words.empty() ||
      !command.words.back().starts_with("/argo/staging/script"))
    return {};
  for (const json& variable : Items(container, "env")) {
    std::string_view text = Text(variable, "value");
    if (Text(variable, "name") != "ARGO_TEMPLATE" || text.size() > kLongestScript) continue;
    json form = json::parse(text, nullptr, false);
    const json* script = Get(form, "script");
    return script == nullptr ? std::string() : std::string(Text(*script, "source"));
  }
  return {};
}

}  // namespace guard::steering

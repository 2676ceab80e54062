// Daemons and the ways to them: sockets, variables, certificates and volumes go; a daemon that others wait
// for is replaced by one that answers and does nothing.
//
// Tested by the golden cases of tests/golden/admission/steer.
#include <algorithm>
#include <charconv>
#include <map>

#include "policies/base/host_path.h"
#include "webhook/admission/steer_steps.h"

namespace guard::steering {

namespace {

bool IsDaemonVariable(std::string_view name) {
  return name == "DOCKER_HOST" || name == "CONTAINER_HOST" || name == "DOCKER_CERT_PATH" ||
         name == "BUILDKIT_HOST" || name == "RUNNER_WAIT_FOR_DOCKER_IN_SECONDS" ||
         name.starts_with("DOCKER_TLS");
}

bool IsBelow(std::string_view path, std::string_view folder) {
  HostPath host = NormalizeHostPath(path);
  return host.absolute && IsSameOrAbove(folder, host.text);
}

// Registries' certificates, which the build needs where the daemon needed them.
bool IsRegistryTrust(const json& mount) { return IsBelow(Text(mount, "mountPath"), "/etc/docker/certs.d"); }

bool IsSocketFolder(std::string_view path) {
  std::string text = NormalizeHostPath(path).text;
  return text == "/run" || text == "/var/run" || (IsBelow(text, "/run") && ReachesRuntimeSocket(text));
}

// What the pod's daemons share with their clients.
struct DaemonVolumes {
  std::set<std::string, std::less<>> sockets, certificates;
};

class Removal {
 public:
  explicit Removal(Steering& steering) : steering_(steering), spec_(steering.spec) {}

  void Run() {
    for (const json& volume : Items(spec_, "volumes")) {
      std::string name(Text(volume, "name"));
      if (IsSocketVolume(volume)) node_.insert(name), sockets_of_node_.push_back(name);
      const json* path = Get(volume, "hostPath", "path");
      if (path == nullptr) continue;
      std::string_view text = path->get_ref<const std::string&>();
      if (IsDaemonPath(text)) node_.insert(name);
      if (IsClientProgram(text)) programs_.insert(name);
    }
    for (const Part& part : steering_.pod.parts)
      for (const json& mount : Items(ContainerOf(spec_, part), "volumeMounts"))
        (part.role == Role::kDaemon ? by_daemons_ : by_others_).insert(std::string(Text(mount, "name")));
    for (const Part& part : steering_.pod.parts)
      if (part.role == Role::kDaemon) FindShared(ContainerOf(spec_, part));
    for (size_t i = 0; i < steering_.pod.parts.size(); ++i) {
      const Part& part = steering_.pod.parts[i];
      if (part.role != Role::kInstaller) TakeMounts(i, part, ContainerOf(spec_, part));
    }
    for (const Part& part : steering_.pod.parts) TakeVariables(part);
    DropFreedVolumes();
    Tell();
  }

 private:
  void FindShared(const json& daemon) {
    std::string folder = "/certs";
    for (const json& variable : Items(daemon, "env"))
      if (Text(variable, "name") == "DOCKER_TLS_CERTDIR" && Text(variable, "value").starts_with('/'))
        folder = Text(variable, "value");
    for (const json& mount : Items(daemon, "volumeMounts")) {
      std::string name(Text(mount, "name"));
      if (IsSocketFolder(Text(mount, "mountPath"))) shared_.sockets.insert(name);
      if (IsBelow(Text(mount, "mountPath"), folder)) shared_.certificates.insert(name);
    }
  }

  void TakeMounts(size_t index, const Part& part, json& container) {
    bool daemon = part.role == Role::kDaemon;
    DropItems(container, "volumeMounts", [&](const json& mount) {
      std::string name(Text(mount, "name"));
      std::string_view path = Text(mount, "mountPath");
      bool program = programs_.count(name) != 0;
      bool gone = program || node_.count(name) != 0 || shared_.certificates.count(name) != 0 ||
                  (shared_.sockets.count(name) != 0 && IsSocketFolder(path)) ||
                  (path.ends_with(".sock") && ReachesRuntimeSocket(path));
      if (daemon && !gone && IsRegistryTrust(mount)) trust_.push_back(mount);
      if (daemon && !gone) gone = IsOnlyDaemons(mount);
      if (program && part.role == Role::kClient && IsClientProgram(path))
        steering_.program_mounts.emplace_back(index, std::string(path));
      if (gone) steering_.freed_volumes.insert(name);
      return gone;
    });
  }

  // The token that the API server adds to every container comes back if it is taken.
  bool IsOnlyDaemons(const json& mount) const {
    std::string name(Text(mount, "name"));
    return by_others_.count(name) == 0 &&
           !IsBelow(Text(mount, "mountPath"), "/var/run/secrets/kubernetes.io/serviceaccount");
  }

  void TakeVariables(const Part& part) {
    json& container = ContainerOf(spec_, part);
    std::vector<std::string> names;
    bool waits = false;
    DropItems(container, "env", [&](const json& variable) {
      std::string_view name = Text(variable, "name");
      waits |= name == "DOCKER_ENABLED";
      if (!IsDaemonVariable(name)) return false;
      names.push_back(std::string(name));
      return true;
    });
    if (!names.empty() && part.role != Role::kDaemon) variables_[List(names)].push_back(part.name);
    // The runner's image of actions-runner-controller ends when no daemon answers within two minutes.
    if (waits && steering_.pod.system == System::kGithub)
      SetVariable(container, "DISABLE_WAIT_FOR_DOCKER", "true");
    if (part.role != Role::kClient) return;
    for (const json& mount : trust_) {
      json& mounts = ListAt(container, "volumeMounts");
      bool there = std::any_of(mounts.begin(), mounts.end(), [&](const json& other) {
        return Text(other, "mountPath") == Text(mount, "mountPath");
      });
      if (!there) mounts.push_back(mount);
    }
  }

  static void SetVariable(json& container, std::string_view name, std::string_view value) {
    for (json& variable : ListAt(container, "env")) {
      if (Text(variable, "name") != name) continue;
      variable = {{"name", name}, {"value", value}};
      return;
    }
    ListAt(container, "env").push_back({{"name", name}, {"value", value}});
  }

  void DropFreedVolumes() {
    std::set<std::string, std::less<>> mounted;
    for (const Part& part : steering_.pod.parts)
      for (const json& mount : Items(ContainerOf(spec_, part), "volumeMounts"))
        mounted.insert(std::string(Text(mount, "name")));
    DropItems(spec_, "volumes", [&](const json& volume) {
      std::string name(Text(volume, "name"));
      bool freed =
          steering_.freed_volumes.count(name) != 0 || node_.count(name) != 0 || programs_.count(name) != 0;
      return freed && mounted.count(name) == 0;
    });
  }

  void Tell() {
    for (const std::string& name : sockets_of_node_)
      steering_.done.push_back("volume " + Quote(name) + ", a runtime socket of the node, is gone");
    for (const auto& [names, containers] : variables_)
      steering_.done.push_back(names + " no longer set in " + Containers(containers));
  }

  Steering& steering_;
  json& spec_;
  std::set<std::string, std::less<>> node_, programs_, by_daemons_, by_others_;
  std::vector<std::string> sockets_of_node_;
  DaemonVolumes shared_;
  std::vector<json> trust_;
  std::map<std::string, std::vector<std::string>> variables_;
};

// The ports at which clients look for the daemon: the usual two, and what its own command says.
std::string PortsOf(const CommandLine& command) {
  constexpr size_t kMost = 8;
  std::vector<int> ports = {2375, 2376};
  for (const std::string& word : command.words) {
    size_t at = word.find("tcp://");
    size_t colon = at == std::string::npos ? at : word.rfind(':');
    if (colon == std::string::npos || colon < at + 6) continue;
    int port = 0;
    std::from_chars(word.data() + colon + 1, word.data() + word.size(), port);
    if (port >= 1024 && port < 65536 && ports.size() < kMost &&
        std::find(ports.begin(), ports.end(), port) == ports.end())
      ports.push_back(port);
  }
  std::string text;
  for (int port : ports) text += (text.empty() ? "" : ",") + std::to_string(port);
  return text;
}

// Options of the daemon that builds may have relied on.
std::vector<std::string> LostOptions(const CommandLine& command) {
  constexpr std::string_view kOptions[] = {"--insecure-registry", "--registry-mirror", "--dns", "--mtu"};
  std::vector<std::string> lost;
  for (const std::string& word : command.words)
    for (std::string_view option : kOptions)
      if (word.starts_with(option) && std::find(lost.begin(), lost.end(), option) == lost.end())
        lost.emplace_back(option);
  return lost;
}

void AskPort(json& container, std::string_view key) {
  json* probe = Get(container, key);
  if (probe == nullptr) return;
  bool asks = Drop(*probe, "exec");
  asks |= Drop(*probe, "httpGet");
  asks |= Drop(*probe, "grpc");
  if (asks) (*probe)["tcpSocket"] = {{"port", 2375}};
}

}  // namespace

void TakeDaemonsAway(Steering& steering) { Removal(steering).Run(); }

void ReplaceDaemons(Steering& steering) {
  for (const Part& part : steering.pod.parts) {
    if (part.role != Role::kDaemon) continue;
    json& container = ContainerOf(steering.spec, part);
    std::string before(Text(container, "image"));
    container["image"] = steering.options.builder_image;
    CommandLine command = part.command;
    WriteCommand(container, {"rootless-builder", "stand-in", "--ports", PortsOf(command)});
    for (std::string_view probe : {"livenessProbe", "readinessProbe", "startupProbe"})
      AskPort(container, probe);
    Drop(container, "lifecycle");
    if (json* ports = Get(container, "ports"))
      for (json& port : *ports) Drop(port, "hostPort");
    steering.done.push_back("container " + Quote(part.name) + " (" + before.substr(0, 60) +
                            ") only answers that no daemon is needed");
    for (const std::string& option : LostOptions(command))
      steering.done.push_back("the daemon's option " + option +
                              " is gone: give it to the build where it needs it");
  }
}

}  // namespace guard::steering

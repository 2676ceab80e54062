// What makes steering stop: work that needs the node or root and is no image build. Changing such a pod would
// break it without making it admissible, so it is left as it is, with the reason.
//
// Tested by tests/unit/admission/steer_test.cc.
#include <algorithm>

#include "policies/base/host_path.h"
#include "webhook/admission/steer_steps.h"

namespace guard::steering {

namespace {

constexpr std::string_view kHostFlags[] = {"hostPID", "hostIPC", "hostNetwork"};

bool IsWindows(const json& spec) {
  const json* os = Get(spec, "os");
  if (os != nullptr && Text(*os, "name") == "windows") return true;
  const json* selector = Get(spec, "nodeSelector");
  if (selector != nullptr && Text(*selector, "kubernetes.io/os") == "windows") return true;
  const json* context = Get(spec, "securityContext");
  return context != nullptr && Get(*context, "windowsOptions") != nullptr;
}

// A hostPath volume that steering does not take away by itself.
bool IsOtherHostPath(const json& volume) {
  const json* path = Get(volume, "hostPath", "path");
  if (path == nullptr) return false;
  std::string_view text = path->get_ref<const std::string&>();
  return !IsSocketVolume(volume) && !IsDaemonPath(text) && !IsClientProgram(text);
}

class Obstacles {
 public:
  explicit Obstacles(Steering& steering) : steering_(steering) {}

  void Find() {
    const json& spec = steering_.spec;
    if (IsWindows(spec))
      steering_.problems.push_back("the pod is for Windows, where rootless-builder does not run");
    for (std::string_view flag : kHostFlags)
      if (IsTrue(spec, flag))
        steering_.problems.push_back("the pod asks for " + std::string(flag) +
                                     ", which no image build needs");
    for (const json& volume : Items(spec, "volumes"))
      if (IsOtherHostPath(volume))
        steering_.problems.push_back("volume " + Quote(Text(volume, "name")) + " mounts " +
                                     Quote(Text(*Get(volume, "hostPath"), "path")) + " of the node");
    for (const Part& part : steering_.pod.parts) FindIn(part);
  }

 private:
  void FindIn(const Part& part) {
    const json& container = ContainerOf(steering_.spec, part);
    if (part.role == Role::kClient) {
      for (const json& mount : Items(container, "volumeMounts"))
        if (IsTrue(mount, "readOnly") && IsSameOrAbove(Text(mount, "mountPath"), kToolFolder))
          Problem(part, "has " + Quote(Text(mount, "mountPath")) +
                            " mounted read-only, so that no stand-in fits in");
      return;
    }
    // GitLab Runner gives its own configuration to all containers of a job alike; none of them needs it.
    if (part.role != Role::kOther || steering_.pod.system == System::kGitlab) return;
    const json* context = Get(container, "securityContext");
    if (context != nullptr) {
      if (IsTrue(*context, "privileged")) return Problem(part, "is privileged and no image build");
      if (const json* capabilities = Get(*context, "capabilities"))
        for (const json& capability : Items(*capabilities, "add"))
          if (capability != "NET_BIND_SERVICE")
            return Problem(part, "asks for the capability " +
                                     Quote(capability.get_ref<const std::string&>()) +
                                     " and is no image build");
      if (!steering_.users_stay && IsRoot(Get(*context, "runAsUser")))
        return Problem(part, "asks for root (runAsUser 0) and is no image build");
    }
    if (part.tools.needs_root && !steering_.users_stay && MayBeRoot(container))
      Problem(part, "runs commands that need root (chown, mount, sysctl or the like)");
  }

  static bool IsRoot(const json* user) { return user != nullptr && *user <= 0; }

  bool MayBeRoot(const json& container) const {
    for (const json* holder : {&container, static_cast<const json*>(&steering_.spec)}) {
      const json* context = Get(*holder, "securityContext");
      if (context == nullptr) continue;
      if (const json* user = Get(*context, "runAsUser")) return IsRoot(user);
      if (IsTrue(*context, "runAsNonRoot")) return false;
    }
    return true;
  }

  void Problem(const Part& part, std::string text) {
    steering_.problems.push_back("container " + Quote(part.name) + ' ' + std::move(text));
  }

  Steering& steering_;
};

}  // namespace

bool IsDaemonPath(std::string_view path) {
  constexpr std::string_view kPaths[] = {
      "/var/lib/docker", "/var/lib/containers",    "/var/lib/containerd", "/var/lib/buildkit",
      "/lib/modules",    "/usr/lib/modules",       "/sys/fs/cgroup",      "/dev/fuse",
      "/dev/net/tun",    "/etc/docker/daemon.json"};
  HostPath host = NormalizeHostPath(path);
  return host.absolute && !host.climbs &&
         std::any_of(std::begin(kPaths), std::end(kPaths),
                     [&](std::string_view own) { return IsSameOrAbove(own, host.text); });
}

bool IsClientProgram(std::string_view path) {
  constexpr std::string_view kPaths[] = {"/usr/bin/docker",  "/bin/docker",     "/usr/local/bin/docker",
                                         "/snap/bin/docker", "/usr/bin/podman", "/usr/bin/buildah"};
  HostPath host = NormalizeHostPath(path);
  return host.absolute && !host.climbs &&
         std::find(std::begin(kPaths), std::end(kPaths), host.text) != std::end(kPaths);
}

void FindObstacles(Steering& steering) { Obstacles(steering).Find(); }

void ClearObstacles(Steering& steering) {
  for (std::string_view flag : kHostFlags) Drop(steering.spec, flag);
  std::set<std::string, std::less<>> gone;
  for (const json& volume : Items(steering.spec, "volumes"))
    if (Get(volume, "hostPath")) gone.insert(std::string(Text(volume, "name")));
  auto is_gone = [&](const json& item) { return gone.count(Text(item, "name")) != 0; };
  DropItems(steering.spec, "volumes", is_gone);
  for (std::string_view list : {"initContainers", "containers"})
    if (json* containers = Get(steering.spec, list))
      for (json& container : *containers) DropItems(container, "volumeMounts", is_gone);
}

std::string List(const std::vector<std::string>& names) {
  constexpr size_t kMost = 3;
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMost; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

std::string Containers(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(Quote(name));
  return (names.size() == 1 ? "container " : "containers ") + List(quoted);
}

}  // namespace guard::steering

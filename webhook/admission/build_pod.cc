// Recognising builds. Everything is told by what a container would run and reach; labels only tell CI systems
// apart, whose scripts come after admission.
//
// Tested by tests/unit/admission/steer_test.cc and the golden cases of
// tests/golden/admission/steer.
#include "webhook/admission/build_pod.h"

#include <algorithm>
#include <set>

#include "policies/base/host_path.h"
#include "webhook/admission/build_translate.h"

namespace guard::steering {

namespace {

using Words = std::vector<std::string>;

bool HasKey(const json& metadata, std::string_view part) {
  for (std::string_view map : {"labels", "annotations"})
    if (const json* keys = Get(metadata, map))
      for (const auto& [key, value] : keys->items())
        if (key.find(part) != std::string::npos) return true;
  return false;
}

System FindSystem(const json& metadata, const json& spec) {
  std::set<std::string_view> names;
  bool emissary = false, entrypoint = false, runner = false;
  for (std::string_view list : {"initContainers", "containers"})
    for (const json& container : Items(spec, list)) {
      names.insert(Text(container, "name"));
      CommandLine::Wrapper wrapper = ReadCommand(container).wrapper;
      emissary |= wrapper == CommandLine::Wrapper::kArgo;
      entrypoint |= wrapper == CommandLine::Wrapper::kTekton;
      if (Text(container, "name") != "runner") continue;
      runner |= Text(container, "image").find("actions-runner") != std::string_view::npos;
      for (const json& variable : Items(container, "env"))
        runner |=
            Text(variable, "name").starts_with("ACTIONS_RUNNER_") || Text(variable, "name") == "RUNNER_TOKEN";
    }
  if (names.count("build") && names.count("helper")) return System::kGitlab;
  if (runner || (names.count("runner") && HasKey(metadata, "actions-runner"))) return System::kGithub;
  if (entrypoint || HasKey(metadata, "tekton.dev/taskRun")) return System::kTekton;
  if (emissary || HasKey(metadata, "workflows.argoproj.io/")) return System::kArgo;
  if (names.count("jnlp") || HasKey(metadata, "jenkins/label")) return System::kJenkins;
  return System::kPlain;
}

// Where a container's commands would go.
struct Reach {
  bool socket = false;     // a socket of the node or of the pod's daemon
  bool daemon = false;     // a variable that names a daemon
  bool elsewhere = false;  // a daemon on another machine, over ssh or verified TLS: somebody's choice
};

bool IsElsewhere(std::string_view host, bool verified) {
  if (host.starts_with("ssh://")) return true;
  if (!verified || !host.starts_with("tcp://")) return false;
  host.remove_prefix(6);
  host = host.substr(0, host.find(':'));
  bool local = host.find('.') == std::string_view::npos || host.starts_with("127.") ||
               host.ends_with(".svc") || host.ends_with(".local");
  return !local;
}

Reach FindReach(const json& container, const std::set<std::string_view>& socket_volumes) {
  Reach reach;
  bool verified = false;
  for (const json& variable : Items(container, "env"))
    verified |= Text(variable, "name") == "DOCKER_TLS_VERIFY" && !Text(variable, "value").empty();
  for (const json& variable : Items(container, "env")) {
    std::string_view name = Text(variable, "name");
    if (name != "DOCKER_HOST" && name != "CONTAINER_HOST") continue;
    bool elsewhere = IsElsewhere(Text(variable, "value"), verified);
    reach.elsewhere |= elsewhere;
    reach.daemon |= !elsewhere && (!Text(variable, "value").empty() || Get(variable, "valueFrom"));
  }
  for (const json& mount : Items(container, "volumeMounts")) {
    std::string_view path = Text(mount, "mountPath");
    reach.socket |= socket_volumes.count(Text(mount, "name")) != 0 ||
                    (path.ends_with(".sock") && ReachesRuntimeSocket(path));
  }
  return reach;
}

bool IsPrivileged(const json& container) {
  const json* context = Get(container, "securityContext");
  return context != nullptr && IsTrue(*context, "privileged");
}

class Recogniser {
 public:
  Recogniser(const json& metadata, const json& spec, std::string_view builder_image)
      : spec_(spec), builder_image_(builder_image), scripts_(spec) {
    pod_.system = FindSystem(metadata, spec);
  }

  BuildPod Run() {
    for (const json& volume : Items(spec_, "volumes"))
      if (IsSocketVolume(volume)) socket_volumes_.insert(Text(volume, "name"));
    for (std::string_view list : {"initContainers", "containers"}) {
      const json& containers = Items(spec_, list);
      for (size_t i = 0; i < containers.size(); ++i) pod_.parts.push_back(Read(list, i, containers[i]));
    }
    for (Part& part : pod_.parts) FindByImage(part);
    for (Part& part : pod_.parts) FindClient(part);
    CheckDaemons();
    return std::move(pod_);
  }

 private:
  Part Read(std::string_view list, size_t index, const json& container) {
    Part part;
    part.list = list;
    part.index = index;
    part.name = Text(container, "name");
    part.image = KindOfImage(Text(container, "image"));
    part.command = ReadCommand(container);
    std::string script = scripts_.Find(container, part.command);
    part.tools = script.empty() ? FindTools(part.command) : FindTools(script);
    return part;
  }

  void Problem(const Part& part, std::string text) {
    pod_.problems.push_back("container " + Quote(part.name) + ' ' + std::move(text));
  }

  // What is plain from the image and the command.
  void FindByImage(Part& part) {
    const json& container = ContainerOf(spec_, part);
    const Words& words = part.command.words;
    if (part.image == ImageKind::kBuilder || Text(container, "image") == builder_image_) {
      part.role = part.command.program() == "rootless-builder" && words.size() > 1 && words[1] == "install" &&
                          Text(container, "image") == builder_image_
                      ? Role::kInstaller
                      : Role::kBuilder;
      return;
    }
    bool executor = !part.command.implied && !words.empty() && words[0].ends_with("kaniko/executor");
    if (executor || (part.image == ImageKind::kKaniko && !part.tools.other)) {
      part.role = Role::kKaniko;
      return;
    }
    if (IsDaemon(part, container)) {
      if (RunsTheJob(pod_.system, part))
        return Problem(part, "runs a Docker daemon beside the job; split them, or call rootless-builder");
      part.role = Role::kDaemon;
      return;
    }
    if (part.image == ImageKind::kOwnDaemon || part.tools.daemon || RunsDaemonInside(container))
      return Problem(part, "starts a container daemon of its own, which needs privileges; use " +
                               std::string("rootless-builder in its place"));
    if (part.image == ImageKind::kUnsupported || part.image == ImageKind::kKanikoLike || part.tools.other)
      return Problem(part,
                     "builds with a tool that rootless-builder does not stand in for; call `docker build` "
                     "or /kaniko/executor of the builder's image instead");
    if (part.tools.kaniko)
      return Problem(part, "calls /kaniko/executor from an image of its own; use the builder's image");
    if (FindTool(part, words)) return;
    if (part.image == ImageKind::kBuildah || part.image == ImageKind::kPodman || part.tools.buildah ||
        part.tools.podman)
      part.role = Role::kClient;
  }

  // A command that is a build tool itself, and nothing else.
  bool FindTool(Part& part, const Words& words) {
    bool img = part.image == ImageKind::kImg || (part.tools.img && part.command.program() == "img");
    bool buildkit = part.image == ImageKind::kBuildkit || part.tools.buildctl;
    if (img || buildkit) {
      Words line = words;
      if (img && part.command.implied) line.insert(line.begin(), "img");
      Result<Words> translated = img ? TranslateImg(line) : TranslateBuildctl(line);
      if (translated) {
        part.role = Role::kTool;
        part.words = std::move(*translated);
      } else {
        Problem(part, translated.error().message);
      }
      return true;
    }
    if (words.empty() || (part.image != ImageKind::kBuildah && part.image != ImageKind::kPodman))
      return false;
    std::string program = words[0].substr(words[0].rfind('/') + 1);
    if (program != "buildah" && program != "podman") return false;
    part.role = Role::kTool;
    part.words = words;
    part.words[0] = program;
    return true;
  }

  // A daemon that the container is there for, not one that a script starts on the side.
  bool IsDaemon(const Part& part, const json& container) const {
    std::string_view first = part.command.words.empty() ? std::string_view() : part.command.words[0];
    bool starts_default = part.command.implied && (first.empty() || first.starts_with('-'));
    first = first.substr(first.rfind('/') + 1);
    if (first == "dockerd" || first == "dockerd-entrypoint.sh" || first == "dockerd-rootless.sh") return true;
    if (part.image == ImageKind::kDind) return starts_default || (part.tools.daemon && !part.tools.docker);
    // A mirror of it that is only named by digest: without a command the client's image would just end.
    return part.image == ImageKind::kDocker && starts_default && IsPrivileged(container);
  }

  // actions-runner-controller's runner with the daemon in the same container, whatever the image is called.
  static bool RunsDaemonInside(const json& container) {
    for (const json& variable : Items(container, "env"))
      if (Text(variable, "name") == "DOCKERD_IN_RUNNER" && Text(variable, "value") == "true") return true;
    return false;
  }

  // Containers that call a build tool of their image, or would ask a daemon.
  void FindClient(Part& part) {
    if (part.role != Role::kOther || part.tools.daemon || part.image == ImageKind::kOwnDaemon) return;
    Reach reach = FindReach(ContainerOf(spec_, part), socket_volumes_);
    bool daemon = pod_.Has(Role::kDaemon);
    bool docker = part.image == ImageKind::kDocker || part.image == ImageKind::kDind || part.tools.docker;
    bool job = RunsTheJob(pod_.system, part);
    // CI systems give the same variables and mounts to helpers, which do not build.
    bool told_apart = pod_.system == System::kGitlab || pod_.system == System::kGithub;
    bool by_reach = (reach.socket || reach.daemon) && (job || (daemon && !told_apart));
    bool ci_job = daemon && job && told_apart;
    if (reach.elsewhere && !reach.socket && !daemon && (docker || job))
      return Problem(
          part, "builds on a daemon elsewhere (DOCKER_HOST over ssh or verified TLS), which is left alone");
    if (part.image == ImageKind::kDind && IsPrivileged(ContainerOf(spec_, part)) && !reach.socket &&
        !reach.daemon && !daemon)
      return Problem(part, "may start a container daemon of its own, which needs privileges");
    bool known_problem =
        std::any_of(pod_.problems.begin(), pod_.problems.end(), [&](const std::string& problem) {
          return problem.starts_with("container " + Quote(part.name) + ' ');
        });
    if (known_problem) return;
    if (docker || by_reach || ci_job)
      part.role = Role::kClient;
    else if (reach.socket && pod_.system != System::kGitlab)
      Problem(part, "reaches a container runtime's socket and does not look like an image build");
  }

  void CheckDaemons() {
    if (!pod_.Has(Role::kDaemon) || pod_.Has(Role::kClient)) return;
    for (const Part& part : pod_.parts)
      if (part.role == Role::kDaemon)
        Problem(
            part,
            "is a Docker daemon, and nothing in the pod is seen to ask it; its clients need to be steered");
  }

  const json& spec_;
  std::string_view builder_image_;
  StagedScripts scripts_;
  std::set<std::string_view> socket_volumes_;
  BuildPod pod_;
};

}  // namespace

bool BuildPod::Has(Role role) const {
  return std::any_of(parts.begin(), parts.end(), [&](const Part& part) { return part.role == role; });
}

bool BuildPod::builds() const {
  return std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.role != Role::kOther; });
}

bool RunsTheJob(System system, const Part& part) {
  switch (system) {
    case System::kPlain: return false;
    case System::kGitlab: return !part.init() && part.name == "build";
    case System::kGithub: return !part.init() && part.name == "runner";
    case System::kTekton: return !part.init() && part.name.starts_with("step-");
    case System::kArgo:
      return !part.init() && part.command.wrapper == CommandLine::Wrapper::kArgo &&
             (part.name == "main" || part.image != ImageKind::kDind);
    case System::kJenkins: return !part.init() && (part.name == "jnlp" || part.command.Waits());
  }
  return false;
}

bool IsSocketVolume(const json& volume) {
  const json* path = Get(volume, "hostPath", "path");
  if (path == nullptr || !path->is_string()) return false;
  const std::string& text = path->get_ref<const std::string&>();
  if (!ReachesRuntimeSocket(text)) return false;
  HostPath host = NormalizeHostPath(text);
  if (host.climbs || !host.absolute) return false;
  // The socket itself, or a folder whose purpose it is; /, /var and the like hold the rest of the node.
  return host.text.ends_with(".sock") || IsSameOrAbove("/run", host.text);
}

BuildPod Recognise(const json& metadata, const json& spec, std::string_view builder_image) {
  return Recogniser(metadata, spec, builder_image).Run();
}

}  // namespace guard::steering

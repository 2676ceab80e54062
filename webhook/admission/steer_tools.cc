// Containers that are a build tool get the builder's image; containers that call one get the builder under
// the tool's name, by an init container that installs it into an emptyDir.
//
// Tested by the golden cases of tests/golden/admission/steer.
#include <algorithm>

#include "webhook/admission/steer_steps.h"

namespace guard::steering {

namespace {

json* FindMount(json& container, std::string_view path) {
  json* mounts = Get(container, "volumeMounts");
  if (mounts == nullptr) return nullptr;
  for (json& mount : *mounts)
    if (Text(mount, "mountPath") == path) return &mount;
  return nullptr;
}

json* FindVariable(json& container, std::string_view name) {
  json* variables = Get(container, "env");
  if (variables == nullptr) return nullptr;
  for (json& variable : *variables)
    if (Text(variable, "name") == name) return &variable;
  return nullptr;
}

void SetMount(json& container, json mount) {
  if (json* there = FindMount(container, Text(mount, "mountPath")))
    *there = std::move(mount);
  else
    ListAt(container, "volumeMounts").push_back(std::move(mount));
}

// An ordinary user cannot enter root's home: what was mounted or named below it moves to another one.
void LeaveRootsHome(json& container) {
  auto move = [](std::string_view path) { return std::string(kHome) + std::string(path.substr(5)); };
  if (json* mounts = Get(container, "volumeMounts"))
    for (json& mount : *mounts) {
      std::string_view path = Text(mount, "mountPath");
      if (path.starts_with("/root/") && FindMount(container, move(path)) == nullptr)
        mount["mountPath"] = move(path);
    }
  if (json* variables = Get(container, "env"))
    for (json& variable : *variables)
      if (std::string_view value = Text(variable, "value"); value.starts_with("/root/"))
        variable["value"] = move(value);
}

// Credentials that the tool's image would have found in its user's home.
void PointToCredentials(json& container) {
  constexpr std::string_view kFolder = "/.docker", kFile = "/.docker/config.json";
  if (FindVariable(container, "DOCKER_CONFIG") != nullptr) return;
  for (const json& mount : Items(container, "volumeMounts")) {
    std::string_view path = Text(mount, "mountPath");
    if (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with(kFile)) path.remove_suffix(std::string_view("/config.json").size());
    if (!path.ends_with(kFolder) || path == "/kaniko/.docker") continue;
    std::string value(path);
    ListAt(container, "env").push_back({{"name", "DOCKER_CONFIG"}, {"value", value}});
    return;
  }
}

// cpu and memory as the container has them that is served: the pod's own sums, class and quota stay.
json ResourcesOf(const json& container) {
  json resources = json::object();
  for (std::string_view kind : {"limits", "requests"})
    for (std::string_view name : {"cpu", "memory", "ephemeral-storage"})
      if (const json* amounts = Get(container, "resources", kind))
        if (const json* amount = Get(*amounts, name))
          resources[std::string(kind)][std::string(name)] = *amount;
  return resources;
}

class Installation {
 public:
  explicit Installation(Steering& steering) : steering_(steering), spec_(steering.spec) {}

  void Run() {
    if (!Needed()) return;
    FindVolume();
    for (size_t i = 0; i < steering_.pod.parts.size(); ++i) {
      const Part& part = steering_.pod.parts[i];
      json& container = ContainerOf(spec_, part);
      if (part.role == Role::kClient) GiveTools(i, part, container);
      if (WantsHome(i)) GiveHome(part, container);
    }
    if (!served_.empty()) AddInstaller();
    AddVolume();
  }

 private:
  // A container whose user we choose has no home of its own any more; scripts and git need one.
  bool WantsHome(size_t i) const {
    const Part& part = steering_.pod.parts[i];
    bool helper = steering_.pod.system == System::kGitlab && !part.init() && part.name == "helper";
    return steering_.moved[i] && (part.role == Role::kClient || helper);
  }

  bool Needed() const {
    for (size_t i = 0; i < steering_.pod.parts.size(); ++i)
      if (steering_.pod.parts[i].role == Role::kClient || WantsHome(i)) return true;
    return false;
  }

  // The volume of an installer that is there already, or a name that nobody has.
  void FindVolume() {
    for (const Part& part : steering_.pod.parts) {
      if (part.role != Role::kInstaller) continue;
      const json& installer = ContainerOf(spec_, part);
      if (part.command.words.size() != 3 || part.command.words[2] != kInstallPath || !part.init()) continue;
      for (const json& mount : Items(installer, "volumeMounts"))
        if (Text(mount, "mountPath") == kInstallPath && Text(mount, "subPath").empty() &&
            !IsTrue(mount, "readOnly") && IsEmptyDir(Text(mount, "name")))
          volume_ = Text(mount, "name"), installed_ = true;
      if (installed_) return;
    }
    volume_ = FreeName([&](const std::string& name) {
      const json& volumes = Items(spec_, "volumes");
      return std::none_of(volumes.begin(), volumes.end(),
                          [&](const json& v) { return Text(v, "name") == name; });
    });
  }

  bool IsEmptyDir(std::string_view name) const {
    for (const json& volume : Items(spec_, "volumes"))
      if (Text(volume, "name") == name) return Get(volume, "emptyDir") != nullptr;
    return false;
  }

  template <class IsFree>
  static std::string FreeName(IsFree is_free) {
    std::string name(kStandInName);
    for (int i = 2; !is_free(name); ++i) name = std::string(kStandInName) + '-' + std::to_string(i);
    return name;
  }

  void GiveTools(size_t index, const Part& part, json& container) {
    served_.push_back(part.name);
    if (first_served_ == nullptr) first_served_ = &container;
    for (std::string_view tool : kStandIns)
      GiveTool(container, std::string(kToolFolder) + '/' + std::string(tool), tool);
    for (const auto& [owner, path] : steering_.program_mounts)
      if (owner == index) GiveTool(container, path, path.substr(path.rfind('/') + 1));
    // A command that names the image's own client by its path.
    const std::vector<std::string>& words = part.command.words;
    if (!words.empty() && words[0].starts_with('/'))
      if (std::string_view program = part.command.program();
          std::find(std::begin(kStandIns), std::end(kStandIns), program) != std::end(kStandIns))
        GiveTool(container, words[0], program);
  }

  void GiveTool(json& container, std::string_view path, std::string_view tool) {
    bool known = std::find(std::begin(kStandIns), std::end(kStandIns), tool) != std::end(kStandIns);
    SetMount(container, {{"name", volume_},
                         {"mountPath", path},
                         {"subPath", known ? tool : std::string_view("docker")},
                         {"readOnly", true}});
  }

  void GiveHome(const Part& part, json& container) {
    const std::string home(kHome);
    json* variable = FindVariable(container, "HOME");
    std::string before(variable == nullptr ? "/root" : Text(*variable, "value"));
    if (before != "/root" && before != "/root/") return;
    if (FindMount(container, home) != nullptr) return;
    LeaveRootsHome(container);
    SetMount(container, {{"name", volume_}, {"mountPath", home}, {"subPath", "home/" + part.name}});
    variable = FindVariable(container, "HOME");
    json value = {{"name", "HOME"}, {"value", home}};
    if (variable == nullptr)
      ListAt(container, "env").push_back(std::move(value));
    else
      *variable = std::move(value);
    added_home_ = true;
  }

  void AddInstaller() {
    steering_.done.push_back("docker, buildah and podman are rootless-builder in " + Containers(served_));
    if (installed_) return;
    json installer = {{"name", FreeName([&](const std::string& name) {
                         for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"})
                           for (const json& container : Items(spec_, list))
                             if (Text(container, "name") == name) return false;
                         return true;
                       })},
                      {"image", steering_.options.builder_image},
                      {"command", {"rootless-builder", "install", kInstallPath}},
                      {"volumeMounts", {{{"name", volume_}, {"mountPath", kInstallPath}}}}};
    json resources = ResourcesOf(*first_served_);
    if (!resources.empty()) installer["resources"] = std::move(resources);
    json& list = ListAt(spec_, "initContainers");
    list.insert(list.begin(), std::move(installer));
    for (Part& part : steering_.pod.parts)
      if (part.init()) ++part.index;
    Part own;
    own.list = "initContainers";
    own.name = Text(list[0], "name");
    own.role = Role::kInstaller;
    steering_.pod.parts.insert(steering_.pod.parts.begin(), std::move(own));
    steering_.moved.insert(steering_.moved.begin(), false);
  }

  void AddVolume() {
    if (installed_ || (served_.empty() && !added_home_)) return;
    ListAt(spec_, "volumes").push_back({{"name", volume_}, {"emptyDir", json::object()}});
  }

  Steering& steering_;
  json& spec_;
  std::string volume_;
  bool installed_ = false;
  bool added_home_ = false;
  std::vector<std::string> served_;
  json* first_served_ = nullptr;
};

}  // namespace

void ReplaceTools(Steering& steering) {
  for (const Part& part : steering.pod.parts) {
    if (part.role != Role::kKaniko && part.role != Role::kTool) continue;
    json& container = ContainerOf(steering.spec, part);
    std::string before(Text(container, "image"));
    container["image"] = steering.options.builder_image;
    if (part.role == Role::kTool) {
      WriteCommand(container, part.words);
    } else if (part.command.implied) {
      // The image's own command is the executor; the builder's own is another one.
      container["command"] = {"/kaniko/executor"};
    }
    if (!steering.users_stay) LeaveRootsHome(container);
    PointToCredentials(container);
    std::string tool(ToolName(part.image));
    steering.done.push_back("container " + Quote(part.name) + " builds with rootless-builder instead of " +
                            (tool.empty() ? before.substr(0, 60) : tool));
  }
}

void InstallStandIns(Steering& steering) { Installation(steering).Run(); }

}  // namespace guard::steering

// The security context that Pod Security's level restricted demands, for every container of a pod that
// builds.
//
// docs/steering.md says whom containers run as, and why.
//
// Tested by tests/unit/admission/steer_test.cc.
#include <algorithm>

#include "webhook/admission/steer_steps.h"

namespace guard::steering {

namespace {

// Since this version restricted lets a pod with a user namespace of its own run as root.
constexpr KubernetesVersion kUserNamespaces{1, 35};

const json* ContextOf(const json& holder) { return Get(holder, "securityContext"); }

bool IsAllowedSeLinuxType(std::string_view type) {
  return type.empty() || type == "container_t" || type == "container_init_t" || type == "container_kvm_t" ||
         type == "container_engine_t";
}

// Profiles that switch confinement off; true: something was there to take.
bool TakeUnconfined(json& context) {
  bool changed = false;
  for (std::string_view profile : {"seccompProfile", "appArmorProfile"}) {
    const json* value = Get(context, profile);
    if (value != nullptr && Text(*value, "type") == "Unconfined") changed |= Drop(context, profile);
  }
  if (json* options = Get(context, "seLinuxOptions")) {
    changed |= !IsAllowedSeLinuxType(Text(*options, "type")) && Drop(*options, "type");
    changed |= !Text(*options, "user").empty() && Drop(*options, "user");
    changed |= !Text(*options, "role").empty() && Drop(*options, "role");
    if (options->empty()) Drop(context, "seLinuxOptions");
  }
  return changed;
}

// What restricted asks of every container, whoever it runs as.
void Confine(json& context) {
  if (IsTrue(context, "privileged")) Drop(context, "privileged");
  if (std::string_view mount = Text(context, "procMount"); !mount.empty() && mount != "Default")
    Drop(context, "procMount");
  TakeUnconfined(context);
  if (!IsFalse(context, "allowPrivilegeEscalation")) context["allowPrivilegeEscalation"] = false;
  json& capabilities = MapAt(context, "capabilities");
  DropItems(capabilities, "add", [](const json& capability) { return capability != "NET_BIND_SERVICE"; });
  const json& dropped = Items(capabilities, "drop");
  if (std::find(dropped.begin(), dropped.end(), "ALL") == dropped.end()) capabilities["drop"] = {"ALL"};
}

class Hardening {
 public:
  explicit Hardening(Steering& steering) : steering_(steering), spec_(steering.spec) {}

  void Run() {
    json& pod = MapAt(spec_, "securityContext");
    TakeUnconfined(pod);
    const json* seccomp = Get(pod, "seccompProfile");
    if (seccomp == nullptr || Text(*seccomp, "type").empty())
      pod["seccompProfile"] = {{"type", "RuntimeDefault"}};
    if (!steering_.users_stay) SetUsers(pod);
    std::vector<std::string> privileged;
    for (const Part& part : steering_.pod.parts) {
      json& context = MapAt(ContainerOf(spec_, part), "securityContext");
      if (IsTrue(context, "privileged")) privileged.push_back(part.name);
      Confine(context);
    }
    TakeAnnotations();
    if (!privileged.empty()) steering_.done.push_back("privileges are gone from " + Containers(privileged));
  }

 private:
  // One user for the whole pod, so that what one container writes the next can change; those that name
  // another one keep it.
  void SetUsers(json& pod) {
    if (!IsTrue(pod, "runAsNonRoot")) pod["runAsNonRoot"] = true;
    const json* present = Get(pod, "runAsUser");
    bool root = present != nullptr && *present <= 0;
    if (present == nullptr ? steering_.somebody_needs_a_user : root) {
      int64_t user = UserOfThePod();
      pod["runAsUser"] = user;
      ShareVolumes(pod, user);
      steering_.done.push_back("the pod runs as user " + std::to_string(user) + " instead of root");
    }
    bool pod_has_user = Get(pod, "runAsUser") != nullptr;
    for (const Part& part : steering_.pod.parts) {
      json* context = Get(ContainerOf(spec_, part), "securityContext");
      if (context == nullptr) continue;
      if (IsFalse(*context, "runAsNonRoot")) Drop(*context, "runAsNonRoot");
      const json* own = Get(*context, "runAsUser");
      if (own == nullptr || *own > 0) continue;
      if (pod_has_user)
        Drop(*context, "runAsUser");
      else
        (*context)["runAsUser"] = steering_.options.user;
    }
  }

  // Claims and secrets belong to root; a group of their own lets the user in. Walking through a large volume
  // at each start is not needed where its root has the group already.
  void ShareVolumes(json& pod, int64_t group) {
    if (Get(pod, "fsGroup") != nullptr) return;
    pod["fsGroup"] = group;
    for (const json& volume : Items(spec_, "volumes"))
      if (Get(volume, "persistentVolumeClaim") || Get(volume, "ephemeral"))
        pod["fsGroupChangePolicy"] = "OnRootMismatch";
  }

  // The user that the CI system's own image is made for, or the configured one.
  int64_t UserOfThePod() const {
    for (const Part& part : steering_.pod.parts)
      if (std::optional<int64_t> user = UserOfImage(Text(ContainerOf(spec_, part), "image"))) return *user;
    return steering_.options.user;
  }

  void TakeAnnotations() {
    json* annotations = Get(steering_.metadata, "annotations");
    if (annotations == nullptr) return;
    std::vector<std::string> gone;
    for (const auto& [key, value] : annotations->items())
      if (value == "unconfined" && (key.starts_with("container.apparmor.security.beta.kubernetes.io/") ||
                                    key.starts_with("container.seccomp.security.alpha.kubernetes.io/") ||
                                    key == "seccomp.security.alpha.kubernetes.io/pod"))
        gone.push_back(key);
    for (const std::string& key : gone) annotations->erase(key);
  }

  Steering& steering_;
  json& spec_;
};

}  // namespace

void PlanUsers(Steering& steering) {
  steering.users_stay = IsFalse(steering.spec, "hostUsers") && steering.options.kubernetes >= kUserNamespaces;
  const json* pod = ContextOf(steering.spec);
  const json* pod_user = pod == nullptr ? nullptr : Get(*pod, "runAsUser");
  bool pod_non_root = pod != nullptr && IsTrue(*pod, "runAsNonRoot");
  for (const Part& part : steering.pod.parts) {
    const json& container = ContainerOf(steering.spec, part);
    const json* context = ContextOf(container);
    const json* user = context == nullptr ? nullptr : Get(*context, "runAsUser");
    if (user == nullptr) user = pod_user;
    bool non_root =
        context != nullptr && Get(*context, "runAsNonRoot") ? IsTrue(*context, "runAsNonRoot") : pod_non_root;
    bool ours = part.role == Role::kInstaller || part.role == Role::kBuilder;
    // An image's own user counts for nothing where the kubelet cannot see that it is no root.
    bool needs_user = user ? *user <= 0 : !non_root && !ours;
    bool root = needs_user && (user || !UserOfImage(Text(container, "image")));
    steering.somebody_needs_a_user |= needs_user;
    steering.moved.push_back(root && !steering.users_stay);
  }
}

void Harden(Steering& steering) { Hardening(steering).Run(); }

}  // namespace guard::steering

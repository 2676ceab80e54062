// CI runners and sidecars that are pods in a shape of their own: the first Actions Runner Controller
// (actions.summerwind.dev), whose runners are privileged unless told otherwise, and OpenKruise's SidecarSet.
//
// Tested by the cases below tests/golden/subjects/runner*.
#include "policies/subjects/pod_kinds.h"

namespace guard {

namespace {

bool IsTrue(const Node* node) { return node && node->kind == NodeKind::kBool && node->boolean; }
bool IsFalse(const Node* node) { return node && node->kind == NodeKind::kBool && !node->boolean; }

// What the controller makes of a runner's Docker settings. An absent dockerEnabled means true: a privileged
// Docker daemon beside the runner, although no line of the manifest says so.
struct DockerMode {
  bool sidecar = false;    // a privileged container `docker`
  bool in_runner = false;  // the runner itself is privileged
  Span span;               // what says so, or the runner

  DockerMode(const Node& config, Span runner) : span(runner) {
    if (config.FindString("containerMode") == "kubernetes") return;
    const Node* enabled = config.Find("dockerEnabled");
    const Node* within = config.Find("dockerdWithinRunnerContainer");
    in_runner = IsTrue(within);
    sidecar = !in_runner && !IsFalse(enabled);
    if (in_runner) span = within->span;
    if (sidecar && enabled) span = enabled->span;
  }
};

const Node* Named(const Node* containers, std::string_view name) {
  if (containers)
    for (const Node& container : containers->list())
      if (container.FindString("name") == name) return &container;
  return nullptr;
}

void AddContainers(Projector& projector, PodBuilder& pod, const DockerMode& docker, const Node* runner_fields,
                   const Node* containers) {
  auto privileged = [&](std::string_view name, std::string_view image) {
    Node context = projector.Map({{"privileged", projector.Bool(true, docker.span)}}, docker.span);
    return projector.arena().New<Node>(projector.Map({{"name", projector.String(name, docker.span)},
                                                      {"image", projector.String(image, docker.span)},
                                                      {"securityContext", context}},
                                                     docker.span));
  };
  if (containers && !containers->is_list()) pod.Containers(containers, "containers");
  const Node* runner = projector.Overlay(runner_fields, Named(containers, "runner"));
  if (docker.in_runner)
    runner = projector.Merge(privileged("runner", "summerwind/actions-runner-dind"), runner);
  pod.Container(runner, "containers", "runner");
  const Node* daemon = Named(containers, "docker");
  if (docker.sidecar) daemon = projector.Merge(privileged("docker", "docker:dind"), daemon);
  pod.Container(daemon, "containers", "docker");
  if (containers)
    for (const Node& container : containers->list())
      if (container.FindString("name") != "runner" && container.FindString("name") != "docker")
        pod.Container(&container, "containers");
}

}  // namespace

void SummerwindRunner(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path) {
  PodBuilder pod(object.projector());
  if (!at.is_map()) {
    pod.Container(&at, "containers");
    return object.Add(pod, at, path);
  }
  Projector& projector = object.projector();
  pod.Fields(
      projector.Omit(&at, {"containers", "initContainers", "sidecarContainers", "ephemeralContainers",
                           "image", "env", "envFrom", "volumeMounts", "resources", "imagePullPolicy"}));
  pod.Containers(at.Find("initContainers"), "initContainers");
  const Node* runner =
      projector.Pick(&at, {"image", "imagePullPolicy", "env", "envFrom", "resources", "volumeMounts"});
  AddContainers(projector, pod, DockerMode(at, at.span), runner, at.Find("containers"));
  pod.Containers(at.Find("sidecarContainers"), "sidecarContainers");
  pod.Containers(at.Find("ephemeralContainers"), "ephemeralContainers");
  pod.Metadata(parent.Find("metadata"));
  object.Add(pod, at, path);
}

// A StatefulSet's spec with a runner's settings in it.
void SummerwindRunnerSet(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  const Node* pod_template = at.Find("template");
  const Node* spec = pod_template ? pod_template->Find("spec") : nullptr;
  PodBuilder pod(object.projector());
  if (!at.is_map() || (pod_template && !pod_template->is_map()) || (spec && !spec->is_map())) {
    pod.Container(spec ? spec : at.is_map() ? pod_template : &at, "containers");
    return object.Add(pod, at, path);
  }
  Projector& projector = object.projector();
  pod.Fields(projector.Omit(spec, {"containers", "initContainers", "ephemeralContainers"}));
  if (spec) pod.Containers(spec->Find("initContainers"), "initContainers");
  const Node* runner = projector.Pick(&at, {"image"});
  AddContainers(projector, pod, DockerMode(at, spec ? spec->span : at.span), runner,
                spec ? spec->Find("containers") : nullptr);
  if (spec) pod.Containers(spec->Find("ephemeralContainers"), "ephemeralContainers");
  if (pod_template) pod.Metadata(pod_template->Find("metadata"));
  object.Add(pod, spec ? *spec : at, std::string(path) + (spec ? ".template.spec" : ""));
}

// Containers and volumes that are put into the pods that a selector finds.
void KruiseSidecarSet(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  PodBuilder pod(object.projector());
  if (!at.is_map()) pod.Container(&at, "containers");
  pod.Field("volumes", at.Find("volumes"));
  pod.Field("imagePullSecrets", at.Find("imagePullSecrets"));
  pod.Containers(at.Find("initContainers"), "initContainers");
  pod.Containers(at.Find("containers"), "containers");
  object.Add(pod, at, path);
}

}  // namespace guard

// Argo Workflows: every template that runs containers is a pod.
//
// A pod's settings come from the template, from the workflow's spec, and from templateDefaults; podSpecPatch,
// which is text that only the controller can put together, is left to guardrails of the whole object.
//
// Tested by the cases below tests/golden/subjects/argo*.
#include "policies/subjects/pod_kinds.h"

namespace guard {

namespace {

// What makes a template one that runs a pod of its own.
constexpr std::string_view kRuns[] = {"container", "script", "containerSet", "resource", "data"};

bool RunsAPod(const Node& map) {
  for (std::string_view key : kRuns)
    if (map.Find(key)) return true;
  return false;
}

struct Workflow {
  ObjectProjection& object;
  const Node* pod_fields;  // of the spec
  const Node* pod_metadata;
  const Node* defaults;

  void Template(const Node& node, std::string_view path) {
    Projector& projector = object.projector();
    if (!node.is_map()) {
      PodBuilder pod(projector);
      pod.Container(&node, "container");
      return object.Add(pod, node, path);
    }
    Inlined(node, path);
    if (!RunsAPod(node)) return;

    // Defaults say how a container is to be, not that there is one.
    const Node* own = &node;
    if (defaults) {
      const Node* base =
          projector.Omit(defaults, {"name", "steps", "dag", "suspend", "http", "plugin", "inputs", "outputs",
                                    "container", "script", "containerSet", "resource", "data"});
      for (std::string_view key : kRuns)
        if (node.Find(key)) base = projector.Merge(base, projector.Pick(defaults, {key}));
      own = projector.Merge(base, &node);
    }
    PodBuilder pod(projector);
    pod.Fields(
        own, {"affinity", "automountServiceAccountToken", "hostAliases", "nodeSelector", "priorityClassName",
              "schedulerName", "serviceAccountName", "tolerations", "activeDeadlineSeconds"});
    pod.Field("securityContext", own->Find("securityContext"));
    const Node* shared_volumes = pod_fields ? pod_fields->Find("volumes") : nullptr;
    pod.Field("volumes", projector.Merge(shared_volumes, own->Find("volumes"), "volumes"));
    SpecFields(pod);

    pod.Containers(own->Find("initContainers"), "initContainers");
    pod.Container(own->Find("container"), "container", "main");
    pod.Container(own->Find("script"), "script", "main");
    if (const Node* set = own->Find("containerSet")) {
      const Node* shared = projector.Pick(set, {"volumeMounts"});
      const Node* containers = set->Find("containers");
      if (shared && containers && containers->is_list())
        for (const Node& container : containers->list())
          pod.Container(projector.Merge(shared, &container), "containerSet");
      else
        pod.Containers(set->is_map() ? containers : set, "containerSet");
    }
    pod.Containers(own->Find("sidecars"), "sidecars");
    pod.Metadata(projector.Merge(pod_metadata, own->Find("metadata")));
    object.Add(pod, node, path, node.Find("name"));
  }

  // What the spec says about every pod.
  void SpecFields(PodBuilder& pod) {
    if (pod_fields == nullptr) return;
    pod.Fields(pod_fields, {"affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy",
                            "hostAliases", "hostNetwork", "imagePullSecrets", "nodeSelector", "schedulerName",
                            "securityContext", "serviceAccountName", "tolerations", "volumes"});
    pod.Field("priorityClassName", pod_fields->Find("podPriorityClassName"));
  }

 private:
  // Steps and tasks may hold templates of their own.
  void Inlined(const Node& node, std::string_view path) {
    if (const Node* dag = node.Find("dag"))
      if (const Node* tasks = dag->Find("tasks")) InlinedIn(*tasks, std::string(path) + ".dag.tasks");
    if (const Node* steps = node.Find("steps")) InlinedIn(*steps, std::string(path) + ".steps");
  }

  void InlinedIn(const Node& list, const std::string& path) {
    uint32_t i = 0;
    for (const Node& item : list.list()) {
      std::string at = path + '[' + std::to_string(i++) + ']';
      if (item.is_list()) InlinedIn(item, at);
      if (const Node* inlined = item.Find("inline")) Template(*inlined, at + ".inline");
    }
  }
};

}  // namespace

void ArgoWorkflow(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  Projector& projector = object.projector();
  if (!at.is_map()) {
    PodBuilder pod(projector);
    pod.Container(&at, "container");
    return object.Add(pod, at, path);
  }
  // The spec may be long and is asked once for every template: what matters of it is picked once.
  const Node* fields = projector.Pick(
      &at, {"affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "hostAliases",
            "hostNetwork", "imagePullSecrets", "nodeSelector", "podPriorityClassName", "schedulerName",
            "securityContext", "serviceAccountName", "tolerations", "volumes"});
  object.KeepOrigins();
  Workflow workflow{object, fields, at.Find("podMetadata"), at.Find("templateDefaults")};

  const Node* templates = at.Find("templates");
  bool runs_elsewhere = templates == nullptr && fields != nullptr;
  if (templates && !templates->is_list()) workflow.Template(*templates, std::string(path) + ".templates");
  if (templates) {
    uint32_t i = 0;
    for (const Node& node : templates->list())
      workflow.Template(node, std::string(path) + ".templates[" + std::to_string(i++) + ']');
  }
  // A workflow that only names its template still decides about the pod's surroundings.
  if (runs_elsewhere) {
    PodBuilder pod(projector);
    workflow.SpecFields(pod);
    pod.Metadata(workflow.pod_metadata);
    object.Add(pod, at, path);
  }
}

}  // namespace guard

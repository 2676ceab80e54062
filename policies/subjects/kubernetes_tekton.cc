// Tekton: a task is a pod whose steps and sidecars are containers; a run brings the pod template.
//
// Tested by the cases below tests/golden/subjects/tekton*.
#include <map>

#include "policies/subjects/pod_kinds.h"

namespace guard {

namespace {

// One task's pod. `pod_template` is what the run says about the pod, nullptr for a task that stands alone;
// its fields are a PodSpec's.
struct Task {
  const Node* spec = nullptr;
  const Node* pod_template = nullptr;
  const Node* service_account = nullptr;
  const Node* metadata = nullptr;
  const Node* named = nullptr;
};

void AddTask(ObjectProjection& object, const Task& task, std::string_view path) {
  Projector& projector = object.projector();
  PodBuilder pod(projector);
  pod.Fields(
      projector.Omit(task.pod_template, {"volumes", "containers", "initContainers", "ephemeralContainers"}));
  const Node* task_volumes = task.spec ? task.spec->Find("volumes") : nullptr;
  const Node* run_volumes = task.pod_template ? task.pod_template->Find("volumes") : nullptr;
  pod.Field("volumes", projector.Merge(run_volumes, task_volumes, "volumes"));
  pod.Field("serviceAccountName", task.service_account);
  if (task.spec && !task.spec->is_map()) pod.Container(task.spec, "steps");
  if (task.spec) {
    const Node* steps = task.spec->Find("steps");
    const Node* step_template = task.spec->Find("stepTemplate");
    if (step_template && steps && steps->is_list())
      for (const Node& step : steps->list())
        pod.Container(projector.Merge(step_template, &step), "steps", "step");
    else
      pod.Containers(steps, "steps");
    pod.Containers(task.spec->Find("sidecars"), "sidecars");
  }
  pod.Metadata(task.metadata);
  object.Add(pod, task.spec ? *task.spec : *task.pod_template, path, task.named);
}

struct Run {
  const Node* pod_template = nullptr;
  const Node* service_account = nullptr;
  // taskRunSpecs: what the run says about single tasks, by their names.
  std::map<std::string_view, const Node*> task_runs;

  const Node* About(const Node* task_name) const {
    auto found = task_name ? task_runs.find(task_name->string()) : task_runs.end();
    return found == task_runs.end() ? nullptr : found->second;
  }
};

const Node* PodTemplateOf(const Node& task_run_spec) {
  const Node* own = task_run_spec.Find("podTemplate");
  return own ? own : task_run_spec.Find("taskPodTemplate");
}

// Every task of a pipeline that is written out in it, `finally` and pipelines in pipelines included.
void Tasks(ObjectProjection& object, const Node& pipeline, const Run& run, const std::string& path) {
  Projector& projector = object.projector();
  if (!pipeline.is_map()) {
    Task task;
    task.spec = &pipeline;
    return AddTask(object, task, path);
  }
  for (std::string_view key : {"tasks", "finally"}) {
    const Node* tasks = pipeline.Find(key);
    if (tasks == nullptr) continue;
    std::string tasks_path = path + '.' + std::string(key);
    if (!tasks->is_list()) {
      Task task;
      task.spec = projector.arena().New<Node>(projector.String("not a list of tasks", tasks->span));
      AddTask(object, task, tasks_path);
      continue;
    }
    uint32_t i = 0;
    for (const Node& node : tasks->list()) {
      std::string at = tasks_path + '[' + std::to_string(i++) + ']';
      if (const Node* nested = node.Find("pipelineSpec")) Tasks(object, *nested, run, at + ".pipelineSpec");
      Task task;
      task.spec = node.Find("taskSpec");
      task.named = node.Find("name");
      task.pod_template = run.pod_template;
      task.service_account = run.service_account;
      if (const Node* own = run.About(task.named)) {
        if (const Node* pod = PodTemplateOf(*own))
          task.pod_template = projector.Overlay(run.pod_template, pod);
        if (const Node* account = own->Find("serviceAccountName")) task.service_account = account;
      }
      if (task.spec == nullptr) continue;
      if (const Node* metadata = task.spec->Find("metadata")) task.metadata = metadata;
      AddTask(object, task, at + ".taskSpec");
    }
  }
}

}  // namespace

void TektonTask(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  Task task;
  task.spec = &at;
  task.metadata = object.metadata();
  AddTask(object, task, path);
}

void TektonTaskRun(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  Task task;
  task.spec = at.is_map() ? at.Find("taskSpec") : &at;
  task.pod_template = at.Find("podTemplate");
  task.service_account = at.Find("serviceAccountName");
  task.metadata = object.metadata();
  if (task.spec == nullptr && task.pod_template == nullptr) return;
  std::string own(path);
  if (at.is_map()) own += task.spec ? ".taskSpec" : ".podTemplate";
  AddTask(object, task, own);
}

void TektonPipeline(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  Tasks(object, at, {}, std::string(path));
}

void TektonPipelineRun(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  Run run;
  std::string template_path(path);
  run.pod_template = at.Find("podTemplate");
  run.service_account = at.Find("serviceAccountName");
  if (const Node* runs = at.Find("taskRunTemplate")) {
    if (const Node* pod = runs->Find("podTemplate"))
      run.pod_template = pod, template_path += ".taskRunTemplate";
    if (const Node* account = runs->Find("serviceAccountName")) run.service_account = account;
  }
  const Node* task_runs = at.Find("taskRunSpecs");
  if (task_runs)
    for (const Node& spec : task_runs->list())
      run.task_runs.emplace(spec.FindString("pipelineTaskName"), &spec);
  const Node* pipeline = at.is_map() ? at.Find("pipelineSpec") : &at;
  if (pipeline)
    return Tasks(object, *pipeline, run, std::string(path) + (at.is_map() ? ".pipelineSpec" : ""));

  // The tasks are elsewhere, but what this run says about their pods is here.
  auto add = [&](const Node* pod, const std::string& at_path, const Node* named) {
    Task task;
    task.pod_template = pod;
    task.service_account = run.service_account;
    task.named = named;
    AddTask(object, task, at_path);
  };
  if (run.pod_template) add(run.pod_template, template_path + ".podTemplate", nullptr);
  if (task_runs == nullptr) return;
  uint32_t i = 0;
  for (const Node& spec : task_runs->list()) {
    std::string spec_path = std::string(path) + ".taskRunSpecs[" + std::to_string(i++) + ']';
    if (const Node* pod = PodTemplateOf(spec))
      add(pod, spec_path + (spec.Find("podTemplate") ? ".podTemplate" : ".taskPodTemplate"),
          spec.Find("pipelineTaskName"));
  }
}

// A step on its own; what it runs in is decided by who uses it.
void TektonStepAction(ObjectProjection& object, const Node& at, const Node&, std::string_view path) {
  PodBuilder pod(object.projector());
  const Node* metadata = object.metadata();
  pod.Container(&at, "steps", metadata ? metadata->FindString("name") : "step");
  object.Add(pod, at, path);
}

}  // namespace guard

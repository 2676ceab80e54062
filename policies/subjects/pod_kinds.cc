// The table of kinds that make pods.
//
// Tested by tests/unit/subjects/kubernetes_test.cc and the cases below tests/golden/subjects.
#include "policies/subjects/pod_kinds.h"

namespace guard {

namespace {

constexpr std::string_view kTemplate = "spec.template.spec";

constexpr PodKind kPodKinds[] = {
    // Kubernetes itself.
    {"", "Pod", "spec", PlainPod},
    {"", "PodTemplate", "template.spec", PlainPod},
    {"", "ReplicationController", kTemplate, PlainPod},
    {"apps", "Deployment", kTemplate, PlainPod},
    {"apps", "ReplicaSet", kTemplate, PlainPod},
    {"apps", "StatefulSet", kTemplate, PlainPod},
    {"apps", "DaemonSet", kTemplate, PlainPod},
    {"batch", "Job", kTemplate, PlainPod},
    {"batch", "CronJob", "spec.jobTemplate.spec.template.spec", PlainPod},
    {"extensions", "Deployment", kTemplate, PlainPod},
    {"extensions", "ReplicaSet", kTemplate, PlainPod},
    {"extensions", "DaemonSet", kTemplate, PlainPod},

    // CI systems.
    {"argoproj.io", "Workflow", "spec", ArgoWorkflow},
    {"argoproj.io", "WorkflowTemplate", "spec", ArgoWorkflow},
    {"argoproj.io", "ClusterWorkflowTemplate", "spec", ArgoWorkflow},
    {"argoproj.io", "CronWorkflow", "spec.workflowSpec", ArgoWorkflow},
    {"tekton.dev", "Task", "spec", TektonTask},
    {"tekton.dev", "ClusterTask", "spec", TektonTask},
    {"tekton.dev", "TaskRun", "spec", TektonTaskRun},
    {"tekton.dev", "Pipeline", "spec", TektonPipeline},
    {"tekton.dev", "PipelineRun", "spec", TektonPipelineRun},
    {"tekton.dev", "StepAction", "spec", TektonStepAction},
    {"triggers.tekton.dev", "EventListener", "spec.resources.kubernetesResource.spec.template.spec",
     PlainPod},
    {"actions.github.com", "AutoscalingRunnerSet", kTemplate, PlainPod},
    {"actions.github.com", "AutoscalingRunnerSet", "spec.listenerTemplate.spec", PlainPod},
    {"actions.github.com", "EphemeralRunnerSet", "spec.ephemeralRunnerSpec.spec", PlainPod},
    {"actions.github.com", "EphemeralRunner", "spec.spec", PlainPod},
    {"actions.github.com", "AutoscalingListener", kTemplate, PlainPod},
    {"actions.summerwind.dev", "Runner", "spec", SummerwindRunner},
    {"actions.summerwind.dev", "RunnerDeployment", kTemplate, SummerwindRunner},
    {"actions.summerwind.dev", "RunnerReplicaSet", kTemplate, SummerwindRunner},
    {"actions.summerwind.dev", "RunnerSet", "spec", SummerwindRunnerSet},

    // Other workloads.
    {"argoproj.io", "Rollout", kTemplate, PlainPod},
    {"serving.knative.dev", "Service", kTemplate, PlainPod},
    {"serving.knative.dev", "Configuration", kTemplate, PlainPod},
    {"serving.knative.dev", "Revision", "spec", PlainPod},
    {"apps.kruise.io", "CloneSet", kTemplate, PlainPod},
    {"apps.kruise.io", "StatefulSet", kTemplate, PlainPod},
    {"apps.kruise.io", "DaemonSet", kTemplate, PlainPod},
    {"apps.kruise.io", "BroadcastJob", kTemplate, PlainPod},
    {"apps.kruise.io", "AdvancedCronJob", "spec.template.jobTemplate.spec.template.spec", PlainPod},
    {"apps.kruise.io", "AdvancedCronJob", "spec.template.broadcastJobTemplate.spec.template.spec", PlainPod},
    {"apps.kruise.io", "UnitedDeployment", "spec.template.*.spec.template.spec", PlainPod},
    {"apps.kruise.io", "SidecarSet", "spec", KruiseSidecarSet},
    {"apps.openshift.io", "DeploymentConfig", kTemplate, PlainPod},
    {"keda.sh", "ScaledJob", "spec.jobTargetRef.template.spec", PlainPod},
    {"batch.volcano.sh", "Job", "spec.tasks.template.spec", PlainPod},
    {"jobset.x-k8s.io", "JobSet", "spec.replicatedJobs.template.spec.template.spec", PlainPod},
    {"leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.leaderTemplate.spec",
     PlainPod},
    {"leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.workerTemplate.spec",
     PlainPod},
};

constexpr HolderKind kHolderKinds[] = {
    {"triggers.tekton.dev", "TriggerTemplate", "spec.resourcetemplates"},
    {"argoproj.io", "Sensor", "spec.triggers.template.argoWorkflow.source.resource"},
    {"argoproj.io", "Sensor", "spec.triggers.template.k8s.source.resource"},
    {"template.openshift.io", "Template", "objects"},
};

}  // namespace

std::span<const PodKind> PodKinds() { return kPodKinds; }
std::span<const HolderKind> HolderKinds() { return kHolderKinds; }

}  // namespace guard

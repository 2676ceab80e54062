// Steering, from one end to the other: recognise, see what is in the way, rewrite a copy, compare.
//
// Tested by tests/unit/admission/steer_test.cc, the golden cases of tests/golden/admission/steer and
// tests/fuzz/steer_fuzz.cc.
#include "webhook/admission/steer.h"

#include <algorithm>
#include <iterator>

#include "webhook/admission/steer_steps.h"

namespace guard {

namespace {

using nlohmann::json;
using namespace steering;  // NOLINT(google-build-using-namespace): its own namespace, in its own file

// What was steered, for the annotation.
std::string Kinds(const BuildPod& pod) {
  std::set<std::string> kinds;
  for (const Part& part : pod.parts) {
    if (part.role == Role::kDaemon) kinds.insert("daemon");
    if (!part.builds()) continue;
    std::string tool(ToolName(part.image));
    kinds.insert(part.role == Role::kKaniko ? "kaniko" : tool.empty() ? "docker" : tool);
  }
  std::string text;
  for (const std::string& kind : kinds) text += (text.empty() ? "" : ",") + kind;
  return text;
}

struct Outcome {
  bool changed = false;
  json metadata, spec;
};

// What becomes of a pod that builds. The report's problems tell whether it may be used.
Outcome Rewrite(const json& metadata, const json& spec, const SteerOptions& options, BuildPod pod,
                SteerReport* report) {
  Outcome outcome{false, metadata, spec};
  if (outcome.metadata.is_null()) outcome.metadata = json::object();
  Steering steering{outcome.metadata, outcome.spec, options, pod};
  std::string kinds = Kinds(pod);
  PlanUsers(steering);
  FindObstacles(steering);
  TakeDaemonsAway(steering);
  ReplaceDaemons(steering);
  ReplaceTools(steering);
  InstallStandIns(steering);
  Harden(steering);
  report->not_steered = std::move(pod.problems);
  std::move(steering.problems.begin(), steering.problems.end(), std::back_inserter(report->not_steered));
  if (!report->not_steered.empty()) ClearObstacles(steering);
  outcome.changed = outcome.spec != spec || (outcome.metadata != metadata && !metadata.is_null());
  if (outcome.changed) {
    json& mark = MapAt(outcome.metadata, "annotations")[kSteeredAnnotation];
    if (!kinds.empty() || mark.is_null()) mark = kinds.empty() ? "security-context" : kinds;
    report->done = std::move(steering.done);
    if (report->done.empty()) report->done.push_back("the pod's security context is what restricted demands");
  }
  return outcome;
}

// True: `outcome` is what the pod becomes, or (when something could not be steered) should have been.
bool Run(const json& metadata, const json& spec, const SteerOptions& options, SteerReport* report,
         Outcome* outcome) {
  if (options.builder_image.empty()) return false;
  if (std::string mistake = BadShape(metadata, spec); !mistake.empty()) {
    report->not_steered.push_back("the pod cannot be read: " + mistake);
    return false;
  }
  BuildPod pod = Recognise(metadata, spec, options.builder_image);
  if (!pod.builds()) {
    report->not_steered = std::move(pod.problems);
    return false;
  }
  bool somebody_builds =
      std::any_of(pod.parts.begin(), pod.parts.end(), [](const Part& p) { return p.builds(); });
  *outcome = Rewrite(metadata, spec, options, std::move(pod), report);
  if (!report->not_steered.empty()) {
    report->done.clear();
    if (!somebody_builds) return false;  // a daemon that only answers is nothing to propose
  }
  return outcome->changed;
}

}  // namespace

SteerResult Steer(json pod, const SteerOptions& options) {
  SteerResult result;
  if (!pod.is_object()) {
    result.pod = std::move(pod);
    return result;
  }
  const json* metadata = Get(pod, "metadata");
  const json* spec = Get(pod, "spec");
  Outcome outcome;
  bool made =
      spec != nullptr && Run(metadata == nullptr ? json() : *metadata, *spec, options, &result, &outcome);
  result.pod = std::move(pod);
  if (!made) return result;
  json& target = result.not_steered.empty() ? result.pod : (result.proposal = result.pod);
  target["metadata"] = std::move(outcome.metadata);
  target["spec"] = std::move(outcome.spec);
  result.changed = result.not_steered.empty();
  return result;
}

SteerReport SteerTemplate(json* metadata, json* spec, const SteerOptions& options) {
  SteerReport report;
  Outcome outcome;
  if (!Run(*metadata, *spec, options, &report, &outcome) || !report.not_steered.empty()) return report;
  *metadata = std::move(outcome.metadata);
  *spec = std::move(outcome.spec);
  report.changed = true;
  return report;
}

}  // namespace guard

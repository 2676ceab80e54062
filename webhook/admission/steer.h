// Steering: pods that build images with a daemon, a socket, privileges or root become pods that build them
// with rootless-builder. docs/steering.md says what is rewritten, and why what is not is left alone.
//
// Pure functions over JSON. Everything is read as Kubernetes reads it (null is absent), nothing is trusted:
// what has an impossible shape is left alone. A second pass changes nothing. Nothing here allows a pod: the
// validating webhook has the last word.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "policies/engine/guardrail.h"

namespace guard {

struct SteerOptions {
  std::string builder_image;  // with a digest; empty: nothing is steered
  int64_t user = 1000;  // whom containers run as that would be root and that no controller's image fixes
  KubernetesVersion kubernetes = kLatestKubernetes;
};

// The mark on steered pods: which kinds of build were steered. For people; no decision rests on it.
inline constexpr const char* kSteeredAnnotation = "guardctl.dev/steered";

struct SteerReport {
  bool changed = false;
  std::vector<std::string> done;         // one short sentence each, for warnings and the audit
  std::vector<std::string> not_steered;  // why builds were left alone, for people; then nothing was changed
};

struct SteerResult : SteerReport {
  nlohmann::json pod;  // steered, or as it came
  // When something could not be steered: the pod as it should have been, with what is in the way taken out,
  // for people to look at and apply. Null when there is none.
  nlohmann::json proposal;
};

// A whole Pod as it reaches admission on CREATE (a pod's spec cannot be changed later).
SteerResult Steer(nlohmann::json pod, const SteerOptions& options);

// The same for a pod template, in place: its metadata (null when it has none) and its PodSpec. Admission
// leaves templates alone, as their pods come by later; the command line shows what would become of them.
SteerReport SteerTemplate(nlohmann::json* metadata, nlohmann::json* spec, const SteerOptions& options);

}  // namespace guard

// A Subject is the thing a guardrail judges: a view onto a Document, in the shape that its guardrails are
// written for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policies/document/document.h"

namespace guard {

enum class SubjectKind : uint8_t { kPod, kResource, kJob, kRunner, kStage, kService, kImage, kRequest };
inline constexpr int kSubjectKinds = 8;

// "pod"; also the name of the variable under which guardrails see the subject.
std::string_view ToString(SubjectKind kind);
std::optional<SubjectKind> ParseSubjectKind(std::string_view name);

// A run of nodes that a projection copied out of the document: copy + i * stride stands for real + i *
// stride. (Entries of a map are a run of their values.) Longer sequences of origins than kSortedOrigins are
// sorted by `copy`.
struct Origin {
  const Node* copy = nullptr;
  const Node* real = nullptr;
  uint32_t count = 0;
  uint32_t stride = 0;
};
inline constexpr size_t kSortedOrigins = 64;

// For kPod, `value` is a map with the fields of the PodSpec (core/v1) as they stand in the document, and
//   containers  init containers, containers and ephemeral containers in one list, each with one more field
//   `from`:
//               "initContainers", "containers" or "ephemeralContainers" (Tekton, Argo: "steps", "sidecars",
//               ...)
//   metadata    the pod's own metadata (of the template, for a workload); an empty map when there is none
// initContainers and ephemeralContainers stay readable under their own names too.
// For kResource, `value` is the object as it is. Both see the whole object as `object`.
// For kRequest, `value` is the `request` of an AdmissionReview (admission.k8s.io/v1), and `object` its
// object; an empty map where it has none. Only the webhook has such subjects. Entries whose value is null are
// left out of both: Kubernetes reads null as absent.
//
// Nodes are the Document's own (or synthetic ones in the Documents' arena with the spans of what they stand
// for), so a finding about any of them points into the file. A Subject lives no longer than its Documents.
struct Subject {
  SubjectKind kind = SubjectKind::kResource;
  Node value;
  Node object;
  const Document* document = nullptr;
  const Source* source = nullptr;
  std::string_view api_version;  // of the object: "apps/v1"
  std::string_view object_kind;  // "Deployment"
  std::string_view name;         // metadata.name, or metadata.generateName
  std::string_view namespace_name;
  std::string path;  // of the pod spec below the document's root: "spec.template.spec", "items[2].spec"
  std::string object_path;  // of the object below the document's root: "items[2]"; empty for the root itself
  Span span;  // of the object's name where it has one: where to point for the subject as a whole
  std::span<const Origin> origins;         // what of `value` was copied from where
  std::span<const Origin> object_origins;  // what of `object`, which `value` may be made of
  const Node* real_value = nullptr;  // the document's own node at `path`; nullptr when there is no single one
  const Node* real_object = nullptr;  // the document's own node at `object_path`

  bool holds_pod_spec = false;  // kPod: what stands at `path` is a PodSpec, so fields may be added there

  // "Deployment/shop/frontend", without the namespace when there is none; unique within a file only by line.
  std::string Id() const;
  // The document's own node behind a node of `value` or `object`. A node that a projection made up (a
  // runner's implied sidecar) is its own answer.
  const Node* Real(const Node* node) const;
};

// Extends a path by a key: ".image", or "['a.b/c']" for a key that is no plain word.
void AppendPathKey(std::string* path, std::string_view key);

}  // namespace guard

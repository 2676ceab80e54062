// Which Kubernetes kinds make pods, and where in them the pod stands: one row a kind.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/document/document.h"
#include "policies/engine/subject.h"
#include "policies/subjects/projector.h"

namespace guard {

// One Kubernetes object on its way to subjects. The functions of pod shapes get one.
class ObjectProjection {
 public:
  ObjectProjection(Projector& projector, Subject about, std::vector<Subject>* subjects)
      : projector_(projector), about_(std::move(about)), subjects_(subjects) {}

  Projector& projector() { return projector_; }
  const Node& object() const { return about_.object; }
  // The object's own metadata, or nullptr.
  const Node* metadata() const { return about_.object.Find("metadata"); }

  // Appends a pod. `path` is that of `spec` (the pod's fields, or what they come from) below the object;
  // `named` is the node to point to for the pod as a whole, nullptr: the object's name.
  void Add(PodBuilder& pod, const Node& spec, std::string_view path, const Node* named = nullptr);

  // What was made so far is part of every pod to come.
  void KeepOrigins();

  // The pod of a PodSpec as it stands, with the metadata beside it.
  void AddPodSpec(const Node& spec, const Node* metadata, std::string_view path);

 private:
  Projector& projector_;
  Subject about_;  // what all subjects of the object have in common
  std::vector<Subject>* subjects_;
};

// Makes the pods of what stands at a row's path: `at` itself, the map it is in, and its path below the
// object.
using PodShape = void (*)(ObjectProjection& object, const Node& at, const Node& parent,
                          std::string_view path);

struct PodKind {
  std::string_view group;
  std::string_view kind;
  std::string_view path;  // below the object; lists on the way mean every item, * every value of a map
  PodShape shape;
};

// A PodSpec as it stands, with its template's metadata beside it.
void PlainPod(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void ArgoWorkflow(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void TektonTask(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void TektonTaskRun(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void TektonPipeline(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void TektonPipelineRun(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void TektonStepAction(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void KruiseSidecarSet(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void SummerwindRunner(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);
void SummerwindRunnerSet(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path);

// Kinds that hold whole objects of other kinds: where they stand.
struct HolderKind {
  std::string_view group;
  std::string_view kind;
  std::string_view path;
};

std::span<const PodKind> PodKinds();
std::span<const HolderKind> HolderKinds();

}  // namespace guard

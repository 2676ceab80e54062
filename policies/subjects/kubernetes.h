// Kubernetes objects -> subjects: a `resource` for every object, and a `pod` for every pod or pod template in
// it.
#pragma once

#include <string>
#include <vector>

#include "policies/document/document.h"
#include "policies/engine/subject.h"

namespace guard {

// Where a kind that we do not know keeps its pod spec: from the user's configuration.
struct CustomPodKind {
  std::string group;  // "example.com"; empty matches the core group only
  std::string kind;
  std::string pod_spec_path;  // "spec.template.spec"; lists on the way mean every item
};

struct ProjectOptions {
  std::vector<CustomPodKind> custom;
};

// Appends the subjects of one document (List kinds are taken apart). Synthetic nodes go into
// `documents.arena`. A document that is no Kubernetes object has none.
void ProjectKubernetes(Documents& documents, const Document& document, const ProjectOptions& options,
                       std::vector<Subject>* subjects);

// The subjects of a guardrail's example, which is a part of the document: a whole object, or a bare PodSpec
// (which may have `metadata` beside its own fields).
void ProjectExample(Documents& documents, const Document& document, const Node& example, SubjectKind kind,
                    std::vector<Subject>* subjects);

}  // namespace guard

// Objects of a document, taken out of lists and out of other objects, and the pods in them.
//
// Tested by tests/unit/subjects/kubernetes_test.cc and the cases below tests/golden/subjects.
#include "policies/subjects/kubernetes.h"

#include "policies/subjects/admission_request.h"
#include "policies/subjects/compose.h"
#include "policies/subjects/dockerfile.h"
#include "policies/subjects/gitlab_ci.h"
#include "policies/subjects/pod_kinds.h"
#include "policies/subjects/projector.h"

namespace guard {

namespace {

std::string_view GroupOf(std::string_view api_version) {
  size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

// Extends a path as findings print it, and shortens it again at the end of the scope.
class PathStep {
 public:
  PathStep(std::string& path, std::string_view key) : path_(path), length_(path.size()) {
    AppendPathKey(&path_, key);
  }
  PathStep(std::string& path, size_t index) : path_(path), length_(path.size()) {
    path_.append("[").append(std::to_string(index)).append("]");
  }
  ~PathStep() { path_.resize(length_); }
  PathStep(const PathStep&) = delete;
  PathStep& operator=(const PathStep&) = delete;

 private:
  std::string& path_;
  size_t length_;
};

// Calls visit(node, the map it is in, path) for everything at `route` below `node`.
template <class Visit>
void ForEachAt(const Node& node, const Node& parent, std::string_view route, std::string& path,
               const Visit& visit) {
  if (node.is_list()) {
    for (uint32_t i = 0; i < node.size; ++i) {
      PathStep step(path, i);
      ForEachAt(node.items[i], parent, route, path, visit);
    }
    return;
  }
  // A scalar on the way is no pod, but what makes pods of it cannot be judged: the shape says so.
  if (route.empty() || !node.is_map()) return visit(node, parent, path);
  size_t dot = route.find('.');
  std::string_view key = route.substr(0, dot);
  std::string_view rest = dot == std::string_view::npos ? std::string_view() : route.substr(dot + 1);
  if (key == "*") {
    for (const Entry& entry : node.map()) {
      PathStep step(path, entry.key());
      ForEachAt(entry.value, node, rest, path, visit);
    }
  } else if (const Node* value = node.Find(key)) {
    PathStep step(path, key);
    ForEachAt(*value, node, rest, path, visit);
  }
}

class DocumentProjection {
 public:
  DocumentProjection(Documents& documents, const Document& document, const ProjectOptions& options,
                     std::vector<Subject>* subjects)
      : document_(document),
        source_(documents.source),
        options_(options),
        projector_(documents.arena),
        subjects_(subjects) {}

  // `api_version` and `kind` are what a list says about its items that do not say it themselves.
  void Object(const Node& node, std::string& path, std::string_view api_version = {},
              std::string_view kind = {}) {
    if (std::string_view own = node.FindString("apiVersion"); !own.empty()) api_version = own;
    if (std::string_view own = node.FindString("kind"); !own.empty()) kind = own;
    if (!node.is_map() || api_version.empty() || kind.empty()) return;
    if (kind.ends_with("List"))
      if (const Node* items = node.Find("items"); items && items->is_list())
        return List(*items, path, api_version, kind.substr(0, kind.size() - 4));

    Subject about = About(node, path, api_version, kind);
    subjects_->push_back(about);
    Subject& resource = subjects_->back();
    resource.value = about.object;
    resource.path = path;
    resource.real_value = &node;
    std::string_view group = GroupOf(api_version);
    Pods(about, group, kind);
    for (const HolderKind& holder : HolderKinds())
      if (holder.kind == kind && holder.group == group)
        ForEachAt(node, node, holder.path, path,
                  [&](const Node& held, const Node&, std::string& at) { Object(held, at); });
  }

 private:
  void List(const Node& items, std::string& path, std::string_view api_version, std::string_view kind) {
    PathStep step(path, "items");
    for (uint32_t i = 0; i < items.size; ++i) {
      PathStep item(path, i);
      Object(items.items[i], path, kind.empty() ? std::string_view() : api_version, kind);
    }
  }

  Subject About(const Node& node, const std::string& path, std::string_view api_version,
                std::string_view kind) {
    Subject about;
    about.object = *projector_.WithoutNulls(&node);
    about.object_origins = projector_.TakeOrigins();
    about.real_object = &node;
    about.document = &document_;
    about.source = source_;
    about.api_version = api_version;
    about.object_kind = kind;
    about.object_path = path;
    const Node* metadata = about.object.Find("metadata");
    const Node* name = metadata ? metadata->Find("name") : nullptr;
    if (metadata && (name == nullptr || name->string().empty())) name = metadata->Find("generateName");
    if (name == nullptr) name = node.Find("kind");
    about.span = name ? name->span : node.span;
    if (metadata) {
      about.name = metadata->FindString("name");
      if (about.name.empty()) about.name = metadata->FindString("generateName");
      about.namespace_name = metadata->FindString("namespace");
    }
    return about;
  }

  void Pods(const Subject& about, std::string_view group, std::string_view kind) {
    ObjectProjection object(projector_, about, subjects_);
    std::string path;
    auto project = [&](std::string_view route, PodShape shape) {
      ForEachAt(
          about.object, about.object, route, path,
          [&](const Node& at, const Node& parent, std::string& found) { shape(object, at, parent, found); });
    };
    for (const PodKind& row : PodKinds())
      if (row.kind == kind && row.group == group) project(row.path, row.shape);
    for (const CustomPodKind& row : options_.custom)
      if (row.kind == kind && row.group == group && !row.pod_spec_path.empty())
        project(row.pod_spec_path, PlainPod);
  }

  const Document& document_;
  const Source* source_;
  const ProjectOptions& options_;
  Projector projector_;
  std::vector<Subject>* subjects_;
};

}  // namespace

void ObjectProjection::Add(PodBuilder& pod, const Node& spec, std::string_view path, const Node* named) {
  Subject& subject = subjects_->emplace_back(about_);
  subject.kind = SubjectKind::kPod;
  subject.value = pod.Build(spec.span);
  subject.path = about_.object_path;
  if (!subject.path.empty() && !path.starts_with('[')) subject.path += '.';
  subject.path += path;
  subject.origins = projector_.TakeOrigins();
  subject.real_value = subject.Real(&spec);
  if (named && named->is_string()) subject.span = named->span;
}

void ObjectProjection::KeepOrigins() {
  for (const Origin& origin : about_.object_origins) projector_.Remember(origin);
  about_.object_origins = projector_.TakeOrigins();
}

void ObjectProjection::AddPodSpec(const Node& spec, const Node* metadata, std::string_view path) {
  PodBuilder pod(projector_);
  pod.Fields(&spec);
  pod.Containers(spec.Find("initContainers"), "initContainers");
  pod.Containers(spec.Find("containers"), "containers");
  pod.Containers(spec.Find("ephemeralContainers"), "ephemeralContainers");
  pod.Metadata(metadata);
  Add(pod, spec, path);
  subjects_->back().holds_pod_spec = spec.is_map();
}

void PlainPod(ObjectProjection& object, const Node& at, const Node& parent, std::string_view path) {
  object.AddPodSpec(at, parent.Find("metadata"), path);
}

void ProjectKubernetes(Documents& documents, const Document& document, const ProjectOptions& options,
                       std::vector<Subject>* subjects) {
  std::string path;
  DocumentProjection(documents, document, options, subjects).Object(document.root, path);
}

void ProjectExample(Documents& documents, const Document& document, const Node& example, SubjectKind kind,
                    std::vector<Subject>* subjects) {
  std::string path;
  if (kind == SubjectKind::kStage) return ProjectDockerfileExample(documents, document, example, subjects);
  if (kind == SubjectKind::kService) return ProjectComposeExample(documents, document, example, subjects);
  if (kind == SubjectKind::kJob) return ProjectGitlabCiExample(documents, document, example, subjects);
  if (kind == SubjectKind::kRequest) return ProjectRequest(documents, document, example, subjects);
  if (kind != SubjectKind::kPod || example.Find("apiVersion") || example.Find("kind"))
    return DocumentProjection(documents, document, {}, subjects).Object(example, path);
  Projector projector(documents.arena);
  Subject about;
  const Node* pod = projector.WithoutNulls(&example);
  about.object = *pod;
  about.object_origins = projector.TakeOrigins();
  about.real_object = &example;
  about.document = &document;
  about.source = documents.source;
  about.object_kind = "PodSpec";
  about.span = example.span;
  ObjectProjection(projector, about, subjects).AddPodSpec(*pod, pod->Find("metadata"), "");
}

}  // namespace guard

// The way back from a projection's nodes to the document, and projections that somebody made large on
// purpose.
#include "policies/subjects/kubernetes.h"

#include <gtest/gtest.h>

#include "policies/engine/locate.h"
#include "policies/subjects/recognise.h"

namespace guard {
namespace {

struct Projected {
  explicit Projected(std::string text, const ProjectOptions& options = {})
      : source("x.yaml", std::move(text)), documents(ReadManifest(source)) {
    if (documents.error) ADD_FAILURE() << Render(*documents.error);
    for (const Document& document : documents.all) ProjectKubernetes(documents, document, options, &subjects);
  }
  const Subject& pod(size_t index = 0) const {
    for (const Subject& subject : subjects)
      if (subject.kind == SubjectKind::kPod && index-- == 0) return subject;
    ADD_FAILURE() << "no such pod";
    return subjects.front();
  }
  const Node* Walk(const Subject& subject, std::string_view path) const {
    bool found = false;
    const Node* node = guard::Walk(subject.value, path, &found);
    EXPECT_TRUE(found) << path;
    return node;
  }

  Source source;
  Documents documents;
  std::vector<Subject> subjects;
};

TEST(Kubernetes, NamesSubjects) {
  Projected p(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\nspec: {containers: []}\n---\n"
      "apiVersion: v1\nkind: Pod\nmetadata: {generateName: g-}\nspec: {}\n---\napiVersion: v1\nkind: Pod\n");
  ASSERT_EQ(p.subjects.size(), 5u);
  EXPECT_EQ(p.subjects[0].Id(), "Pod/ns/a");
  EXPECT_EQ(p.subjects[2].Id(), "Pod/g-");
  EXPECT_EQ(p.subjects[4].Id(), "Pod");
  EXPECT_EQ(p.subjects[1].api_version, "v1");
  EXPECT_EQ(p.subjects[3].document->index, 1u);
}

TEST(Kubernetes, IgnoresWhatIsNoObject) {
  for (const char* text :
       {"a: b\n", "apiVersion: v1\n", "kind: Pod\n", "apiVersion: 1\nkind: Pod\n",
        "apiVersion: v1\nkind: [Pod]\n", "- apiVersion: v1\n  kind: Pod\n", "text\n", "~\n"})
    EXPECT_TRUE(Projected(text).subjects.empty()) << text;
}

// Every node of the pod is, or stands for, a node of the document.
void ExpectRealNodes(const Subject& subject, const Node& node, const Node& root) {
  const Node* real = subject.Real(&node);
  if (node.style != NodeStyle::kSynthetic) {
    EXPECT_EQ(real->span, node.span);
    EXPECT_EQ(real->kind, node.kind);
  }
  EXPECT_TRUE(root.span.contains(real->span));
  for (const Entry& entry : node.map()) ExpectRealNodes(subject, entry.value, root);
  for (const Node& item : node.list()) ExpectRealNodes(subject, item, root);
}

TEST(Kubernetes, LeadsBackToTheDocument) {
  std::string text =
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostNetwork: null\n  containers:\n";
  for (int i = 0; i < 200; ++i)
    text += "  - {name: c" + std::to_string(i) +
            ", securityContext: {privileged: null, runAsUser: " + std::to_string(i) + "}}\n";
  Projected p(text);
  const Subject& pod = p.pod();
  EXPECT_GT(pod.origins.size(), kSortedOrigins);
  ExpectRealNodes(pod, pod.value, p.documents.all[0].root);
  Locator locator(pod);
  for (int i = 0; i < 200; i += 7) {
    std::string at = "containers[" + std::to_string(i) + "]";
    const Node* user = p.Walk(pod, at + ".securityContext.runAsUser");
    EXPECT_EQ(locator.PathTo(user), "spec." + at + ".securityContext.runAsUser");
    EXPECT_EQ(p.source.text(pod.Real(user)->span), std::to_string(i));
  }
}

// A server's documents have no places; paths do not need them.
TEST(Kubernetes, FindsPathsWithoutSpans) {
  Source source("none", "");
  Documents documents(source);
  auto root = ReadJsonValues(
      R"({"apiVersion":"v1","kind":"Pod","spec":{"initContainers":[{"name":"a"}],"containers":[{"name":"b"},)"
      R"({"name":"c","securityContext":{"privileged":true}}],"volumes":[]}})",
      documents.arena);
  ASSERT_TRUE(root);
  documents.all.push_back({*root, 0});
  std::vector<Subject> subjects;
  ProjectKubernetes(documents, documents.all[0], {}, &subjects);
  ASSERT_EQ(subjects.size(), 2u);
  Locator locator(subjects[1]);
  bool found = false;
  EXPECT_EQ(locator.PathTo(Walk(subjects[1].value, "containers[2].securityContext.privileged", &found)),
            "spec.containers[1].securityContext.privileged");
  EXPECT_EQ(locator.PathTo(Walk(subjects[1].value, "containers[0].name", &found)),
            "spec.initContainers[0].name");
  EXPECT_EQ(locator.PathTo(Walk(subjects[1].value, "volumes", &found)), "spec.volumes");
}

// What a template and the defaults of its workflow are put together from may be asked for many times over.
TEST(Kubernetes, BoundsWhatIsPutTogether) {
  std::string text =
      "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templateDefaults:\n    container:\n"
      "      env:\n";
  for (int i = 0; i < 2000; ++i) text += "      - {name: A" + std::to_string(i) + "}\n";
  text += "  templates:\n";
  for (int i = 0; i < 2000; ++i) text += "  - container: {env: [{name: B}]}\n";
  Projected p(text);
  EXPECT_LT(p.documents.arena.footprint(), size_t{256} << 20);
  ASSERT_EQ(p.subjects.size(), 2001u);
  // The last ones cannot be judged, and say so.
  const Node* last = p.Walk(p.subjects.back(), "containers[0]");
  EXPECT_TRUE(last->is_string() || last->Find("env")->is_string());
}

TEST(Kubernetes, TakesConfiguredKinds) {
  ProjectOptions options;
  options.custom = {{"example.com", "Box", "spec.pods"}, {"", "Bare", "pod"}, {"example.com", "Box", ""}};
  Projected p(
      "apiVersion: example.com/v2\nkind: Box\nspec: {pods: [{containers: [{name: a}]}, {containers: "
      "[]}]}\n---\n"
      "apiVersion: v1\nkind: Bare\npod: {containers: []}\n---\napiVersion: other.com/v1\nkind: Box\n"
      "spec: {pods: [{}]}\n",
      options);
  EXPECT_EQ(p.subjects.size(), 3u + 3u);
  EXPECT_EQ(p.pod(1).path, "spec.pods[1]");
  EXPECT_EQ(p.pod(2).path, "pod");
}

}  // namespace
}  // namespace guard

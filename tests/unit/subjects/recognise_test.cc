#include "policies/subjects/recognise.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

using namespace std::string_literals;

struct Case {
  const char* path;
  std::string text;
  const char* kind;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases)
    EXPECT_EQ(ToString(Recognise(c.path, c.text)), c.kind) << c.path << ":\n" << c.text;
}

const std::string kPod = "apiVersion: v1\nkind: Pod\n";

TEST(Recognise, KnowsDockerfilesByTheirNames) {
  Expect({
      {"Dockerfile", "FROM a\n", "dockerfile"},
      {"x/Containerfile", "FROM a\n", "dockerfile"},
      {"Dockerfile.dev", "FROM a\n", "dockerfile"},
      {"app.Dockerfile", "FROM a\n", "dockerfile"},
      {"app.dockerfile", "FROM a\n", "dockerfile"},
      {"Dockerfile", "FORM a\n", "dockerfile"},
      {"Dockerfile", "# nothing\n", "empty"},
      {"Dockerfile", "FROM a\0"s, "binary"},
      {"Dockerfile.dockerignore", "*.md\n", "other"},
      {"Dockerfile.j2", "FROM {{ base }}\n", "other"},
      {"Dockerfiles", "FROM a\n", "other"},
      {"dockerfile.go", "package dockerfile\n", "other"},
      {"Dockerfile/pod.yaml", kPod, "kubernetes"},
      {"compose.yaml", "services: {}\n", "compose"},
      {"x/docker-compose.override.yml", "services:\n  a: {image: b}\n", "compose"},
      {"app.compose.yml", "include: [a.yml]\n", "compose"},
      {"compose.yaml", kPod, "kubernetes"},
      {"compose.yaml", "jobs: {}\n", "unknown-yaml"},
      {".gitlab-ci.yml", "build:\n  script: [make]\n", "gitlab-ci"},
      {"ci/build.gitlab-ci.yml", "build:\n  script: [make]\n", "gitlab-ci"},
      {".gitlab/ci/build.yml", "build:\n  script: [make]\n", "gitlab-ci"},
      {"composer.yaml", "services: {}\n", "unknown-yaml"},
  });
}

TEST(Recognise, KnowsManifestsByWhatIsInThem) {
  Expect({
      {"pod.yaml", kPod, "kubernetes"},
      {"foo.txt", kPod, "kubernetes"},
      {"no-suffix", kPod, "kubernetes"},
      {"<stdin>", kPod, "kubernetes"},
      {"pod.yaml", "\xEF\xBB\xBF"s + kPod, "kubernetes"},
      {"pod.yaml", "# a comment\n\n---\nkind: Pod\r\nmetadata: {}\r\napiVersion: v1\r\n", "kubernetes"},
      {"pod.yaml", "  apiVersion: v1\n  kind: Pod\n", "kubernetes"},
      {"pod.yaml", "\"apiVersion\": v1\n'kind' : Pod\n", "kubernetes"},
      {"pod.yaml", "a: b\n---\n"s + kPod, "kubernetes"},
      {"pod.yaml", "--- {apiVersion: v1, kind: Pod}\n", "kubernetes"},
      {"pod.json", "{\"kind\": \"Pod\", \"apiVersion\":\"v1\"}", "kubernetes"},
      {"pod.json", "\n[{\"kind\" : \"Pod\", \"apiVersion\":\"v1\"}]", "kubernetes"},
      {"x", "{apiVersion: v1, kind: Pod}", "kubernetes"},
      {"values.yaml", "extra:\n  apiVersion: v1\n  kind: Pod\n", "unknown-yaml"},
      {"a.yaml", "apiVersions: v1\nkinds: Pod\n", "unknown-yaml"},
      {"a.yaml", "apiVersion: v1\n", "unknown-yaml"},
      {"a.json", "{\"kind\": \"x\"}", "unknown-yaml"},
      {".gitlab-ci.yml", "build:\n  script: [make]\n", "gitlab-ci"},
      {"a.yaml", "just words\n", "unknown-yaml"},
  });
}

TEST(Recognise, LeavesTextsAloneThatOnlyQuoteManifests) {
  Expect({
      {"README.md", "# Title\n```yaml\n"s + kPod + "```\n", "other"},
      {"apply.sh", "#!/bin/sh\nkubectl apply -f - <<EOF\n"s + kPod + "EOF\n", "other"},
      {"apply", "#!/bin/sh\n"s + kPod, "other"},
      {"notes", "# Title\n\nSome words.\n"s + kPod, "other"},
      {"main.go", "package main\n"s + kPod, "other"},
      {"a.txt", "hello\n", "other"},
  });
}

TEST(Recognise, KnowsWhatToolsMakeManifestsOf) {
  const std::string templated = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n";
  Expect({
      {"Chart.yaml", "apiVersion: v2\nname: x\n", "helm-chart"},
      {"chart/templates/pod.yaml", templated, "helm-template"},
      {"chart/templates/_helpers.tpl", "{{- define \"x\" -}}\n{{- end }}\n", "helm-template"},
      {"chart/templates/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: \"{{ .Values.n }}\"}\n",
       "helm-template"},
      {"pod.yaml", templated, "helm-template"},
      {"pod.yaml", "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n", "helm-template"},
      {"templates/pod.yaml", kPod, "kubernetes"},
      // The placeholders of Argo Workflows and others are values like any other.
      {"templates/wf.yaml", "apiVersion: v1\nkind: Pod\nx: \"{{inputs.parameters.a}}\"\n", "kubernetes"},
      {"wf.yaml", "apiVersion: v1\nkind: Pod\nx: a-{{workflow.name}}\n", "kubernetes"},
      // Templates inside strings are readable.
      {"pod.yaml", "apiVersion: v1\nkind: Pod\nx: \"{{ .Values.n }}\"\n", "kubernetes"},
      {"alerts.yaml",
       "apiVersion: v1\nkind: ConfigMap\ndata:\n  t: |\n    {{ define \"x\" }}\n    {{ end }}\n  u: v\n",
       "kubernetes"},
      {"kustomization.yaml", "resources: [a.yaml]\n", "kustomization"},
      {"Kustomization", "resources: [a.yaml]\n", "kustomization"},
      {"k.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kustomization"},
      {"flux.yaml", "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n", "kubernetes"},
  });
}

TEST(Recognise, KnowsWhatHoldsNothingToRead) {
  std::string cut(8191, 'x');  // the head ends inside a letter
  cut.append("\xc3\xa9");
  Expect({
      {"a.yaml", "", "empty"},
      {"a.yaml", " \n\t\n", "empty"},
      {"a.yaml", "---\n# words\n---\n", "empty"},
      {"a.bin",
       "\x7f"
       "ELF\x01\x00\x00"s,
       "binary"},
      {"a.txt", "caf\xe9\n", "binary"},
      {"a.txt", "caf\xc3\xa9\n", "other"},
      {"big.txt", cut, "other"},
  });
}

// A damaged manifest is one that cannot be read, which is an error; not a file to pass over.
TEST(Recognise, KnowsDamagedManifests) {
  Expect({
      {"pod.yaml", "apiVersion: v1\nkind: Pod\nname: caf\xe9\n", "kubernetes"},
      {"pod.yaml", "\xff\xfe"s + "k\0i\0n\0d\0:\0"s, "kubernetes"},
      {"pod.yaml", "apiVersion: v1\nkind: Pod\n  bad: [\n", "kubernetes"},
  });
}

TEST(Recognise, SaysWhyAFileIsNotJudged) {
  for (int i = 0; i <= static_cast<int>(FileKind::kOther); ++i) {
    FileKind kind = static_cast<FileKind>(i);
    EXPECT_FALSE(ToString(kind).empty());
    EXPECT_EQ(WhySkipped(kind).empty(), kind == FileKind::kKubernetes || kind == FileKind::kDockerfile ||
                                            kind == FileKind::kCompose || kind == FileKind::kGitlabCi);
  }
}

TEST(ReadManifest, ReadsJsonAndYaml) {
  struct Read {
    const char* text;
    size_t documents;
    bool error;
  };
  const Read cases[] = {{"{\"a\": 1}", 1, false},
                        {" \n{\"a\": 1}\n{\"a\": 2}", 2, false},
                        {"{a: 1, b: [c]}", 1, false},
                        {"{\"a\": 1}\n---\n{\"a\": 2}\n", 2, false},
                        {"a: 1\n---\nb: 2\n", 2, false},
                        {"{\"a\": 1, \"a\": 2}", 0, true},
                        {"{", 0, true},
                        {"", 0, false}};
  for (const Read& c : cases) {
    Source source("x", c.text);
    Documents documents = ReadManifest(source);
    EXPECT_EQ(documents.all.size(), c.documents) << c.text;
    EXPECT_EQ(documents.error.has_value(), c.error) << c.text;
  }
}

}  // namespace
}  // namespace guard

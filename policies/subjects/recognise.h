// What is this file? By content first, by name second: a Deployment named foo.txt on the command line is one.
#pragma once

#include <string>
#include <string_view>

#include "policies/document/document.h"

namespace guard {

enum class FileKind : uint8_t {
  kKubernetes,     // at least one document has apiVersion and kind
  kHelmTemplate,   // Go template text: not auditable as it stands; `helm template` makes it so
  kHelmChart,      // Chart.yaml: the root of a chart (values.yaml beside it)
  kKustomization,  // kustomization.yaml: `kubectl kustomize` makes manifests of it
  kDockerfile,     // by its name: Dockerfile, Containerfile, app.Dockerfile, Dockerfile.dev
  kCompose,        // by its name, and services: in it: compose.yaml, docker-compose.override.yml
  kGitlabCi,       // by its name: .gitlab-ci.yml, build.gitlab-ci.yml, .gitlab/ci/build.yml
  kUnknownYaml,    // YAML or JSON, but nothing we judge
  kEmpty,
  kBinary,
  kOther,  // some other text
};

// "kubernetes", "helm-template", ...: the `kind` of the report's inputs.
std::string_view ToString(FileKind kind);
// One clause for people, why a file of this kind is not judged; empty for kinds that are.
std::string_view WhySkipped(FileKind kind);

// The same for a file that is of a kind that is judged, and has nothing to judge in it.
std::string_view WhyNothing(FileKind kind);

// From the name and the text alone; cheap (no parsing beyond a scan), so that it may be asked of every file
// of a tree. kKubernetes here means "looks like it: has to be parsed".
FileKind Recognise(std::string_view path, std::string_view text);

// JSON by its first character, YAML otherwise.
Documents ReadManifest(const Source& source, const ReadLimits& limits = {});

}  // namespace guard

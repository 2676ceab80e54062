#include "policies/base/build_tools.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace guard {
namespace {

TEST(BuildTools, KnowsTheirImagesInAnyRegistry) {
  for (const char* image : {"gcr.io/kaniko-project/executor:v1.23.2-debug",
                            "cgr.dev/chainguard/kaniko",
                            "bitnami/kaniko:1",
                            "ghcr.io/kaniko-build/dist/chainguard-dev-kaniko/executor:v1",
                            "plugins/kaniko-ecr",
                            "quay.io/buildah/stable",
                            "registry.redhat.io/rhel9/buildah:9.5",
                            "buildah",
                            "quay.io/podman/stable",
                            "moby/buildkit:rootless",
                            "docker.io/moby/buildkit:v0.19.0@sha256:aaaa",
                            "earthly/earthly",
                            "mirror.example.com:5000/tools/makisu",
                            "r.j3ss.co/img:v0.5.11",
                            "genuinetools/img",
                            "registry.dagger.io/engine:v0.15",
                            "docker",
                            "docker:27-cli",
                            "localhost:5000/library/docker@sha256:aa",
                            "plugins/docker:20",
                            "woodpeckerci/plugin-docker-buildx",
                            "registry.example.com/rootless-builder:1"})
    EXPECT_TRUE(IsBuildToolImage(image)) << image;
}

TEST(BuildTools, LeavesOtherImagesAlone) {
  for (const char* image :
       {"", "nginx", "buildkite/agent", "docker/scout-cli", "docker.io/library/golang:1.24", "team/img",
        "prometheus/podman-exporter", "example.com/search/engine", "golang:docker", "example.com/a:buildah",
        "nginx@sha256:kaniko", "buildah-tests/app", "/", ":", "@", "//::@@"})
    EXPECT_FALSE(IsBuildToolImage(image)) << image;
}

bool Builds(const std::vector<std::string>& words) {
  BuildCommandScanner scanner;
  for (const std::string& word : words)
    if (scanner.Feed(word)) return true;
  return false;
}

TEST(BuildTools, FindsBuildsInCommandLines) {
  const std::vector<std::string> builds[] = {
      {"buildah", "bud", "-t", "app", "."},
      {"/usr/bin/buildah"},
      {"podman", "build", "."},
      {"podman", "--root", "/tmp/r", "build", "."},
      {"docker", "--debug", "build", "."},
      {"docker", "-H", "tcp://docker:2375", "build", "."},
      {"docker", "buildx", "bake"},
      {"docker", "image", "build", "."},
      {"docker", "compose", "up"},
      {"nerdctl", "--namespace=k8s.io", "build", "."},
      {"img", "build", "."},
      {"/kaniko/executor", "--destination=reg/app"},
      {"--context=/workspace", "--dockerfile=Dockerfile", "--destination=reg/app"},
      {"--destination", "reg/app", "--context", "/workspace"},
      {"buildctl-daemonless.sh", "build"},
      {"rootless-builder", "build", "."},
      {"sh", "-c", "git pull && docker build -t app ."},
      {"sh", "-ec", "cd /src\nif true; then\n  (podman build .)\nfi"},
      {"bash", "-c", "eval \"buildah from alpine\""},
  };
  for (const auto& words : builds) EXPECT_TRUE(Builds(words)) << testing::PrintToString(words);
}

TEST(BuildTools, LeavesOtherCommandsAlone) {
  const std::vector<std::string> others[] = {
      {},
      {""},
      {"go", "build", "./..."},
      {"sh", "-c", "echo docker; build"},
      {"docker", "run", "golang", "go", "build"},
      {"podman", "run", "alpine"},
      {"--tool=buildah"},
      {"--destination=s3://bucket"},
      {"backup", "--destination", "a", ";", "tar", "--context"},
      {"echo", "docker-build"},
      {"npm", "run", "build"},
      {"/opt/executor", "--port", "80"},
  };
  for (const auto& words : others) EXPECT_FALSE(Builds(words)) << testing::PrintToString(words);
}

}  // namespace
}  // namespace guard

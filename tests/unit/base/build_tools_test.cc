#include "policies/base/build_tools.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace guard {
namespace {

TEST(BuildTools, KnowsTheirImagesInAnyRegistry) {
  const std::pair<const char*, const char*> images[] = {
      {"gcr.io/kaniko-project/executor:v1.23.2-debug", "kaniko"},
      {"cgr.dev/chainguard/kaniko", "kaniko"},
      {"bitnami/kaniko:1", "kaniko"},
      {"ghcr.io/kaniko-build/dist/chainguard-dev-kaniko/executor:v1", "kaniko"},
      {"plugins/kaniko-ecr", "kaniko"},
      {"quay.io/buildah/stable", "buildah"},
      {"registry.redhat.io/rhel9/buildah:9.5", "buildah"},
      {"buildah", "buildah"},
      {"quay.io/podman/stable", "podman"},
      {"moby/buildkit:rootless", "buildkit"},
      {"docker.io/moby/buildkit:v0.19.0@sha256:aaaa", "buildkit"},
      {"earthly/buildkitd", "earthly"},
      {"mirror.example.com:5000/tools/makisu", "makisu"},
      {"r.j3ss.co/img:v0.5.11", "img"},
      {"genuinetools/img", "img"},
      {"registry.dagger.io/engine:v0.15", "dagger"},
      {"docker", "docker"},
      {"docker:27-cli", "docker"},
      {"localhost:5000/library/docker@sha256:aa", "docker"},
      {"plugins/docker:20", "docker"},
      {"woodpeckerci/plugin-docker-buildx", "docker"},
      {"mirror/docker-dind:27", "docker"},
      {"registry.example.com/rootless-builder:1", "rootless-builder"},
  };
  for (auto [image, tool] : images) EXPECT_EQ(BuildToolOf(image), tool) << image;
}

TEST(BuildTools, LeavesOtherImagesAlone) {
  for (const char* image :
       {"", "nginx", "buildkite/agent", "docker/scout-cli", "docker.io/library/golang:1.24", "team/img",
        "prometheus/podman-exporter", "example.com/search/engine", "golang:docker", "example.com/a:buildah",
        "nginx@sha256:kaniko", "buildah-tests/app", "/", ":", "@", "//::@@"})
    EXPECT_EQ(BuildToolOf(image), "") << image;
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

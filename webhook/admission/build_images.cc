// Tested by tests/unit/admission/steer_test.cc.
#include "webhook/admission/build_images.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "policies/base/build_tools.h"
#include "policies/base/image_reference.h"

namespace guard::steering {

namespace {

template <size_t n>
bool IsOneOf(std::string_view word, const std::string_view (&words)[n]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// Drone's and Woodpecker's plugins have a command line of their own, in environment variables.
bool IsPlugin(const ImageReference& image) {
  return image.repository.starts_with("plugins/") ||
         image.repository.find("/plugins/") != std::string::npos || image.name().starts_with("plugin-") ||
         image.name().starts_with("drone-") || image.name().find("-plugin") != std::string_view::npos;
}

bool IsExecutor(const ImageReference& image) {
  constexpr std::string_view kExecutors[] = {
      "kaniko",       "kaniko-executor", "kaniko-debug", "kaniko-project-executor", "kaniko-executor-debug",
      "kaniko-build", "kaniko-slim",     "kaniko-fips",  "chainguard-dev-kaniko"};
  constexpr std::string_view kVariants[] = {"executor", "debug", "slim"};
  std::string_view name = image.name();
  if (IsOneOf(name, kExecutors)) return true;
  // gcr.io/kaniko-project/executor and its mirrors; ghcr.io/kaniko-build/dist/chainguard-dev-kaniko/executor.
  return IsOneOf(name, kVariants) && image.repository.find("kaniko") != std::string::npos;
}

bool HasWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    auto letter = [&](size_t i) {
      return i < text.size() && ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9'));
    };
    if ((at == 0 || !letter(at - 1)) && !letter(at + word.size())) return true;
  }
  return false;
}

}  // namespace

ImageKind KindOfImage(std::string_view text) {
  // The digest says nothing about what it is, whatever it looks like.
  text = text.substr(0, text.find('@'));
  Result<ImageReference> image = ParseImageReference(text, ImageVariables::kAllow);
  if (!image) return ImageKind::kOther;
  if (IsDindImage(*image)) {
    constexpr std::string_view kWorkers[] = {"runner", "agent", "jenkins", "inbound", "worker", "executor"};
    for (std::string_view worker : kWorkers)
      if (HasWord(image->repository, worker)) return ImageKind::kOwnDaemon;
    return IsPlugin(*image) ? ImageKind::kOwnDaemon : ImageKind::kDind;
  }
  std::string_view tool = BuildToolOf(text);
  if (tool == "docker") return IsPlugin(*image) ? ImageKind::kOwnDaemon : ImageKind::kDocker;
  if (tool == "kaniko")
    return IsExecutor(*image) && !IsPlugin(*image) ? ImageKind::kKaniko : ImageKind::kKanikoLike;
  if (tool == "rootless-builder") return ImageKind::kBuilder;
  if (tool == "buildah") return IsPlugin(*image) ? ImageKind::kUnsupported : ImageKind::kBuildah;
  if (tool == "podman") return ImageKind::kPodman;
  if (tool == "buildkit") return ImageKind::kBuildkit;
  if (tool == "img") return ImageKind::kImg;
  return tool.empty() ? ImageKind::kOther : ImageKind::kUnsupported;
}

std::string_view ToolName(ImageKind kind) {
  switch (kind) {
    case ImageKind::kOther: return "";
    case ImageKind::kBuilder: return "rootless-builder";
    case ImageKind::kKaniko:
    case ImageKind::kKanikoLike: return "kaniko";
    case ImageKind::kDocker:
    case ImageKind::kDind:
    case ImageKind::kOwnDaemon: return "docker";
    case ImageKind::kBuildah: return "buildah";
    case ImageKind::kPodman: return "podman";
    case ImageKind::kBuildkit: return "buildkit";
    case ImageKind::kImg: return "img";
    case ImageKind::kUnsupported: return "another build tool";
  }
  return "";
}

std::optional<int64_t> UserOfImage(std::string_view text) {
  Result<ImageReference> image = ParseImageReference(text, ImageVariables::kAllow);
  if (!image) return std::nullopt;
  std::string_view name = image->name();
  constexpr std::string_view kJenkins[] = {"inbound-agent", "jnlp-slave", "jnlp-agent"};
  // The `runner` of actions/runner and of actions-runner-controller; its images on Ubuntu 20.04 had 1000.
  if (name == "actions-runner") return image->tag.find("20.04") == std::string::npos ? 1001 : 1000;
  if (IsOneOf(name, kJenkins) || (name == "agent" && image->repository == "jenkins/agent")) return 1000;
  return std::nullopt;
}

}  // namespace guard::steering

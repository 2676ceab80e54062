// Which image is which, for steering: stricter than BuildToolOf, as an image is only replaced where it is
// sure what it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace guard::steering {

enum class ImageKind : uint8_t {
  kOther,
  kBuilder,     // rootless-builder, in any registry
  kKaniko,      // an executor, whoever built it
  kKanikoLike,  // has kaniko in its name and may be anything: a warmer, a plugin, a team's own image
  kDocker,      // the docker command
  kDind,        // a Docker daemon
  kOwnDaemon,   // starts a Docker daemon beside its own work: runners and plugins with one inside
  kBuildah,
  kPodman,
  kBuildkit,
  kImg,
  kUnsupported,  // another build tool, that nothing stands in for
};

ImageKind KindOfImage(std::string_view image);

// The name of the tool for people: "kaniko", "buildah"; empty for kOther.
std::string_view ToolName(ImageKind kind);

// The user that an image of a CI system is made for, where it is no root; nothing when it is not known.
std::optional<int64_t> UserOfImage(std::string_view image);

}  // namespace guard::steering

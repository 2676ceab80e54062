// Descriptors and media types: how one piece of an image points to another (image-spec, descriptor.md and
// media-types.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rootless-builder/image/digest.h"

namespace guard::builder {

// A platform as images name it. `os_version` and `os_features` are kept for what others made.
struct Platform {
  std::string os;            // "linux"
  std::string architecture;  // GOARCH: "amd64", "arm64", "arm"
  std::string variant;       // "v7", "v8"; empty where none
  std::string os_version;

  bool operator==(const Platform&) const = default;
  std::string ToString() const;  // "linux/arm/v7"
};

// "linux/amd64", "arm64", "linux/arm/v7", as docker's --platform takes it, normalised as containerd does
// (x86_64 -> amd64, aarch64 -> arm64, arm -> arm/v7, arm64/v8 -> arm64).
Result<Platform> ParsePlatform(std::string_view text);
// The machine this program runs on.
Platform HostPlatform();
// Whether an image for `have` runs where `want` is asked for (same os, architecture and variant after
// normalising).
bool Matches(const Platform& have, const Platform& want);

enum class MediaFamily : uint8_t { kOci, kDocker };

namespace media {
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kOciLayer = "application/vnd.oci.image.layer.v1.tar";  // +gzip, +zstd
inline constexpr std::string_view kOciEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerConfig = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view kDockerLayer =
    "application/vnd.docker.image.rootfs.diff.tar";  // .gzip, .zstd
}  // namespace media

enum class Compression : uint8_t { kNone, kGzip, kZstd };
std::string_view LayerMediaType(MediaFamily family, Compression compression);
// How a layer with this media type is packed; an error for one that is no layer (or is encrypted, foreign).
Result<Compression> LayerCompression(std::string_view media_type);
bool IsIndex(std::string_view media_type);     // OCI index or Docker list
bool IsManifest(std::string_view media_type);  // OCI or Docker image manifest

struct Descriptor {
  std::string media_type;
  Digest digest;
  uint64_t size = 0;
  std::map<std::string, std::string> annotations;
  std::optional<Platform> platform;
  std::string artifact_type;

  bool operator==(const Descriptor&) const = default;
};

}  // namespace guard::builder

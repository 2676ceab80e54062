// Media types: what a layer's says of its packing, and which are manifests and indexes.
//
// Tested by descriptor_test.cc.
#include "rootless-builder/image/descriptor.h"

namespace guard::builder {

std::string_view LayerMediaType(MediaFamily family, Compression compression) {
  const bool oci = family == MediaFamily::kOci;
  switch (compression) {
    case Compression::kNone: return oci ? media::kOciLayer : media::kDockerLayer;
    case Compression::kGzip:
      return oci ? "application/vnd.oci.image.layer.v1.tar+gzip"
                 : "application/vnd.docker.image.rootfs.diff.tar.gzip";
    case Compression::kZstd:
      return oci ? "application/vnd.oci.image.layer.v1.tar+zstd"
                 : "application/vnd.docker.image.rootfs.diff.tar.zstd";
  }
  return {};
}

Result<Compression> LayerCompression(std::string_view media_type) {
  for (const MediaFamily family : {MediaFamily::kOci, MediaFamily::kDocker}) {
    for (const Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
      if (media_type == LayerMediaType(family, compression)) return compression;
    }
  }
  const std::string shown(media_type.substr(0, 200));
  if (media_type.ends_with("+encrypted")) {
    return Fail("the layer is encrypted ('" + shown + "')",
                "decrypt the image first, with skopeo for instance");
  }
  if (media_type.starts_with("application/vnd.docker.image.rootfs.foreign.diff.tar") ||
      media_type.starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar")) {
    return Fail("the layer may not be distributed and is not in the registry ('" + shown + "')",
                "images that are based on Windows have such layers; they cannot be built here");
  }
  return Fail("'" + shown + "' is the media type of no layer",
              "what is pulled has to be a container image; an artifact is none");
}

bool IsIndex(std::string_view media_type) {
  return media_type == media::kOciIndex || media_type == media::kDockerList;
}

bool IsManifest(std::string_view media_type) {
  return media_type == media::kOciManifest || media_type == media::kDockerManifest;
}

}  // namespace guard::builder

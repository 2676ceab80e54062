// Image references: registry/repository:tag@digest, read as Docker and the OCI tools read them.
#pragma once

#include <string>
#include <string_view>

#include "policies/base/error.h"

namespace guard {

struct ImageReference {
  std::string registry;    // "docker.io", "localhost:5000", "[::1]:5000"; never empty
  std::string repository;  // "library/nginx", "team/app"
  std::string tag;         // empty when none is written, which means "latest"
  std::string digest;      // "sha256:..." or empty
  bool has_variables = false;

  // registry/repository, the tag unless a digest is there and no tag was written, and the digest.
  std::string ToString() const;
  // The last part of the repository: "nginx".
  std::string_view name() const;
  // What is pulled when nothing pins it: the tag that is written, or "latest" where neither tag nor digest
  // is.
  std::string_view EffectiveTag() const {
    return tag.empty() && digest.empty() ? "latest" : std::string_view(tag);
  }

  bool operator==(const ImageReference&) const = default;
};

enum class ImageVariables : bool {
  kRefuse,
  kAllow,  // $NAME and ${NAME} stand for any valid text, as CI files and Dockerfiles write them
};

// The grammar of distribution/reference, with Docker's defaults: no registry means docker.io, and there a
// repository of one part lies below library/. The first part is a registry if it has a dot or colon, an
// upper-case letter, or is "localhost". With variables allowed, a first part that has one is a registry if a
// slash follows.
Result<ImageReference> ParseImageReference(std::string_view text,
                                           ImageVariables variables = ImageVariables::kRefuse);

// Whether an image is Docker in Docker: a repository whose last part has the word dind, or docker with a tag
// that has it ("docker:27-dind", "mirror/docker-dind:27", "docker:dind-rootless").
bool IsDindImage(const ImageReference& reference);

}  // namespace guard

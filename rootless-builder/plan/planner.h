// Dockerfile and wishes to a plan: arguments are scoped, words expanded, names resolved, unused stages left
// out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rootless-builder/dockerfile/instruction.h"
#include "rootless-builder/plan/plan.h"

namespace guard::builder {

struct PlanWishes {
  std::string target;                             // a stage's name or number; empty: the last
  Platform platform;                              // the image's
  Platform build_platform;                        // this machine's
  std::map<std::string, std::string> build_args;  // --build-arg
  std::map<std::string, std::string> labels;      // --label: after the Dockerfile's own
  // --build-context NAME=VALUE. A value "docker-image://REF" is an image; every other is a tree that build/
  // opens.
  std::map<std::string, std::string> contexts;
  bool no_cache = false;
  std::set<std::string> no_cache_stages;  // --no-cache-filter
  std::string from_override;              // buildah's --from: the first FROM's image
};

// Where base images' manifests and configurations come from. The reference is as written.
using ResolveImage = std::function<Result<BaseImage>(const std::string& reference, const Platform& platform)>;

Result<Plan> MakePlan(const Dockerfile& dockerfile, const PlanWishes& wishes, const ResolveImage& resolve);

// What PATH is where an image says nothing.
inline constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace guard::builder

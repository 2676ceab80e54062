// What steps made, kept in registries and directories: --cache-from and --cache-to.
//
// A cache is an image manifest of its own: its layers are the steps' layers, its configuration lists which
// key made which layer (media type kStepsMediaType). type=registry has one for a build, type=kaniko one for a
// step under the key's own tag, type=local has it in an OCI layout; type=inline is an annotation of the image
// itself.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rootless-builder/build/builder.h"

namespace guard::builder {

inline constexpr std::string_view kStepsMediaType = "application/vnd.guardctl.steps.v1+json";
inline constexpr std::string_view kStepsAnnotation = "dev.guardctl.steps";

struct CacheWish {
  enum class Kind : uint8_t { kRegistry, kLocal, kInline, kKaniko } kind = Kind::kRegistry;
  std::string where;          // a reference, a directory, a repository
  bool ignore_error = false;  // a cache that cannot be written fails nothing
  int64_t ttl_seconds = 0;    // kKaniko: older ones do not count; 0: all do
};

// "type=registry,ref=REF", "type=local,src=DIR" (import), "type=local,dest=DIR" (export), "type=inline",
// "type=kaniko,repo=REPO[,ttl=336h]", or REF alone. mode=min and mode=max are taken: everything that the
// image stands on is kept either way.
Result<CacheWish> ParseCacheWish(const std::string& text, bool import);

// Caches that cannot be read are reported to `warn` and count as empty: a build does not need them.
std::unique_ptr<StepCache> OpenCaches(const std::vector<CacheWish>& wishes, Store& store, Transfer& transfer,
                                      int64_t now, const std::function<void(const std::string&)>& warn);

Result<void> WriteCache(const CacheWish& wish, const BuiltImage& image, Store& store, Transfer& transfer);

// The annotation of an image that is its own cache: which of its layers which key made.
std::string InlineSteps(const BuiltImage& image);

}  // namespace guard::builder

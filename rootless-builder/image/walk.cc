// Following an image from its manifest or index to everything it is made of.
//
// Tested by store_test.cc.
#include <set>

#include "rootless-builder/image/store.h"

namespace guard::builder {
namespace {

constexpr int kDepth = 8;  // indexes of indexes
constexpr uint64_t kLargestManifest = uint64_t{4} << 20;

class Walker {
 public:
  Walker(const Store& store, const std::function<Result<void>(const Descriptor&, bool)>& visit)
      : store_(store), visit_(visit) {}

  Result<void> Follow(const Descriptor& target, int depth) {
    if (!seen_.insert(target.digest).second) return {};
    const bool present = store_.Has(target.digest);
    TRY_VOID(visit_(target, present));
    const bool index = IsIndex(target.media_type);
    if (!present || (!index && !IsManifest(target.media_type))) return {};
    if (depth == kDepth) return Fail("indexes lie in each other too deeply at " + target.digest.ToString());
    const std::string text = TRY(store_.Get(target.digest, kLargestManifest));
    if (index) {
      for (const Descriptor& child : TRY(ParseIndex(text, target.media_type)).manifests) {
        TRY_VOID(Follow(child, depth + 1));
      }
      return {};
    }
    const Manifest manifest = TRY(ParseManifest(text, target.media_type));
    TRY_VOID(Follow(manifest.config, depth + 1));
    for (const Descriptor& layer : manifest.layers) TRY_VOID(Follow(layer, depth + 1));
    return {};
  }

 private:
  const Store& store_;
  const std::function<Result<void>(const Descriptor&, bool)>& visit_;
  std::set<Digest> seen_;
};

}  // namespace

Result<void> Walk(const Store& store, const Descriptor& target,
                  const std::function<Result<void>(const Descriptor&, bool present)>& visit) {
  return Walker(store, visit).Follow(target, 0);
}

Result<void> CheckComplete(const Store& store, const Descriptor& target) {
  if (IsIndex(target.media_type)) {
    Result<void> answer = Fail("the image " + target.digest.ToString() + " has nothing in it");
    const std::string text = TRY(store.Get(target.digest, kLargestManifest));
    const Index index = TRY(ParseIndex(text, target.media_type));
    for (const Descriptor& child : index.manifests) {
      answer = CheckComplete(store, child);
      if (answer) return {};
    }
    return answer;
  }
  return Walk(store, target, [&](const Descriptor& part, bool present) -> Result<void> {
    constexpr const char* kHint = "pull or build the image again";
    if (!present) return Fail("the blob " + part.digest.ToString() + " is not in the store", kHint);
    if (const uint64_t size = TRY(store.SizeOf(part.digest)); size != part.size) {
      return Fail("the blob " + part.digest.ToString() + " has " + std::to_string(size) + " bytes, not " +
                      std::to_string(part.size),
                  kHint);
    }
    return {};
  });
}

}  // namespace guard::builder

// Tested by tests/unit/cli/stand_ins_test.cc.
#include "rootless-builder/cli/manifest_list.h"

#include <algorithm>

namespace guard::builder {

Result<Index> FindList(Store& store, const std::string& name, bool& existed) {
  std::string full = TRY(StoreName(name));
  auto found = TRY(store.Find(full));
  existed = found.has_value();
  if (!found) return Index{};
  if (!IsIndex(found->media_type))
    return Fail(full + " is an image, not an index", "give the index a name of its own");
  std::string text = TRY(store.Get(found->digest));
  return ParseIndex(text, found->media_type);
}

Result<Descriptor> KeepList(Store& store, const std::string& name, const Index& index) {
  std::string full = TRY(StoreName(name));
  Descriptor target = TRY(store.Put(Serialize(index), MediaType(index)));
  TRY_VOID(store.Tag(full, target));
  return target;
}

Result<std::vector<Descriptor>> ListEntries(Store& store, const Descriptor& image) {
  std::string text = TRY(store.Get(image.digest));
  if (IsIndex(image.media_type)) {
    Index index = TRY(ParseIndex(text, image.media_type));
    return index.manifests;
  }
  Manifest manifest = TRY(ParseManifest(text, image.media_type));
  std::string config_text = TRY(store.Get(manifest.config.digest));
  ImageConfig config = TRY(ParseImageConfig(config_text));
  Descriptor entry = image;
  entry.annotations.clear();
  entry.platform = config.platform;
  return std::vector{entry};
}

void PutEntry(Index& index, const Descriptor& entry) {
  auto same = [&](const Descriptor& other) {
    if (other.digest == entry.digest) return true;
    bool known = entry.platform && entry.platform->os != "unknown";
    return known && other.platform == entry.platform;
  };
  auto at = std::find_if(index.manifests.begin(), index.manifests.end(), same);
  if (at == index.manifests.end())
    index.manifests.push_back(entry);
  else
    *at = entry;
}

namespace {

constexpr int kDeepest = 3;

Result<Descriptor> FetchPart(Store& store, Transfer& transfer, const ImageReference& reference, int depth) {
  auto fetched = TRY(transfer.client().GetManifest(reference));
  if (!fetched)
    return Fail("there is no image " + reference.ToString() + " at its registry", "push it first");
  TRY(store.Put(fetched->bytes, fetched->descriptor.media_type));
  auto child = [&](const Digest& digest) {
    ImageReference part = reference;
    part.tag.clear();
    part.digest = digest.ToString();
    return part;
  };
  if (IsIndex(fetched->descriptor.media_type)) {
    if (depth == kDeepest)
      return Fail(reference.ToString() + " has indexes within indexes, too many of them");
    Index index = TRY(ParseIndex(fetched->bytes, fetched->descriptor.media_type));
    for (const Descriptor& entry : index.manifests)
      TRY(FetchPart(store, transfer, child(entry.digest), depth + 1));
  } else {
    Manifest manifest = TRY(ParseManifest(fetched->bytes, fetched->descriptor.media_type));
    TRY_VOID(transfer.FetchBlob(fetched->source, manifest.config, store, {}));
    for (const Descriptor& layer : manifest.layers) transfer.NoteSource(layer.digest, fetched->source);
  }
  return fetched->descriptor;
}

}  // namespace

Result<Descriptor> FetchImage(Store& store, Transfer& transfer, const std::string& reference) {
  ImageReference parsed = TRY(ParseImageReference(reference));
  if (parsed.tag.empty() && parsed.digest.empty()) parsed.tag = "latest";
  return FetchPart(store, transfer, parsed, 0);
}

Result<Descriptor> FindOrFetch(Store& store, Transfer& transfer, const std::string& reference) {
  auto found = TRY(FindImage(store, reference));
  if (found) return found->target;
  return FetchImage(store, transfer, reference);
}

Result<void> AddToList(const std::string& list, const std::string& name, const std::string& store_directory,
                       const std::string& temporary) {
  auto store = TRY(Store::Open(store_directory.empty() ? DefaultStore() : store_directory));
  auto image = TRY(FindImage(*store, name));
  if (!image) return Fail("the image " + name + " that was built is not in the store");
  bool existed = false;
  Index index = TRY(FindList(*store, list, existed));
  std::vector<Descriptor> entries = TRY(ListEntries(*store, image->target));
  for (const Descriptor& entry : entries) PutEntry(index, entry);
  TRY(KeepList(*store, list, index));
  if (!temporary.empty()) TRY(store->Untag(image->name));
  return {};
}

}  // namespace guard::builder

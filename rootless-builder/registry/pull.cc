// Tested by transfer_test.cc, tests/e2e/registry_transfer.sh and registry_lies.sh.
#include "rootless-builder/registry/pull.h"

#include <algorithm>
#include <set>

#include "rootless-builder/registry/download.h"
#include "rootless-builder/registry/parallel.h"
#include "rootless-builder/registry/registry_client.h"

namespace guard::builder {
namespace {

constexpr uint64_t kLargestManifest = 4u << 20;
constexpr uint64_t kLargestConfig = 8u << 20;
constexpr int kDeepestIndex = 3;  // an index may hold indexes; nobody nests deeper

}  // namespace

Result<void> Puller::Keep(const FetchedManifest& fetched) {
  Descriptor put = TRY(store_.Put(fetched.bytes, fetched.descriptor.media_type));
  if (put.digest != fetched.descriptor.digest) return Fail("the store took a manifest under another digest");
  return {};
}

Result<FetchedManifest> Puller::Top(const ImageReference& reference) {
  if (!reference.digest.empty()) {
    Digest digest = TRY(Digest::Parse(reference.digest));
    if (store_.Has(digest)) {  // content does not change
      FetchedManifest here{.bytes = TRY(store_.Get(digest, kLargestManifest)),
                           .source = RepositoryOf(reference)};
      Result<Descriptor> descriptor = DescribeManifest("", "", here.bytes, digest);
      if (descriptor) {  // what does not say its type is asked for: the registry says it
        here.descriptor = std::move(*descriptor);
        return here;
      }
    }
  }
  std::optional<FetchedManifest> fetched =
      TRY(GetManifestAnywhere(registries_, RepositoryOf(reference), TagOrDigest(reference), options_.stop));
  if (!fetched)
    return Fail("there is no image " + reference.ToString(),
                "is the name right? Registries also say so to who may not see it");
  TRY_VOID(Keep(*fetched));
  return std::move(*fetched);
}

Result<FetchedManifest> Puller::Named(const Repository& repository, const Descriptor& descriptor) {
  FetchedManifest named{.descriptor = descriptor, .source = repository};
  if (store_.Has(descriptor.digest)) {
    named.bytes = TRY(store_.Get(descriptor.digest, kLargestManifest));
  } else {
    std::optional<FetchedManifest> fetched =
        TRY(GetManifestAnywhere(registries_, repository, descriptor.digest.ToString(), options_.stop));
    if (!fetched)
      return Fail(repository.ToString() + "@" + descriptor.digest.ToString() +
                  " is named by its index, but the registry does not have it");
    named.bytes = std::move(fetched->bytes);
    named.source = fetched->source;
  }
  if (named.bytes.size() != descriptor.size)
    return Fail(repository.ToString() + "@" + descriptor.digest.ToString() +
                " has another size than its index says");
  TRY_VOID(Keep(named));
  return named;
}

Result<void> Puller::Blob(const Repository& from, const Descriptor& blob, const std::stop_token& stop) {
  Progress* progress = options_.progress;
  if (progress) progress->Begin(Progress::Direction::kPull, blob);
  auto end = [&](Progress::Outcome outcome) {
    if (progress) progress->End(blob.digest, outcome);
  };
  transfer_.NoteSource(blob.digest, from);
  if (store_.Has(blob.digest)) {
    end(Progress::Outcome::kExisted);
    return {};
  }
  auto advance = [&](uint64_t bytes) {
    if (progress) progress->Advance(blob.digest, bytes);
  };
  Result<std::vector<PullPlace>> places = PullPlaces(registries_.options(), from);
  Result<void> result = places ? Result<void>() : Fail(places.error());
  for (size_t i = 0; places && i < places->size(); ++i) {
    const PullPlace& place = (*places)[i];
    result = Download(registries_, place, blob, store_, stop, advance);
    if (result || stop.stop_requested()) break;
    if (i + 1 < places->size()) registries_.Warn(result.error().message + "; asking the next place");
  }
  end(result ? Progress::Outcome::kTransferred : Progress::Outcome::kFailed);
  return result;
}

Result<void> Puller::Blobs(const Repository& repository, const std::vector<Descriptor>& blobs) {
  std::vector<Descriptor> once;  // an image may have the same layer twice
  std::set<Digest> seen;
  for (const Descriptor& blob : blobs)
    if (seen.insert(blob.digest).second) once.push_back(blob);
  return SideBySide(once.size(), registries_.options().jobs, options_.stop,
                    [&](size_t i, const std::stop_token& stop) { return Blob(repository, once[i], stop); });
}

Result<PulledImage> Puller::Image(const ImageReference& reference) {
  const Repository repository = RepositoryOf(reference);
  FetchedManifest fetched = TRY(Top(reference));
  PulledImage image{.target = fetched.descriptor};
  for (int depth = 0; IsIndex(fetched.descriptor.media_type); ++depth) {
    if (depth == kDeepestIndex)
      return Fail(reference.ToString() + ": indexes within indexes, too many of them");
    Index index = TRY(ParseIndex(fetched.bytes, fetched.descriptor.media_type));
    Descriptor chosen = TRY(Choose(index, options_.platform, reference.ToString()));
    if (!IsIndex(chosen.media_type) && !IsManifest(chosen.media_type))
      return Fail(reference.ToString() + ": its index names what is no image for " +
                  options_.platform.ToString());
    fetched = TRY(Named(repository, chosen));
  }
  image.manifest = fetched.descriptor;
  image.source = fetched.source;
  image.parsed = TRY(ParseManifest(fetched.bytes, fetched.descriptor.media_type));
  if (image.parsed.config.size > kLargestConfig)
    return Fail(reference.ToString() + ": its configuration is too large");
  for (const Descriptor& layer : image.parsed.layers) TRY(LayerCompression(layer.media_type));
  TRY_VOID(Blobs(repository, {image.parsed.config}));
  std::string config = TRY(store_.Get(image.parsed.config.digest, kLargestConfig));
  image.config = TRY(ParseImageConfig(config));
  if (image.config.diff_ids.size() != image.parsed.layers.size())
    return Fail(reference.ToString() + " has " + std::to_string(image.parsed.layers.size()) +
                " layers, and a configuration for " + std::to_string(image.config.diff_ids.size()));
  if (options_.layers) {
    TRY_VOID(Blobs(repository, image.parsed.layers));
  } else {
    for (const Descriptor& layer : image.parsed.layers) transfer_.NoteSource(layer.digest, repository);
  }
  return image;
}

Result<void> Puller::Below(const Repository& repository, const FetchedManifest& fetched, int depth) {
  if (IsManifest(fetched.descriptor.media_type)) {
    Manifest manifest = TRY(ParseManifest(fetched.bytes, fetched.descriptor.media_type));
    std::vector<Descriptor> blobs = manifest.layers;
    blobs.push_back(manifest.config);
    return Blobs(repository, blobs);
  }
  if (depth == kDeepestIndex)
    return Fail(repository.ToString() + ": indexes within indexes, too many of them");
  Index index = TRY(ParseIndex(fetched.bytes, fetched.descriptor.media_type));
  for (const Descriptor& child : index.manifests) {
    FetchedManifest named = TRY(Named(repository, child));
    TRY_VOID(Below(repository, named, depth + 1));
  }
  return {};
}

Result<Descriptor> Puller::Everything(const ImageReference& reference) {
  FetchedManifest fetched = TRY(Top(reference));
  TRY_VOID(Below(RepositoryOf(reference), fetched, 0));
  return fetched.descriptor;
}

}  // namespace guard::builder

// Tested by transfer_test.cc, tests/e2e/registry_transfer.sh and registry_lies.sh.
#include "rootless-builder/registry/push.h"

#include <algorithm>
#include <set>

#include "rootless-builder/registry/manifests.h"
#include "rootless-builder/registry/parallel.h"

namespace guard::builder {
namespace {

constexpr uint64_t kLargestManifest = 4u << 20;
constexpr int kDeepestIndex = 3;

}  // namespace

Result<void> Pusher::Collect(const Descriptor& descriptor, int depth, Plan* plan) {
  std::string text = TRY(store_.Get(descriptor.digest, kLargestManifest));
  if (text.size() != descriptor.size)
    return Fail(descriptor.digest.ToString() + " has another size than its descriptor says");
  if (IsIndex(descriptor.media_type)) {
    if (depth == kDeepestIndex) return Fail("indexes within indexes, too many of them");
    for (const Descriptor& child : TRY(ParseIndex(text, descriptor.media_type)).manifests)
      TRY_VOID(Collect(child, depth + 1, plan));
  } else if (IsManifest(descriptor.media_type)) {
    Manifest manifest = TRY(ParseManifest(text, descriptor.media_type));
    plan->blobs.push_back(manifest.config);
    plan->blobs.insert(plan->blobs.end(), manifest.layers.begin(), manifest.layers.end());
  } else {
    return Fail("what is to be pushed is no image manifest or index");
  }
  plan->manifests.emplace_back(descriptor, std::move(text));
  return {};
}

Result<void> Pusher::CheckAllThere(const Plan& plan) {
  for (const Descriptor& blob : plan.blobs) {
    if (store_.Has(blob.digest)) continue;
    if (!options_.lazy || transfer_.SourcesOf(blob.digest).empty())
      return Fail(
          "the image's " + blob.digest.ToString() + " is neither in the store nor known to be anywhere else",
          "pull or build the image again");
  }
  return {};
}

Result<std::unique_ptr<http::BodySource>> Pusher::Open(const Descriptor& blob, const std::stop_token& stop) {
  if (!store_.Has(blob.digest)) {
    PullOptions fetch{.stop = stop};
    Result<void> fetched = Fail(blob.digest.ToString() + " cannot be had from anywhere");
    for (const Repository& source : transfer_.SourcesOf(blob.digest)) {
      fetched = transfer_.FetchBlob(source, blob, store_, fetch);
      if (fetched || stop.stop_requested()) break;
    }
    TRY_VOID(std::move(fetched));
  }
  uint64_t size = TRY(store_.SizeOf(blob.digest));
  return FileSource(TRY(store_.OpenBlob(blob.digest)), size);
}

Result<void> Pusher::PushBlob(const Descriptor& blob, const std::stop_token& stop) {
  Progress* progress = options_.progress;
  if (progress) progress->Begin(Progress::Direction::kPush, blob);
  Upload upload{.registry = registry_, .name = to_.name, .blob = blob, .stop = stop};
  for (const Repository& source : transfer_.SourcesOf(blob.digest))
    if (source.registry == to_.registry) upload.mount_from.push_back(source.name);
  upload.open = [&] { return Open(blob, stop); };
  if (progress) upload.advance = [&](uint64_t bytes) { progress->Advance(blob.digest, bytes); };
  Result<UploadOutcome> outcome = builder::Run(registries_, upload);
  if (!outcome) {
    if (progress) progress->End(blob.digest, Progress::Outcome::kFailed);
    return Fail(std::move(outcome.error()));
  }
  switch (*outcome) {
    case UploadOutcome::kSent:
      ++sent_;
      bytes_ += blob.size;
      break;
    case UploadOutcome::kExisted: ++existed_; break;
    case UploadOutcome::kMounted: ++mounted_; break;
  }
  transfer_.NoteSource(blob.digest, to_);
  if (progress)
    progress->End(blob.digest, *outcome == UploadOutcome::kSent      ? Progress::Outcome::kTransferred
                               : *outcome == UploadOutcome::kExisted ? Progress::Outcome::kExisted
                                                                     : Progress::Outcome::kMounted);
  return {};
}

Result<PushResult> Pusher::Run(const Descriptor& descriptor, const ImageReference& reference) {
  std::string tag(reference.EffectiveTag());
  if (!reference.digest.empty() && reference.digest != descriptor.digest.ToString())
    return Fail("the image is " + descriptor.digest.ToString() + ", and cannot be pushed as " +
                reference.digest);
  Plan plan;
  TRY_VOID(Collect(descriptor, 0, &plan));
  TRY_VOID(CheckAllThere(plan));
  std::vector<Descriptor> blobs;
  std::set<Digest> seen;
  for (const Descriptor& blob : plan.blobs)
    if (seen.insert(blob.digest).second) blobs.push_back(blob);
  TRY_VOID(SideBySide(blobs.size(), registries_.options().jobs, options_.stop,
                      [&](size_t i, const std::stop_token& stop) { return PushBlob(blobs[i], stop); }));
  PushResult result{.digest = descriptor.digest};
  std::set<Digest> put;
  for (size_t i = 0; i < plan.manifests.size(); ++i) {
    const auto& [manifest, text] = plan.manifests[i];
    bool last = i + 1 == plan.manifests.size();
    if (!last && !put.insert(manifest.digest).second) continue;
    PutOutcome outcome =
        TRY(PutManifestTo(registry_, to_.name, last ? tag : "", text, manifest.media_type, options_.stop));
    if (outcome.immutable && !options_.keep_immutable_tag)
      return Fail("the tag " + to_.ToString() + ":" + tag + " is immutable and there already",
                  "push under another tag");
    result.tag_kept = outcome.immutable;
  }
  result.sent = sent_;
  result.existed = existed_;
  result.mounted = mounted_;
  result.bytes = bytes_;
  return result;
}

}  // namespace guard::builder

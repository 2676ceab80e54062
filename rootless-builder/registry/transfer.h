// Images between a store and registries: pull and push, blobs side by side.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "rootless-builder/image/store.h"
#include "rootless-builder/registry/client.h"

namespace guard::builder {

// Told how blobs fare; from any thread, one blob at a time from one thread.
class Progress {
 public:
  enum class Direction : uint8_t { kPull, kPush };
  enum class Outcome : uint8_t { kTransferred, kExisted, kMounted, kFailed };
  virtual ~Progress() = default;
  virtual void Begin(Direction direction, const Descriptor& blob) = 0;
  virtual void Advance(const Digest& blob, uint64_t bytes) = 0;  // so far; less than before after a restart
  virtual void End(const Digest& blob, Outcome outcome) = 0;
};

struct PulledImage {
  Descriptor target;    // what the reference names: an index or a manifest
  Descriptor manifest;  // the manifest for the platform
  Manifest parsed;
  ImageConfig config;
  Repository source;  // who had it: a mirror, perhaps
};

struct PullOptions {
  Platform platform = HostPlatform();
  // False: the manifest and config only; FetchBlob brings layers when they are needed.
  bool layers = true;
  std::stop_token stop;
  Progress* progress = nullptr;
};

struct PushOptions {
  // Layers that are not in the store are looked for where they came from: mounted, or carried over. Without
  // it they are an error before anything is sent.
  bool lazy = true;
  bool keep_immutable_tag = false;  // kaniko: a tag that may not be moved is no error
  std::stop_token stop;
  Progress* progress = nullptr;
};

struct PushResult {
  Digest digest;
  bool tag_kept = false;                        // the tag was immutable and there
  uint64_t sent = 0, existed = 0, mounted = 0;  // blobs
  uint64_t bytes = 0;
};

// Thread-safe; one for a build, so that tokens, connections and what is known of blobs are shared.
class Transfer {
 public:
  static Result<std::unique_ptr<Transfer>> Make(RegistryOptions options,
                                                std::shared_ptr<const Credentials> credentials);
  virtual ~Transfer() = default;

  virtual RegistryClient& client() = 0;

  // What a reference names now. An error where it names nothing.
  virtual Result<Descriptor> Resolve(const ImageReference& reference) = 0;

  // Everything ends up in the store, checked; what is there already is not fetched. The store's names are the
  // caller's.
  virtual Result<PulledImage> Pull(const ImageReference& reference, Store& store,
                                   const PullOptions& options) = 0;
  // An index with all its platforms (or a manifest), as `manifest` and mirroring need it.
  virtual Result<Descriptor> PullAll(const ImageReference& reference, Store& store,
                                     const PullOptions& options) = 0;
  // A blob of a repository.
  virtual Result<void> FetchBlob(const Repository& from, const Descriptor& blob, Store& store,
                                 const PullOptions& options) = 0;

  // A manifest, or an index with all its children: blobs first, then children, then parents. By the
  // reference's tag; by digest alone where it has no tag but a digest (which must then be the descriptor's).
  virtual Result<PushResult> Push(Store& store, const Descriptor& descriptor, const ImageReference& reference,
                                  const PushOptions& options) = 0;

  // Where a blob can also be had: for mounts, and for layers that the store does not have. Pulls note it by
  // themselves.
  virtual void NoteSource(const Digest& blob, const Repository& repository) = 0;
  virtual std::vector<Repository> SourcesOf(const Digest& blob) const = 0;
};

}  // namespace guard::builder

// From registries into a store.
#pragma once

#include "rootless-builder/registry/registries.h"
#include "rootless-builder/registry/transfer.h"

namespace guard::builder {

class Puller {
 public:
  Puller(Registries& registries, Transfer& transfer, Store& store, const PullOptions& options)
      : registries_(registries), transfer_(transfer), store_(store), options_(options) {}

  Result<PulledImage> Image(const ImageReference& reference);
  Result<Descriptor> Everything(const ImageReference& reference);
  Result<void> Blob(const Repository& from, const Descriptor& blob, const std::stop_token& stop);

 private:
  // The manifest or index a reference names, in the store.
  Result<FetchedManifest> Top(const ImageReference& reference);
  // The same by a descriptor that something checked names.
  Result<FetchedManifest> Named(const Repository& repository, const Descriptor& descriptor);
  Result<void> Keep(const FetchedManifest& fetched);
  Result<void> Blobs(const Repository& repository, const std::vector<Descriptor>& blobs);
  Result<void> Below(const Repository& repository, const FetchedManifest& fetched, int depth);

  Registries& registries_;
  Transfer& transfer_;
  Store& store_;
  const PullOptions& options_;
};

}  // namespace guard::builder

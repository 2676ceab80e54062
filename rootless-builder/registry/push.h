// From a store to a registry.
#pragma once

#include <atomic>

#include "rootless-builder/registry/registries.h"
#include "rootless-builder/registry/transfer.h"
#include "rootless-builder/registry/upload.h"

namespace guard::builder {

class Pusher {
 public:
  Pusher(Registries& registries, Transfer& transfer, Store& store, const PushOptions& options, Repository to)
      : registries_(registries),
        transfer_(transfer),
        store_(store),
        options_(options),
        to_(std::move(to)),
        registry_(registries.At(to_.registry)) {}

  Result<PushResult> Run(const Descriptor& descriptor, const ImageReference& reference);

 private:
  // A manifest with what it needs, or an index with its children, in the order in which they are put.
  struct Plan {
    std::vector<std::pair<Descriptor, std::string>> manifests;  // children before parents
    std::vector<Descriptor> blobs;
  };
  Result<void> Collect(const Descriptor& descriptor, int depth, Plan* plan);
  Result<void> CheckAllThere(const Plan& plan);
  Result<void> PushBlob(const Descriptor& blob, const std::stop_token& stop);
  Result<std::unique_ptr<http::BodySource>> Open(const Descriptor& blob, const std::stop_token& stop);

  Registries& registries_;
  Transfer& transfer_;
  Store& store_;
  const PushOptions& options_;
  const Repository to_;
  Registry& registry_;
  std::atomic<uint64_t> sent_ = 0, existed_ = 0, mounted_ = 0, bytes_ = 0;
};

}  // namespace guard::builder

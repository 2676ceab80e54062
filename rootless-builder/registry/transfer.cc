// Tested by transfer_test.cc and tests/e2e/registry_transfer.sh.
#include "rootless-builder/registry/transfer.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "rootless-builder/registry/pull.h"
#include "rootless-builder/registry/push.h"
#include "rootless-builder/registry/registry_client.h"

namespace guard::builder {
namespace {

constexpr size_t kMostSources = 8;  // of one blob

class RegistryTransfer final : public Transfer {
 public:
  explicit RegistryTransfer(std::unique_ptr<Registries> registries)
      : registries_(std::move(registries)), client_(MakeRegistryClient(registries_.get())) {}

  RegistryClient& client() override { return *client_; }

  Result<Descriptor> Resolve(const ImageReference& reference) override {
    std::optional<Descriptor> found = TRY(client_->FindManifest(reference, {}));
    if (!found)
      return Fail("there is no image " + reference.ToString(),
                  "is the name right? Registries also say so to who may not see it");
    return std::move(*found);
  }

  Result<PulledImage> Pull(const ImageReference& reference, Store& store,
                           const PullOptions& options) override {
    return Puller(*registries_, *this, store, options).Image(reference);
  }

  Result<Descriptor> PullAll(const ImageReference& reference, Store& store,
                             const PullOptions& options) override {
    return Puller(*registries_, *this, store, options).Everything(reference);
  }

  Result<void> FetchBlob(const Repository& from, const Descriptor& blob, Store& store,
                         const PullOptions& options) override {
    return Puller(*registries_, *this, store, options).Blob(from, blob, options.stop);
  }

  Result<PushResult> Push(Store& store, const Descriptor& descriptor, const ImageReference& reference,
                          const PushOptions& options) override {
    return Pusher(*registries_, *this, store, options, RepositoryOf(reference)).Run(descriptor, reference);
  }

  void NoteSource(const Digest& blob, const Repository& repository) override {
    std::lock_guard lock(mutex_);
    std::vector<Repository>& known = sources_[blob];
    if (known.size() < kMostSources && std::ranges::find(known, repository) == known.end())
      known.push_back(repository);
  }

  std::vector<Repository> SourcesOf(const Digest& blob) const override {
    std::lock_guard lock(mutex_);
    auto found = sources_.find(blob);
    return found == sources_.end() ? std::vector<Repository>() : found->second;
  }

 private:
  std::unique_ptr<Registries> registries_;
  std::unique_ptr<RegistryClient> client_;
  mutable std::mutex mutex_;
  std::map<Digest, std::vector<Repository>> sources_;
};

}  // namespace

Result<std::unique_ptr<Transfer>> Transfer::Make(RegistryOptions options,
                                                 std::shared_ptr<const Credentials> credentials) {
  return std::make_unique<RegistryTransfer>(
      TRY(Registries::Make(std::move(options), std::move(credentials))));
}

}  // namespace guard::builder

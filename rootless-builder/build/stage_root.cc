// Tested by tests/e2e/builder_build.sh.
#include "rootless-builder/build/stage_root.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace guard::builder {

namespace {

class DirectoryRoot : public MountedRoot {
 public:
  explicit DirectoryRoot(std::string path) : path_(std::move(path)) {}
  const std::string& path() const override { return path_; }

 private:
  std::string path_;
};

Result<void> MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0) return FailErrno("make directory", path);
  return {};
}

class RootBase : public StageRoot {
 public:
  RootBase(Trees& trees, FetchLayer fetch) : trees_(trees), fetch_(std::move(fetch)) {}
  const std::vector<LayerRef>& layers() const override { return layers_; }
  void Push(LayerRef layer) override { layers_.push_back(std::move(layer)); }

 protected:
  Result<void> Fetch(const LayerRef& layer) {
    if (trees_.store().Has(layer.blob.digest)) return {};
    return fetch_(layer);
  }

  Trees& trees_;
  FetchLayer fetch_;
  std::vector<LayerRef> layers_;
};

class OverlayRoot : public RootBase {
 public:
  using RootBase::RootBase;
  ~OverlayRoot() override { Abandon(); }

  Result<std::shared_ptr<const MountedRoot>> View() override {
    struct Mounted : MountedRoot {
      ScratchDirectory scratch;
      std::unique_ptr<MountedRoot> root;
      const std::string& path() const override { return root->path(); }
    };
    auto view = std::make_shared<Mounted>();
    auto lowers = TRY(Lowers());
    view->scratch = TRY(trees_.NewScratch());
    view->root = TRY(Mount(lowers, view->scratch.path()));
    return std::shared_ptr<const MountedRoot>(std::move(view));
  }

  Result<std::string> Begin(bool apart) override {
    Abandon();
    lowers_.clear();
    if (!apart) lowers_ = TRY(Lowers());
    scratch_ = TRY(trees_.NewScratch());
    mounted_ = TRY(Mount(lowers_, scratch_.path()));
    return mounted_->path();
  }

  Result<std::optional<WrittenLayer>> Commit(const DiffOptions& diff, const LayerOptions& options) override {
    auto writer = TRY(LayerWriter::Create(trees_.store(), options));
    std::string upper = scratch_.path() + "/upper";
    uint64_t entries = TRY(DiffOverlay(upper, lowers_, trees_.sandbox().OverlayXattrPrefix(),
                                       trees_.sandbox().ownership(), diff, *writer));
    if (entries == 0) {
      Abandon();
      return std::optional<WrittenLayer>();
    }
    WrittenLayer layer = TRY(writer->Finish());
    mounted_.reset();
    TRY_VOID(trees_.Adopt(upper, layer.diff_id));
    scratch_ = ScratchDirectory();
    Push({layer.diff_id, layer.descriptor});
    return std::optional(std::move(layer));
  }

  void Abandon() override {
    mounted_.reset();
    scratch_ = ScratchDirectory();
  }

 private:
  // Topmost first. Equal layers lie over each other only once, the upper one: overlayfs refuses a directory
  // that is there twice.
  Result<std::vector<std::string>> Lowers() {
    std::vector<std::string> lowers;
    for (const LayerRef& layer : layers_) {
      if (!trees_.Has(layer.diff_id)) TRY_VOID(Fetch(layer));
      std::string path = TRY(trees_.Ensure(layer, lowers));
      std::erase(lowers, path);
      lowers.insert(lowers.begin(), std::move(path));
    }
    return lowers;
  }

  Result<std::unique_ptr<MountedRoot>> Mount(const std::vector<std::string>& lowers,
                                             const std::string& scratch) {
    std::string upper = scratch + "/upper", work = scratch + "/work", merged = scratch + "/merged";
    TRY_VOID(MakeDirectory(upper));
    if (lowers.empty()) return std::unique_ptr<MountedRoot>(std::make_unique<DirectoryRoot>(upper));
    TRY_VOID(MakeDirectory(work));
    TRY_VOID(MakeDirectory(merged));
    TRY_VOID(LikeLowerRoot(lowers[0], upper));
    return trees_.sandbox().MountOverlay(lowers, upper, work, merged);
  }

  // The root directory itself is no change of a step's.
  Result<void> LikeLowerRoot(const std::string& lower, const std::string& upper) {
    struct stat info;
    Fd from = TRY(OpenDirectory(lower));
    Fd to = TRY(OpenDirectory(upper));
    if (fstat(from.get(), &info) != 0) return FailErrno("read", lower);
    auto attributes = trees_.sandbox().ownership().Get(from.get(), ".", info);
    if (!attributes) return Fail(attributes.error());
    TRY_VOID(trees_.sandbox().ownership().Set(to.get(), ".", *attributes));
    timespec times[2] = {info.st_mtim, info.st_mtim};
    if (futimens(to.get(), times) != 0) return FailErrno("set the time of", upper);
    return {};
  }

  ScratchDirectory scratch_;
  std::unique_ptr<MountedRoot> mounted_;
  std::vector<std::string> lowers_;
};

class PlainRoot : public RootBase {
 public:
  using RootBase::RootBase;

  Result<std::shared_ptr<const MountedRoot>> View() override {
    TRY_VOID(CatchUp());
    return std::shared_ptr<const MountedRoot>(std::make_shared<DirectoryRoot>(Root()));
  }

  Result<std::string> Begin(bool apart) override {
    if (apart) {
      apart_ = TRY(trees_.NewScratch());
      TRY_VOID(MakeDirectory(apart_.path() + "/fs"));
      std::string root = apart_.path() + "/fs";
      before_ = TRY(TakeSnapshot(root, trees_.sandbox().ownership()));
      return root;
    }
    TRY_VOID(CatchUp());
    if (!before_) before_ = TRY(TakeSnapshot(Root(), trees_.sandbox().ownership()));
    return Root();
  }

  Result<std::optional<WrittenLayer>> Commit(const DiffOptions& diff, const LayerOptions& options) override {
    auto writer = TRY(LayerWriter::Create(trees_.store(), options));
    bool apart = !apart_.path().empty();
    uint64_t entries = TRY(DiffTree(*before_, apart ? apart_.path() + "/fs" : Root(),
                                    trees_.sandbox().ownership(), diff, *writer));
    before_.reset();
    apart_ = ScratchDirectory();
    if (entries == 0) return std::optional<WrittenLayer>();
    WrittenLayer layer = TRY(writer->Finish());
    Push({layer.diff_id, layer.descriptor});
    if (!apart) applied_ = layers_.size();
    return std::optional(std::move(layer));
  }

  // A plain directory cannot go back: the next step begins with a new one.
  void Abandon() override {
    before_.reset();
    apart_ = ScratchDirectory();
    scratch_ = ScratchDirectory();
    applied_ = 0;
  }

 private:
  std::string Root() const { return scratch_.path() + "/fs"; }

  Result<void> CatchUp() {
    if (scratch_.path().empty()) {
      scratch_ = TRY(trees_.NewScratch());
      TRY_VOID(MakeDirectory(Root()));
      applied_ = 0;
    }
    if (applied_ == layers_.size()) return {};
    before_.reset();
    Fd root = TRY(OpenDirectory(Root()));
    for (; applied_ < layers_.size(); ++applied_) {
      const LayerRef& layer = layers_[applied_];
      TRY_VOID(Fetch(layer));
      Unpacked unpacked = TRY(Unpack(trees_.store(), layer.blob, root.get(), trees_.sandbox().ownership(),
                                     WhiteoutForm::kApply, ""));
      if (unpacked.diff_id != layer.diff_id) {
        return Fail("layer " + layer.blob.digest.ToString() + " unpacks to " + unpacked.diff_id.ToString() +
                        ", but its image says " + layer.diff_id.ToString(),
                    "the image is damaged or was made with wrong digests; it is not used");
      }
    }
    return {};
  }

  ScratchDirectory scratch_, apart_;
  size_t applied_ = 0;
  std::unique_ptr<TreeSnapshot> before_;
};

}  // namespace

std::unique_ptr<StageRoot> StageRoot::Make(Trees& trees, FetchLayer fetch) {
  if (trees.sandbox().CanOverlay()) return std::make_unique<OverlayRoot>(trees, std::move(fetch));
  return std::make_unique<PlainRoot>(trees, std::move(fetch));
}

// The files of all layers are copied over those of the base: what then differs is the layer.
Result<std::optional<LayerRef>> SquashLayers(Trees& trees, const std::vector<LayerRef>& layers, size_t base,
                                             const LayerOptions& options, const FetchLayer& fetch) {
  ScratchDirectory scratch = TRY(trees.NewScratch());
  Fd root = TRY(OpenDirectory(scratch.path()));
  Ownership& ownership = trees.sandbox().ownership();
  std::unique_ptr<TreeSnapshot> before;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (i == base) before = TRY(TakeSnapshot(scratch.path(), ownership));
    if (!trees.store().Has(layers[i].blob.digest)) TRY_VOID(fetch(layers[i]));
    TRY(Unpack(trees.store(), layers[i].blob, root.get(), ownership, WhiteoutForm::kApply, ""));
  }
  if (!before) return std::optional<LayerRef>();
  auto writer = TRY(LayerWriter::Create(trees.store(), options));
  if (TRY(DiffTree(*before, scratch.path(), ownership, {}, *writer)) == 0) return std::optional<LayerRef>();
  WrittenLayer layer = TRY(writer->Finish());
  return std::optional(LayerRef{layer.diff_id, layer.descriptor});
}

}  // namespace guard::builder

// Tested by tests/e2e/builder_build.sh and builder_registry.sh.
#include "rootless-builder/cli/deliver.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "policies/base/files.h"
#include "rootless-builder/layer/archive.h"

namespace guard::builder {

namespace {

Result<void> WriteText(const std::string& path, const std::string& text) {
  if (path.empty()) return {};
  if (path == "-" || path == "/dev/stdout") {
    if (write(1, text.data(), text.size()) < 0) return FailErrno("write", "standard output");
    return {};
  }
  // /dev/termination-log and other places that somebody mounted cannot be
  // replaced, only written.
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return WriteFileAtomically(path, text);
  Fd file(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return FailErrno("write", path);
  return {};
}

Result<void> CopyBlobTo(const Store& store, const Digest& digest, const std::string& destination) {
  Fd from(TRY(store.OpenBlob(digest)));
  Fd to(destination == "-" ? dup(1)
                           : open(destination.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!to) return FailErrno("write", destination);
  std::string buffer(size_t{1} << 20, '\0');
  for (;;) {
    ssize_t got = read(from.get(), buffer.data(), buffer.size());
    if (got < 0) return FailErrno("read", digest.ToString());
    if (got == 0) return {};
    for (ssize_t done = 0; done < got;) {
      ssize_t wrote = write(to.get(), buffer.data() + done, static_cast<size_t>(got - done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return FailErrno("write", destination);
      done += wrote;
    }
  }
}

class Deliverer {
 public:
  Deliverer(const std::vector<BuiltImage>& images, const BuildWishes& wishes, OpenPlace& place, Trees& trees,
            BuildProgress& progress, const FetchLayer& fetch)
      : images_(images), wishes_(wishes), place_(place), trees_(trees), progress_(progress), fetch_(fetch) {}

  Result<Delivery> Run() {
    TRY_VOID(MakeTarget());
    std::vector<OutputWish> outputs = wishes_.outputs;
    if (wishes_.push) outputs.push_back({.type = "registry"});
    if (outputs.empty()) outputs.push_back({.type = "image"});
    for (const OutputWish& output : outputs) TRY_VOID(One(output));
    TRY_VOID(WriteNotes());
    return delivery_;
  }

 private:
  Result<void> MakeTarget() {
    if (images_.size() == 1) {
      delivery_.target = images_[0].manifest;
      delivery_.image_id = images_[0].config;
      return {};
    }
    Index index;
    index.family = wishes_.family;
    index.annotations = wishes_.annotations;
    for (const BuiltImage& image : images_) index.manifests.push_back(image.manifest);
    delivery_.target = TRY(place_.store->Put(Serialize(index), MediaType(index)));
    delivery_.image_id = delivery_.target.digest;
    return {};
  }

  std::vector<std::string> NamesOf(const OutputWish& output) const {
    return output.names.empty() ? wishes_.tags : output.names;
  }

  Result<void> One(const OutputWish& output) {
    if (output.type == "image") {
      TRY_VOID(Complete());
      for (const std::string& name : NamesOf(output)) TRY_VOID(Tag(name));
      return {};
    }
    if (output.type == "registry") {
      for (const std::string& name : NamesOf(output)) {
        TRY_VOID(BringWhatNoRegistryHas());
        TRY_VOID(PushTo(name));
        if (IsComplete()) TRY_VOID(Tag(name));
      }
      return {};
    }
    int vertex = progress_.Begin("exporting to " + output.type + " " + output.destination);
    auto done = Export(output);
    progress_.End(vertex, done ? VertexEnd::kDone : VertexEnd::kFailed, done ? "" : done.error().message);
    return done;
  }

  bool IsComplete() const {
    for (const BuiltImage& image : images_)
      for (const LayerRef& layer : image.layers)
        if (!place_.store->Has(layer.blob.digest)) return false;
    return true;
  }

  // A push carries layers over from registries that have them; those of a directory's cache must be here.
  Result<void> BringWhatNoRegistryHas() {
    for (const BuiltImage& image : images_)
      for (const LayerRef& layer : image.layers)
        if (!place_.store->Has(layer.blob.digest) && place_.transfer->SourcesOf(layer.blob.digest).empty())
          TRY_VOID(fetch_(layer));
    return {};
  }

  // Layers that nobody needed until now: of a base that was only configured, of
  // steps that a cache knew.
  Result<void> Complete() {
    for (const BuiltImage& image : images_)
      for (const LayerRef& layer : image.layers)
        if (!place_.store->Has(layer.blob.digest)) TRY_VOID(fetch_(layer));
    return {};
  }

  Result<void> Tag(const std::string& text) {
    std::string name = TRY(StoreName(text));
    int vertex = progress_.Begin("naming to " + name);
    auto tagged = place_.store->Tag(name, delivery_.target);
    progress_.End(vertex, tagged ? VertexEnd::kDone : VertexEnd::kFailed,
                  tagged ? "" : tagged.error().message);
    return tagged;
  }

  Result<void> PushTo(const std::string& text) {
    ImageReference reference = TRY(ParseImageReference(text));
    if (reference.tag.empty()) reference.tag = "latest";
    int vertex = progress_.Begin("pushing " + reference.ToString());
    PushOptions options;
    options.keep_immutable_tag = wishes_.keep_immutable_tag;
    options.progress = &progress_.Transfers();
    Result<PushResult> pushed = place_.transfer->Push(*place_.store, delivery_.target, reference, options);
    for (int i = 0; !pushed && i < wishes_.push_retries; ++i)
      pushed = place_.transfer->Push(*place_.store, delivery_.target, reference, options);
    progress_.End(vertex, pushed ? VertexEnd::kDone : VertexEnd::kFailed,
                  pushed ? "" : pushed.error().message);
    if (!pushed) return Fail(pushed.error());
    return {};
  }

  Result<void> Export(const OutputWish& output) {
    TRY_VOID(Complete());
    bool files = output.type == "local" || output.type == "tar";
    if (files && images_.size() > 1)
      return Fail("files of several platforms cannot go to one place", "build one platform at a time");
    if (output.type == "local") return FlattenToDirectory(trees_, images_[0].layers, output.destination);
    if (output.type == "tar") {
      Descriptor tar = TRY(FlattenToTar(trees_, images_[0].layers, wishes_.epoch));
      return CopyBlobTo(*place_.store, tar.digest, output.destination);
    }
    std::vector<std::string> names;
    for (const std::string& name : NamesOf(output)) names.push_back(TRY(StoreName(name)));
    if (output.type == "oci" && output.directory)
      return ExportLayout(*place_.store, delivery_.target, names, output.destination);
    Fd file(output.destination == "-"
                ? dup(1)
                : open(output.destination.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) return FailErrno("write", output.destination);
    if (output.type == "oci") return ExportOciArchive(*place_.store, delivery_.target, names, file.get());
    if (images_.size() > 1)
      return Fail("a docker archive holds one platform", "use type=oci, or build one platform at a time");
    return ExportDockerArchive(*place_.store, delivery_.target, names, file.get());
  }

  Result<void> WriteNotes() {
    TRY_VOID(WriteText(wishes_.iid_file, delivery_.image_id.ToString()));
    TRY_VOID(WriteText(wishes_.digest_file, delivery_.target.digest.ToString()));
    std::string by_name, by_tag, names;
    for (const std::string& tag : wishes_.tags) {
      ImageReference reference = TRY(ParseImageReference(tag));
      std::string at = "@" + delivery_.target.digest.ToString() + "\n",
                  repository = reference.registry + "/" + reference.repository;
      by_name += repository + at;
      by_tag += repository + ":" + (reference.tag.empty() ? "latest" : reference.tag) + at;
      names += (names.empty() ? "" : ",") + TRY(StoreName(tag));
    }
    TRY_VOID(WriteText(wishes_.name_digest_file, by_name));
    TRY_VOID(WriteText(wishes_.name_tag_digest_file, by_tag));
    if (wishes_.metadata_file.empty()) return {};
    nlohmann::json descriptor = {{"mediaType", delivery_.target.media_type},
                                 {"digest", delivery_.target.digest.ToString()},
                                 {"size", delivery_.target.size}};
    if (images_.size() == 1) {
      const Platform& platform = images_[0].image.platform;
      descriptor["platform"] = {{"architecture", platform.architecture}, {"os", platform.os}};
      if (!platform.variant.empty()) descriptor["platform"]["variant"] = platform.variant;
    }
    nlohmann::json metadata = {{"containerimage.digest", delivery_.target.digest.ToString()},
                               {"containerimage.descriptor", descriptor}};
    if (images_.size() == 1) metadata["containerimage.config.digest"] = images_[0].config.ToString();
    if (!names.empty()) metadata["image.name"] = names;
    return WriteText(wishes_.metadata_file,
                     metadata.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }

  const std::vector<BuiltImage>& images_;
  const BuildWishes& wishes_;
  OpenPlace& place_;
  Trees& trees_;
  BuildProgress& progress_;
  const FetchLayer& fetch_;
  Delivery delivery_;
};

Result<void> UnpackAll(Trees& trees, const std::vector<LayerRef>& layers, const std::string& directory) {
  Fd root = TRY(OpenDirectory(directory));
  for (const LayerRef& layer : layers) {
    Unpacked unpacked = TRY(
        Unpack(trees.store(), layer.blob, root.get(), trees.sandbox().ownership(), WhiteoutForm::kApply, ""));
    if (unpacked.diff_id != layer.diff_id)
      return Fail("layer " + layer.blob.digest.ToString() + " is not what its image says");
  }
  return {};
}

}  // namespace

Result<Descriptor> FlattenToTar(Trees& trees, const std::vector<LayerRef>& layers,
                                std::optional<int64_t> epoch) {
  ScratchDirectory scratch = TRY(trees.NewScratch());
  auto before = TRY(TakeSnapshot(scratch.path(), trees.sandbox().ownership()));
  TRY_VOID(UnpackAll(trees, layers, scratch.path()));
  LayerOptions options;
  options.compression = Compression::kNone;
  options.clamp_mtime = epoch;
  auto writer = TRY(LayerWriter::Create(trees.store(), options));
  TRY(DiffTree(*before, scratch.path(), trees.sandbox().ownership(), {}, *writer));
  WrittenLayer layer = TRY(writer->Finish());
  return layer.descriptor;
}

Result<void> FlattenToDirectory(Trees& trees, const std::vector<LayerRef>& layers,
                                const std::string& directory) {
  TRY_VOID(MakeDirectories(directory));
  return UnpackAll(trees, layers, directory);
}

Result<Delivery> Deliver(const std::vector<BuiltImage>& images, const BuildWishes& wishes, OpenPlace& place,
                         Trees& trees, BuildProgress& progress, const FetchLayer& fetch) {
  return Deliverer(images, wishes, place, trees, progress, fetch).Run();
}

}  // namespace guard::builder

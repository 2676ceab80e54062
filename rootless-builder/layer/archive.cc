// Tested by tests/e2e/builder_standins.sh, with skopeo on the other side.
#include "rootless-builder/layer/archive.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "policies/base/files.h"
#include "rootless-builder/layer/apply.h"
#include "rootless-builder/layer/tar_format.h"

namespace guard::builder {

namespace {

using nlohmann::json;

constexpr std::string_view kLayoutText = R"({"imageLayoutVersion":"1.0.0"})";
constexpr uint64_t kLargestText = 8u << 20;

// A descriptor and all that it points to, children first.
Result<void> Reach(const Store& store, const Descriptor& from, std::vector<Descriptor>& all,
                   std::set<Digest>& seen) {
  if (!seen.insert(from.digest).second) return {};
  if (IsIndex(from.media_type)) {
    std::string text = TRY(store.Get(from.digest));
    Index index = TRY(ParseIndex(text, from.media_type));
    for (const Descriptor& child : index.manifests) TRY_VOID(Reach(store, child, all, seen));
  } else if (IsManifest(from.media_type)) {
    std::string text = TRY(store.Get(from.digest));
    Manifest manifest = TRY(ParseManifest(text, from.media_type));
    TRY_VOID(Reach(store, manifest.config, all, seen));
    for (const Descriptor& layer : manifest.layers) TRY_VOID(Reach(store, layer, all, seen));
  }
  all.push_back(from);
  return {};
}

Result<std::vector<Descriptor>> Everything(const Store& store, const Descriptor& target) {
  std::vector<Descriptor> all;
  std::set<Digest> seen;
  TRY_VOID(Reach(store, target, all, seen));
  return all;
}

Result<void> EachPiece(const Store& store, const Digest& digest,
                       const std::function<Result<void>(std::string_view)>& take) {
  Fd file(TRY(store.OpenBlob(digest)));
  std::string buffer(size_t{1} << 20, '\0');
  for (;;) {
    ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("read", digest.ToString());
    if (got == 0) return {};
    TRY_VOID(take({buffer.data(), static_cast<size_t>(got)}));
  }
}

class TarFile {
 public:
  explicit TarFile(int file) : file_(file) {}

  Result<void> Directory(const std::string& path) {
    Entry entry;
    entry.path = path;
    entry.attributes.mode = S_IFDIR | 0755;
    return Header(entry);
  }
  Result<void> Text(const std::string& path, std::string_view text) {
    TRY_VOID(Header(FileEntry(path, text.size())));
    TRY_VOID(Put(text));
    return Put(std::string(TarPadding(text.size()), '\0'));
  }
  Result<void> Blob(const Store& store, const Descriptor& blob) {
    uint64_t size = TRY(store.SizeOf(blob.digest));
    TRY_VOID(Header(FileEntry("blobs/sha256/" + blob.digest.hex(), size)));
    TRY_VOID(EachPiece(store, blob.digest, [this](std::string_view bytes) { return Put(bytes); }));
    return Put(std::string(TarPadding(size), '\0'));
  }
  Result<void> End() { return Put(std::string(kTarEnd, '\0')); }

 private:
  static Entry FileEntry(const std::string& path, uint64_t size) {
    Entry entry;
    entry.path = path;
    entry.attributes.mode = S_IFREG | 0644;
    entry.size = size;
    return entry;
  }
  Result<void> Header(const Entry& entry) {
    std::string header;
    TRY_VOID(AppendTarHeader(entry, header));
    return Put(header);
  }
  Result<void> Put(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t wrote = write(file_, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return FailErrno("write", "the archive");
      bytes.remove_prefix(static_cast<size_t>(wrote));
    }
    return {};
  }

  int file_;
};

// index.json of a layout: one line a name, or one without.
std::string IndexText(const Descriptor& target, const std::vector<std::string>& names) {
  Index index;
  Descriptor plain = target;
  plain.annotations.clear();
  if (names.empty()) index.manifests.push_back(plain);
  for (const std::string& name : names) {
    Descriptor named = plain;
    named.annotations["io.containerd.image.name"] = name;
    named.annotations["org.opencontainers.image.ref.name"] = name.substr(name.rfind(':') + 1);
    index.manifests.push_back(std::move(named));
  }
  return Serialize(index);
}

Result<void> ExportTar(Store& store, const Descriptor& target, const std::vector<std::string>& names,
                       int file, const std::string& docker_manifest) {
  std::vector<Descriptor> all = TRY(Everything(store, target));
  TarFile tar(file);
  TRY_VOID(tar.Directory("blobs"));
  TRY_VOID(tar.Directory("blobs/sha256"));
  for (const Descriptor& blob : all) TRY_VOID(tar.Blob(store, blob));
  TRY_VOID(tar.Text("index.json", IndexText(target, names)));
  if (!docker_manifest.empty()) TRY_VOID(tar.Text("manifest.json", docker_manifest));
  TRY_VOID(tar.Text("oci-layout", kLayoutText));
  return tar.End();
}

class Importer {
 public:
  explicit Importer(Store& store) : store_(store) {}

  Result<std::vector<NamedImage>> Run(int file) {
    TRY_VOID(ReadArchive(file, {},
                         [this](const Entry& entry, EntryContent& content) { return Take(entry, content); }));
    if (files_.contains("index.json")) return FromLayout();
    if (files_.contains("manifest.json")) return FromDocker();
    return Fail("the archive is no image: it has neither index.json nor manifest.json",
                "docker save, skopeo and buildah write such archives");
  }

 private:
  struct Piece {
    Digest digest;
    uint64_t size = 0;
  };

  Result<void> Take(const Entry& entry, EntryContent& content) {
    if (S_ISLNK(entry.attributes.mode)) {
      links_[entry.path] = entry.link;
      return {};
    }
    if (!S_ISREG(entry.attributes.mode) || entry.hard_link) return {};
    auto blob = TRY(store_.NewBlob());
    std::string buffer(size_t{256} << 10, '\0');
    for (;;) {
      size_t got = TRY(content.Read(buffer.data(), buffer.size()));
      if (got == 0) break;
      TRY_VOID(blob->Write({buffer.data(), got}));
    }
    Piece piece{.size = blob->size()};
    Digest expected;
    if (entry.path.starts_with("blobs/sha256/"))
      expected = TRY(Digest::Parse("sha256:" + entry.path.substr(13)));
    piece.digest = TRY(blob->Commit(expected));
    files_[entry.path] = piece;
    return {};
  }

  // Older docker versions save a layer twice as a symlink: "../<id>/layer.tar".
  Result<Piece> Find(const std::string& path) {
    std::string now = path;
    for (int follows = 0; follows < 8; ++follows) {
      auto file = files_.find(now);
      if (file != files_.end()) return file->second;
      auto link = links_.find(now);
      if (link == links_.end()) break;
      std::string target = link->second;
      now = target.starts_with("../") ? target.substr(3) : now.substr(0, now.rfind('/') + 1) + target;
    }
    return Fail("the archive has no " + path);
  }

  Result<std::string> Text(const std::string& path) {
    Piece piece = TRY(Find(path));
    return store_.Get(piece.digest, kLargestText);
  }

  Result<std::vector<NamedImage>> FromLayout() {
    std::string text = TRY(Text("index.json"));
    Index index = TRY(ParseIndex(text, media::kOciIndex));
    std::vector<NamedImage> images;
    for (Descriptor& target : index.manifests) {
      for (const Descriptor& blob : TRY(Everything(store_, target))) {
        if (!store_.Has(blob.digest)) return Fail("the archive lacks " + blob.digest.ToString());
      }
      auto annotation = [&](const char* name) {
        auto found = target.annotations.find(name);
        return found == target.annotations.end() ? std::string() : found->second;
      };
      std::string name = annotation("io.containerd.image.name");
      if (name.empty()) name = annotation("org.opencontainers.image.ref.name");
      target.annotations.clear();
      images.push_back({std::move(name), std::move(target)});
    }
    return images;
  }

  Result<std::vector<NamedImage>> FromDocker() {
    std::string text = TRY(Text("manifest.json"));
    json list = json::parse(text, nullptr, false);
    if (!list.is_array()) return Fail("manifest.json of the archive is damaged");
    std::vector<NamedImage> images;
    for (const json& item : list) {
      if (!item.is_object() || !item.contains("Config") || !item["Config"].is_string() ||
          !item.contains("Layers") || !item["Layers"].is_array())
        return Fail("manifest.json of the archive is damaged");
      std::string config_text = TRY(Text(item["Config"].get<std::string>()));
      ImageConfig config = TRY(ParseImageConfig(config_text));
      Manifest manifest;
      manifest.family = MediaFamily::kDocker;
      manifest.config = TRY(store_.Put(config_text, media::kDockerConfig));
      if (item["Layers"].size() != config.diff_ids.size())
        return Fail("manifest.json of the archive names other layers than the image's configuration");
      for (const json& layer : item["Layers"]) {
        if (!layer.is_string()) return Fail("manifest.json of the archive is damaged");
        Piece piece = TRY(Find(layer.get<std::string>()));
        Descriptor descriptor;
        descriptor.digest = piece.digest, descriptor.size = piece.size;
        descriptor.media_type =
            std::string(LayerMediaType(MediaFamily::kDocker, TRY(PackingOf(piece.digest))));
        // An unpacked layer is named by the configuration: it must be that one.
        if (descriptor.media_type == media::kDockerLayer &&
            piece.digest != config.diff_ids[manifest.layers.size()])
          return Fail("a layer of the archive is not what the image's configuration says: " +
                      layer.get<std::string>());
        manifest.layers.push_back(std::move(descriptor));
      }
      Descriptor target = TRY(store_.Put(Serialize(manifest), MediaType(manifest)));
      size_t named = 0;
      if (auto tags = item.find("RepoTags"); tags != item.end() && tags->is_array()) {
        for (const json& tag : *tags)
          if (tag.is_string()) images.push_back({tag.get<std::string>(), target}), ++named;
      }
      if (named == 0) images.push_back({"", target});
    }
    return images;
  }

  Result<Compression> PackingOf(const Digest& digest) {
    Fd file(TRY(store_.OpenBlob(digest)));
    unsigned char magic[4] = {};
    if (pread(file.get(), magic, sizeof magic, 0) < 2) return Compression::kNone;
    if (magic[0] == 0x1F && magic[1] == 0x8B) return Compression::kGzip;
    if (magic[0] == 0x28 && magic[1] == 0xB5 && magic[2] == 0x2F && magic[3] == 0xFD)
      return Compression::kZstd;
    return Compression::kNone;
  }

  Store& store_;
  std::map<std::string, Piece> files_;
  std::map<std::string, std::string> links_;
};

}  // namespace

// What a store has and a layout has not. Whoever else writes there now leaves it, or finds it made again.
static void RemoveStoreFiles(const std::string& directory) {
  {
    Fd lock(open((directory + "/lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (lock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return;
    for (const char* file : {"/boot", "/index.lock", "/lock"}) (void)unlink((directory + file).c_str());
  }
  for (const char* folder : {"/ingest", "/steps", "/trees"}) (void)rmdir((directory + folder).c_str());
}

Result<void> ExportLayout(Store& store, const Descriptor& target, const std::vector<std::string>& names,
                          const std::string& directory) {
  const bool is_store = access((directory + "/boot").c_str(), F_OK) == 0;
  auto layout = TRY(Store::Open(directory));
  for (const Descriptor& blob : TRY(Everything(store, target))) {
    if (layout->Has(blob.digest)) continue;
    auto writer = TRY(layout->NewBlob());
    TRY_VOID(EachPiece(store, blob.digest, [&](std::string_view bytes) { return writer->Write(bytes); }));
    TRY(writer->Commit(blob.digest));
  }
  std::vector<std::string> all = names;
  if (all.empty()) all.emplace_back("latest");
  for (const std::string& name : all) TRY_VOID(layout->Tag(name, target));
  layout.reset();
  if (!is_store) RemoveStoreFiles(directory);
  return {};
}

Result<void> ExportOciArchive(Store& store, const Descriptor& target, const std::vector<std::string>& names,
                              int file) {
  return ExportTar(store, target, names, file, "");
}

Result<void> ExportDockerArchive(Store& store, const Descriptor& target,
                                 const std::vector<std::string>& names, int file) {
  std::string text = TRY(store.Get(target.digest));
  Manifest manifest = TRY(ParseManifest(text, target.media_type));
  json layers = json::array(), tags = json::array();
  for (const Descriptor& layer : manifest.layers) layers.push_back("blobs/sha256/" + layer.digest.hex());
  // docker knows its own registry's images by their short names.
  for (std::string name : names) {
    if (name.starts_with("docker.io/library/"))
      name.erase(0, 18);
    else if (name.starts_with("docker.io/"))
      name.erase(0, 10);
    tags.push_back(std::move(name));
  }
  json list = json::array(
      {{{"Config", "blobs/sha256/" + manifest.config.digest.hex()}, {"RepoTags", tags}, {"Layers", layers}}});
  return ExportTar(store, target, names, file, list.dump());
}

Result<std::vector<NamedImage>> ImportArchive(Store& store, int file) { return Importer(store).Run(file); }

}  // namespace guard::builder

// The store of images in a directory.
//
// Tested by store_test.cc and tests/e2e/store_kill.sh.
#include "rootless-builder/image/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "policies/base/sha256.h"
#include "rootless-builder/image/blob_writer.h"
#include "rootless-builder/image/json.h"
#include "rootless-builder/image/layout.h"
#include "rootless-builder/image/prune.h"

namespace guard::builder {
namespace {

constexpr uint64_t kLargestStep = uint64_t{4} << 20;
// When something was used is noted at most that often.
constexpr int64_t kNoteSeconds = 600;

class FileBlobWriter : public BlobWriter {
 public:
  FileBlobWriter(const Store& store, IngestFile file) : store_(store), file_(std::move(file)) {}

  Result<void> Write(std::string_view bytes) override {
    hash_.Update(bytes);
    size_ += bytes.size();
    return file_.Write(bytes);
  }
  uint64_t size() const override { return size_; }

  Result<Digest> Commit(const Digest& expected) override {
    Digest digest = Digest::FromHex(hash_.Hex());
    if (!expected.empty() && digest != expected) {
      return Fail("what came for " + expected.ToString() + " is " + digest.ToString(),
                  "it was changed or damaged on its way, and is not used");
    }
    // Also where there is one: it may be damaged, and this one is not.
    TRY_VOID(file_.MoveTo(store_.BlobPath(digest)));
    return digest;
  }

 private:
  const Store& store_;
  IngestFile file_;
  Sha256 hash_;
  uint64_t size_ = 0;
};

class FileStore : public Store {
 public:
  FileStore(std::string directory, Fd lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}

  const std::string& directory() const override { return directory_; }

  Result<std::unique_ptr<BlobWriter>> NewBlob() override {
    return std::unique_ptr<BlobWriter>(
        std::make_unique<FileBlobWriter>(*this, TRY(IngestFile::Make(directory_))));
  }

  Result<Descriptor> Put(std::string_view bytes, std::string_view media_type) override {
    Descriptor descriptor{
        .media_type = std::string(media_type), .digest = Digest::Of(bytes), .size = bytes.size()};
    auto there = SizeOf(descriptor.digest);
    if (there && *there == bytes.size()) {
      NoteUse(BlobPath(descriptor.digest));
      return descriptor;
    }
    IngestFile file = TRY(IngestFile::Make(directory_));
    TRY_VOID(file.Write(bytes));
    TRY_VOID(file.MoveTo(BlobPath(descriptor.digest)));
    return descriptor;
  }

  bool Has(const Digest& digest) const override {
    return !digest.empty() && access(BlobPath(digest).c_str(), F_OK) == 0;
  }

  Result<uint64_t> SizeOf(const Digest& digest) const override {
    struct stat status{};
    if (digest.empty() || stat(BlobPath(digest).c_str(), &status) != 0) return Missing(digest);
    return static_cast<uint64_t>(status.st_size);
  }

  Result<std::string> Get(const Digest& digest, uint64_t limit) const override {
    const Fd file(TRY(OpenBlob(digest)));
    std::string bytes = TRY(ReadWholeFile(file.get(), "blob " + digest.ToString(), limit));
    if (Digest::Of(bytes) != digest) return Damaged(digest);
    return bytes;
  }

  Result<int> OpenBlob(const Digest& digest) const override {
    if (digest.empty()) return Missing(digest);
    Fd file(open(BlobPath(digest).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT) return Missing(digest);
    if (!file) return FailErrno("open", BlobPath(digest));
    NoteUse(file.get());
    return file.release();
  }

  Result<std::vector<NamedImage>> Names() const override {
    std::vector<NamedImage> names;
    for (Descriptor& descriptor : TRY(ReadLayoutIndex(directory_)).manifests) {
      const auto name = descriptor.annotations.find(std::string(kRefName));
      if (name == descriptor.annotations.end() || name->second.empty()) continue;
      std::string text = name->second;
      names.push_back({std::move(text), std::move(descriptor)});
    }
    std::ranges::sort(names, {}, &NamedImage::name);
    return names;
  }

  Result<std::optional<Descriptor>> Find(std::string_view name) const override {
    for (NamedImage& image : TRY(Names())) {
      if (image.name == name && Has(image.target.digest)) return std::optional(std::move(image.target));
    }
    return std::optional<Descriptor>();
  }

  Result<void> Tag(std::string_view name, const Descriptor& target) override {
    if (name.empty()) return Fail("an image cannot have an empty name");
    if (!Has(target.digest)) return Missing(target.digest);
    TRY_VOID(ChangeNames(name, &target));
    return {};
  }

  Result<bool> Untag(std::string_view name) override { return ChangeNames(name, nullptr); }

  std::optional<StepRecord> FindStep(const Digest& key) const override {
    auto record = ReadStep(directory_, key.hex());
    if (!record) return std::nullopt;  // a damaged record is none: the step runs again
    NoteUse(StepPath(key));
    if (!record->layer.digest.empty()) NoteUse(BlobPath(record->layer.digest));
    return std::move(*record);
  }

  Result<void> PutStep(const Digest& key, const StepRecord& record) override {
    nlohmann::ordered_json json;
    json["version"] = 1;
    if (!record.diff_id.empty()) {
      json["diffId"] = record.diff_id.ToString();
      json["layer"] = ToJson(record.layer);
    }
    if (!record.extra.empty()) json["extra"] = record.extra;
    IngestFile file = TRY(IngestFile::Make(directory_));
    TRY_VOID(file.Write(Dump(json)));
    return file.MoveTo(StepPath(key));
  }

  Result<Pruned> Prune(bool all, int64_t older_than_seconds) override {
    // Converting the lock lets go of it first, so that two who prune do not wait for each other.
    while (flock(lock_.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return FailErrno("lock", directory_);
    }
    auto pruned = PruneStore(*this, all, older_than_seconds);
    while (flock(lock_.get(), LOCK_SH) != 0) {
      if (errno != EINTR) return FailErrno("lock", directory_);
    }
    return pruned;
  }

 private:
  std::string StepPath(const Digest& key) const { return directory_ + "/steps/" + key.hex(); }

  static std::unexpected<Error> Missing(const Digest& digest) {
    return Fail("the blob " + (digest.empty() ? std::string("without a digest") : digest.ToString()) +
                " is not in the store");
  }
  std::unexpected<Error> Damaged(const Digest& digest) const {
    return Fail("the blob " + digest.ToString() + " in the store is damaged",
                "remove " + BlobPath(digest) + " and pull or build the image again");
  }

  static bool Recent(const struct stat& status) {
    return status.st_mtim.tv_sec > time(nullptr) - kNoteSeconds;
  }
  static void NoteUse(int file) {
    struct stat status{};
    if (fstat(file, &status) == 0 && !Recent(status)) (void)futimens(file, nullptr);
  }
  static void NoteUse(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) == 0 && !Recent(status))
      (void)utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  }

  // Replaces or (without a target) removes a name; whether there was one.
  Result<bool> ChangeNames(std::string_view name, const Descriptor* target) {
    const Fd lock = TRY(LockFile(directory_ + "/index.lock", LOCK_EX));
    Index index = TRY(ReadLayoutIndex(directory_));
    const std::string key(kRefName);
    const size_t before = index.manifests.size();
    std::erase_if(index.manifests, [&](const Descriptor& descriptor) {
      const auto found = descriptor.annotations.find(key);
      return found != descriptor.annotations.end() && found->second == name;
    });
    const bool removed = index.manifests.size() != before;
    if (target) {
      Descriptor named = *target;
      named.annotations[key] = name;
      index.manifests.push_back(std::move(named));
    }
    if (target || removed) TRY_VOID(WriteLayoutIndex(directory_, index));
    return removed;
  }

  std::string directory_;
  Fd lock_;
};

}  // namespace

Result<StepRecord> ReadStep(const std::string& directory, const std::string& hex) {
  const std::string path = directory + "/steps/" + hex;
  const std::string text = TRY(ReadWholeFile(path, kLargestStep));
  const Json json = TRY(ParseObject(text, kLargestStep, path));
  const Reader reader(json, path);
  if (TRY(reader.Integer("version")) != 1) return Fail(path + " is of another version");
  StepRecord record;
  if (const std::string diff_id = TRY(reader.String("diffId")); !diff_id.empty()) {
    record.diff_id = TRY(Digest::Parse(diff_id));
    const Json* layer = TRY(reader.Object("layer"));
    if (!layer) return Fail(path + " names no layer");
    record.layer = TRY(ReadDescriptor(*layer, path));
  }
  record.extra = TRY(reader.String("extra"));
  return record;
}

std::string Store::BlobPath(const Digest& digest) const {
  return directory() + "/blobs/sha256/" + digest.hex();
}

Result<std::unique_ptr<Store>> Store::Open(const std::string& directory) {
  TRY_VOID(PrepareLayout(directory));
  Fd lock = TRY(LockFile(directory + "/lock", LOCK_SH));
  RemoveLeftovers(directory);
  TRY_VOID(CheckAfterRestart(directory));
  return std::unique_ptr<Store>(std::make_unique<FileStore>(directory, std::move(lock)));
}

}  // namespace guard::builder

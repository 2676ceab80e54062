// Entries become a tar, the tar is packed, both are hashed: one pass, bounded memory.
//
// Tested by write_test.cc.
#include "rootless-builder/layer/write.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "policies/base/files.h"
#include "rootless-builder/layer/pack.h"
#include "rootless-builder/layer/tar_format.h"

namespace guard::builder {
namespace {

class TarLayerWriter : public LayerWriter {
 public:
  TarLayerWriter(const LayerOptions& options, std::unique_ptr<BlobWriter> blob,
                 std::unique_ptr<Packer> packer)
      : options_(options), blob_(std::move(blob)), packer_(std::move(packer)) {}

  Result<void> Add(const Entry& entry, int content) override {
    TRY_VOID(AddHeader(entry));
    if (!HasContent(entry)) return {};
    if (content < 0) return Fail("no content was given for '" + entry.path + "'");
    TRY_VOID(Copy(entry, content));
    return Pad(entry.size);
  }

  Result<void> AddBytes(const Entry& entry, std::string_view content) override {
    if (HasContent(entry) && content.size() != entry.size) {
      return Fail("'" + entry.path + "' was said to have " + std::to_string(entry.size) + " bytes");
    }
    TRY_VOID(AddHeader(entry));
    if (!HasContent(entry)) return {};
    TRY_VOID(packer_->Write(content));
    return Pad(entry.size);
  }

  Result<WrittenLayer> Finish() override {
    TRY_VOID(packer_->Write(std::string(kTarEnd, '\0')));
    WrittenLayer layer;
    layer.tar_size = packer_->size();
    layer.entries = entries_;
    layer.diff_id = TRY(packer_->Finish());
    layer.descriptor.media_type = LayerMediaType(MediaFamily::kOci, options_.compression);
    layer.descriptor.size = blob_->size();
    layer.descriptor.digest = TRY(blob_->Commit());
    return layer;
  }

 private:
  static bool HasContent(const Entry& entry) {
    return !entry.whiteout && !entry.hard_link && S_ISREG(entry.attributes.mode);
  }

  Result<void> AddHeader(const Entry& entry) {
    header_.clear();
    ++entries_;
    const bool later = options_.clamp_mtime && !entry.whiteout && entry.mtime >= *options_.clamp_mtime;
    if (!later) {
      TRY_VOID(AppendTarHeader(entry, header_));
    } else {
      Entry clamped = entry;
      clamped.mtime = *options_.clamp_mtime;
      clamped.mtime_nsec = 0;
      TRY_VOID(AppendTarHeader(clamped, header_));
    }
    return packer_->Write(header_);
  }

  Result<void> Copy(const Entry& entry, int content) {
    uint64_t offset = 0;
    while (offset < entry.size) {
      const std::span<char> room = packer_->Room();
      const size_t wanted = static_cast<size_t>(std::min<uint64_t>(room.size(), entry.size - offset));
      const ssize_t got = pread(content, room.data(), wanted, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FailErrno("read", entry.path);
      if (got == 0) return Changed(entry);
      offset += static_cast<uint64_t>(got);
      TRY_VOID(packer_->Advance(static_cast<size_t>(got)));
    }
    struct stat status{};
    if (fstat(content, &status) != 0) return FailErrno("read", entry.path);
    if (static_cast<uint64_t>(status.st_size) != entry.size) return Changed(entry);
    return {};
  }

  static std::unexpected<Error> Changed(const Entry& entry) {
    return Fail("'" + entry.path + "' changed its size while it was written into a layer",
                "something still writes to it; wait for background processes at the end of the step");
  }

  Result<void> Pad(uint64_t size) {
    static constexpr char kZeros[kTarBlock] = {};
    return packer_->Write(std::string_view(kZeros, TarPadding(size)));
  }

  LayerOptions options_;
  std::unique_ptr<BlobWriter> blob_;
  std::unique_ptr<Packer> packer_;  // writes to blob_: goes first
  std::string header_;
  uint64_t entries_ = 0;
};

}  // namespace

Result<std::unique_ptr<LayerWriter>> LayerWriter::Create(Store& store, const LayerOptions& options) {
  auto blob = TRY(store.NewBlob());
  auto packer = TRY(Packer::Create(*blob, options.compression, options.level, options.threads));
  return std::unique_ptr<LayerWriter>(
      std::make_unique<TarLayerWriter>(options, std::move(blob), std::move(packer)));
}

}  // namespace guard::builder

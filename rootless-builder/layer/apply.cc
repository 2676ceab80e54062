// Layers and archives are unpacked.
//
// Tested by apply_test.cc and layer_fuzz.cc.
#include "rootless-builder/layer/apply.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "rootless-builder/layer/tree_writer.h"
#include "rootless-builder/layer/unpack_stream.h"

namespace guard::builder {
namespace {

// The bytes of an open file from its beginning, whatever its offset is.
ByteSource FileSource(int file) {
  return [file, offset = off_t{0},
          buffer = std::string(size_t{256} << 10, '\0')]() mutable -> Result<std::string_view> {
    for (;;) {
      const ssize_t got = pread(file, buffer.data(), buffer.size(), offset);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FailErrno("read", "the archive");
      offset += got;
      return std::string_view(buffer.data(), static_cast<size_t>(got));
    }
  };
}

std::string_view Name(Compression compression) {
  constexpr std::string_view kNames[] = {"plain tar", "gzip", "zstd"};
  return kNames[static_cast<size_t>(compression)];
}

}  // namespace

Result<Unpacked> Unpack(Store& store, const Descriptor& layer, int root, Ownership& ownership,
                        WhiteoutForm form, std::string_view overlay_xattr_prefix, const UnpackLimits& limits,
                        std::vector<std::string> below) {
  const Compression said = TRY(LayerCompression(layer.media_type));
  Fd blob(TRY(store.OpenBlob(layer.digest)));
  char begin[4] = {};
  const ssize_t got = pread(blob.get(), begin, sizeof begin, 0);
  if (got < 0) return FailErrno("read", "a layer");
  const Compression found = DetectCompression(std::string_view(begin, static_cast<size_t>(got)));
  if (found != said) {
    return Fail("the layer " + layer.digest.ToString() + " is said to be " + std::string(Name(said)) +
                    " but is " + std::string(Name(found)),
                "its media type is '" + layer.media_type + "'; push the image again with the right one");
  }
  auto stream = TRY(TarStream::Open(std::move(blob), found, limits.bytes));
  auto reader = TRY(TarReader::Open([&stream] { return stream->Next(); }, ArchiveForm::kTar, limits));
  TreeWriter writer(
      root, ownership,
      {.form = form, .overlay_prefix = std::string(overlay_xattr_prefix), .below = std::move(below)});
  Unpacked unpacked;
  for (;;) {
    const std::optional<Entry> entry = TRY(reader->Next());
    if (!entry) break;
    ++unpacked.entries;
    TRY_VOID(writer.Add(*entry, *reader));
  }
  TRY_VOID(writer.Finish());
  // The digest is of everything, also of what follows the end of the archive.
  for (;;) {
    const std::string_view rest = TRY(stream->Next());
    if (rest.empty()) break;
  }
  unpacked.diff_id = stream->DiffId();
  unpacked.bytes = stream->size();
  unpacked.implied = writer.TakeImplied();
  unpacked.took_from_below = writer.took_from_below();
  return unpacked;
}

Result<void> ReadArchive(int archive, const UnpackLimits& limits,
                         const std::function<Result<void>(const Entry&, EntryContent&)>& visit) {
  auto reader = TRY(TarReader::Open(FileSource(archive), ArchiveForm::kPackedTar, limits));
  for (;;) {
    const std::optional<Entry> entry = TRY(reader->Next());
    if (!entry) return {};
    TRY_VOID(visit(*entry, *reader));
  }
}

bool IsArchive(int file) {
  auto reader = TarReader::Open(FileSource(file), ArchiveForm::kPackedTar, {});
  if (!reader) return false;
  // A file of zeros is an empty archive to some, and a file of zeros to us.
  auto entry = (*reader)->Next();
  return entry && entry->has_value();
}

Result<void> UnpackArchive(int archive, int root, const std::string& target, Ownership& ownership,
                           const UnpackLimits& limits) {
  auto reader = TRY(TarReader::Open(FileSource(archive), ArchiveForm::kPackedTar, limits));
  std::string below = target;
  below.erase(0, std::min(below.find_first_not_of('/'), below.size()));
  while (below.ends_with('/')) below.pop_back();
  TreeWriter writer(root, ownership, {.whiteouts = false, .target = below});
  for (;;) {
    const std::optional<Entry> entry = TRY(reader->Next());
    if (!entry) break;
    TRY_VOID(writer.Add(*entry, *reader));
  }
  return writer.Finish();
}

}  // namespace guard::builder

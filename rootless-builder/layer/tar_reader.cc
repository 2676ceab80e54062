// libarchive's entries, checked and cleaned.
//
// Tested by apply_test.cc and layer_fuzz.cc.
#include "rootless-builder/layer/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace guard::builder {
namespace {

constexpr size_t kLargestXattrs = size_t{1} << 20;

std::string Shown(std::string_view text) { return std::string(text.substr(0, 200)); }

// "./a//b/" -> "a/b". A leading slash means the root, as with every other reader of layers.
Result<std::string> CleanPath(std::string_view path, const UnpackLimits& limits) {
  if (path.size() > limits.path_bytes) {
    return Fail("the archive has a path of " + std::to_string(path.size()) + " bytes; " +
                std::to_string(limits.path_bytes) + " are the limit");
  }
  std::string clean;
  uint32_t depth = 0;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") return Fail("the archive has a path with '..', which could leave the root");
    if (part.size() > 255)
      return Fail("the archive has a name of more than 255 bytes: '" + Shown(part) + "'");
    if (++depth > limits.depth)
      return Fail("the archive has a path of more than " + std::to_string(limits.depth) + " levels");
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  return clean;
}

class LibarchiveReader : public TarReader {
 public:
  LibarchiveReader(ByteSource source, const UnpackLimits& limits)
      : source_(std::move(source)), limits_(limits), archive_(archive_read_new()) {}
  ~LibarchiveReader() override { archive_read_free(archive_); }
  LibarchiveReader(const LibarchiveReader&) = delete;
  LibarchiveReader& operator=(const LibarchiveReader&) = delete;

  Result<void> Start(ArchiveForm form) {
    if (!archive_) return Fail("reading an archive failed: out of memory");
    archive_read_support_format_tar(archive_);
    if (form == ArchiveForm::kPackedTar) {
      archive_read_support_filter_gzip(archive_);
      archive_read_support_filter_bzip2(archive_);
      archive_read_support_filter_xz(archive_);
      archive_read_support_filter_zstd(archive_);
    }
    if (archive_read_open(archive_, this, nullptr, &Feed, nullptr) != ARCHIVE_OK) return Broken();
    return {};
  }

  Result<std::optional<Entry>> Next() override {
    const int status = archive_read_next_header(archive_, &entry_);
    if (status == ARCHIVE_EOF) {
      if (failed_) return Fail(*failed_);
      return std::nullopt;
    }
    if (status != ARCHIVE_OK && !OnlyLocale(status)) return Broken();
    if (++entries_ > limits_.entries) {
      return Fail("the archive has more than " + std::to_string(limits_.entries) + " entries");
    }
    return std::optional(TRY(Convert()));
  }

  Result<bool> NextPiece(Piece& piece) override {
    const void* bytes = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    const int status = archive_read_data_block(archive_, &bytes, &size, &offset);
    if (status == ARCHIVE_EOF) return false;
    if (status != ARCHIVE_OK || offset < 0) return Broken();
    piece = {std::string_view(static_cast<const char*>(bytes), size), static_cast<uint64_t>(offset)};
    return true;
  }

  Result<size_t> Read(char* buffer, size_t size) override {
    const la_ssize_t got = archive_read_data(archive_, buffer, size);
    if (got < 0) return Broken();
    return static_cast<size_t>(got);
  }

 private:
  static la_ssize_t Feed(archive*, void* self, const void** buffer) {
    auto* reader = static_cast<LibarchiveReader*>(self);
    auto bytes = reader->source_();
    if (!bytes) {
      reader->failed_ = std::move(bytes.error());
      archive_set_error(reader->archive_, EIO, "the source failed");
      return ARCHIVE_FATAL;
    }
    *buffer = bytes->data();
    return static_cast<la_ssize_t>(bytes->size());
  }

  // A warning means that something of the header was not understood: an ignored name or owner is a wrong one.
  // But names are bytes here, this program has no locale, and libarchive keeps the bytes of a name that it
  // cannot convert to one's characters.
  bool OnlyLocale(int status) const {
    const char* reason = archive_error_string(archive_);
    return status == ARCHIVE_WARN && reason && std::string_view(reason).ends_with(" to current locale.");
  }

  std::unexpected<Error> Broken() {
    if (failed_) return Fail(*failed_);
    const char* reason = archive_error_string(archive_);
    return Fail("the archive is damaged or no tar: " + Shown(reason ? reason : "unknown error"));
  }

  Result<uint32_t> Id(la_int64_t id, const std::string& path) const {
    if (id < 0 || id >= 0xffffffff)
      return Fail("'" + Shown(path) + "' has the owner " + std::to_string(id) + ", which no system has");
    return static_cast<uint32_t>(id);
  }

  Result<Entry> Convert() {
    Entry out;
    const char* path = archive_entry_pathname(entry_);
    if (!path) return Fail("the archive has an entry without a name");
    out.path = TRY(CleanPath(path, limits_));
    Attributes& attributes = out.attributes;
    attributes.mode = archive_entry_filetype(entry_) | (archive_entry_perm(entry_) & 07777);
    attributes.uid = TRY(Id(archive_entry_uid(entry_), out.path));
    attributes.gid = TRY(Id(archive_entry_gid(entry_), out.path));
    if (archive_entry_mtime_is_set(entry_) != 0) {
      out.mtime = archive_entry_mtime(entry_);
      const long nanoseconds = archive_entry_mtime_nsec(entry_);
      out.mtime_nsec =
          nanoseconds >= 0 && nanoseconds < 1'000'000'000 ? static_cast<uint32_t>(nanoseconds) : 0;
    }
    if (const char* link = archive_entry_hardlink(entry_)) {
      out.hard_link = true;
      attributes.mode = S_IFREG | (attributes.mode & 07777);  // whatever it links to
      out.link = TRY(CleanPath(link, limits_));
      return out;
    }
    if (S_ISLNK(attributes.mode)) {
      const char* link = archive_entry_symlink(entry_);
      if (!link || *link == '\0') return Fail("the symlink '" + Shown(out.path) + "' has no target");
      out.link = link;
      if (out.link.size() > limits_.path_bytes)
        return Fail("the symlink '" + Shown(out.path) + "' has too long a target");
    }
    if (S_ISCHR(attributes.mode) || S_ISBLK(attributes.mode)) {
      attributes.rdev = makedev(archive_entry_rdevmajor(entry_), archive_entry_rdevminor(entry_));
    }
    if (S_ISREG(attributes.mode)) {
      const la_int64_t size = archive_entry_size(entry_);
      if (size < 0) return Fail("'" + Shown(out.path) + "' has a negative size");
      out.size = static_cast<uint64_t>(size);
      // Also of sparse files, which take little in the archive and on disk, but not for whoever reads them.
      content_ += out.size;
      if (out.size > limits_.bytes || content_ > limits_.bytes) {
        return Fail("the archive's files have more than " + std::to_string(limits_.bytes) + " bytes");
      }
    }
    return TRY(WithXattrs(std::move(out)));
  }

  Result<Entry> WithXattrs(Entry out) {
    size_t bytes = 0;
    archive_entry_xattr_reset(entry_);
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    while (archive_entry_xattr_next(entry_, &name, &value, &size) == ARCHIVE_OK) {
      if (!name) continue;
      bytes += std::strlen(name) + size;
      if (bytes > kLargestXattrs)
        return Fail("'" + Shown(out.path) + "' has more than a megabyte of extended attributes");
      std::string text(static_cast<const char*>(value), size);
      if (std::string_view(name) == "security.capability") {
        out.attributes.capability = std::move(text);
      } else {
        out.xattrs.emplace_back(name, std::move(text));
      }
    }
    std::ranges::sort(out.xattrs);
    return out;
  }

  ByteSource source_;
  UnpackLimits limits_;
  archive* archive_;
  archive_entry* entry_ = nullptr;
  std::optional<Error> failed_;
  uint64_t entries_ = 0, content_ = 0;
};

}  // namespace

Result<std::unique_ptr<TarReader>> TarReader::Open(ByteSource source, ArchiveForm form,
                                                   const UnpackLimits& limits) {
  auto reader = std::make_unique<LibarchiveReader>(std::move(source), limits);
  TRY_VOID(reader->Start(form));
  return std::unique_ptr<TarReader>(std::move(reader));
}

}  // namespace guard::builder

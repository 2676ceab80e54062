// Reading tars of every dialect through libarchive: ustar, pax, GNU, old ones; sparse files, long names,
// base-256 numbers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "rootless-builder/layer/apply.h"

namespace guard::builder {

// The next bytes of the archive; empty at the end.
using ByteSource = std::function<Result<std::string_view>()>;

enum class ArchiveForm : uint8_t {
  kTar,        // bytes of a tar
  kPackedTar,  // also packed with gzip, bzip2, xz or zstd
};

class TarReader : public EntryContent {
 public:
  static Result<std::unique_ptr<TarReader>> Open(ByteSource source, ArchiveForm form,
                                                 const UnpackLimits& limits);
  // The next entry, nothing at the end. Paths are relative and have no "." parts; one with ".." is an error.
  // Names that mean whiteouts are left as they are.
  virtual Result<std::optional<Entry>> Next() = 0;
  // The current entry's content in pieces as it is stored, holes left out: false at its end.
  struct Piece {
    std::string_view bytes;
    uint64_t offset = 0;
  };
  virtual Result<bool> NextPiece(Piece& piece) = 0;
};

}  // namespace guard::builder

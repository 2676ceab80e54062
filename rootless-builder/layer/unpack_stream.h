// A packed layer as a stream of tar bytes: unpacked and hashed by a thread of its own, while the caller
// writes files.
#pragma once

#include <memory>
#include <string_view>

#include "policies/base/files.h"
#include "rootless-builder/image/store.h"

namespace guard::builder {

// gzip, zstd or nothing, told by the first bytes.
Compression DetectCompression(std::string_view begin);

class TarStream {
 public:
  // Reads `blob` from its beginning. At most `limit` bytes of tar.
  static Result<std::unique_ptr<TarStream>> Open(Fd blob, Compression compression, uint64_t limit);
  virtual ~TarStream() = default;
  // The next piece, valid until the next call; empty at the end. The end is there only when everything was
  // whole.
  virtual Result<std::string_view> Next() = 0;
  // Of everything, when Next has given the end.
  virtual Digest DiffId() = 0;
  virtual uint64_t size() const = 0;
};

}  // namespace guard::builder

// Writing a layer: entries to a deterministic tar (pax where needed), packed, hashed, in one pass.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "rootless-builder/image/store.h"
#include "rootless-builder/layer/entry.h"

namespace guard::builder {

struct LayerOptions {
  Compression compression = Compression::kGzip;
  int level = -1;                      // -1: the compressor's default for images
  unsigned threads = 1;                // changes nothing in the bytes
  std::optional<int64_t> clamp_mtime;  // SOURCE_DATE_EPOCH: later times become this one
};

struct WrittenLayer {
  Digest diff_id;         // of the tar
  Descriptor descriptor;  // of the packed blob: digest, size; the media type is OCI's (the family is the
                          // manifest's affair)
  uint64_t tar_size = 0;
  uint64_t entries = 0;
};

// Takes entries in the order they shall have (callers sort by path; parents first; whiteouts before their
// siblings).
class LayerWriter {
 public:
  static Result<std::unique_ptr<LayerWriter>> Create(Store& store, const LayerOptions& options);
  virtual ~LayerWriter() = default;
  // `content` is an open descriptor of entry.size bytes for regular files, -1 otherwise; it is read from its
  // offset 0 by pread. An error if the file is shorter or longer by then.
  virtual Result<void> Add(const Entry& entry, int content) = 0;
  virtual Result<void> AddBytes(const Entry& entry, std::string_view content) = 0;
  virtual Result<WrittenLayer> Finish() = 0;
};

}  // namespace guard::builder

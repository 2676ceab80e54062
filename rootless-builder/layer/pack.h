// Packing a stream: gzip or zstd in blocks of a fixed size, each on its own, so that several threads pack
// side by side and the bytes do not depend on how many they are.
//
// A gzip blob is a sequence of members, a zstd blob a sequence of frames: every reader takes both as one
// stream (as with pigz, bgzip, eStargz and zstd:chunked).
#pragma once

#include <memory>
#include <span>

#include "rootless-builder/image/store.h"

namespace guard::builder {

inline constexpr size_t kPackBlock = size_t{1} << 20;
// More threads are not used: memory stays below 20 MB, and the disk is slower by then.
inline constexpr unsigned kMostPackThreads = 4;

class Packer {
 public:
  // Writes to `out`, which outlives it. A level of -1 is the default.
  static Result<std::unique_ptr<Packer>> Create(BlobWriter& out, Compression compression, int level,
                                                unsigned threads);
  virtual ~Packer() = default;

  // Room for the next bytes, never empty; after writing into it, Advance says how many there are.
  virtual std::span<char> Room() = 0;
  virtual Result<void> Advance(size_t bytes) = 0;
  Result<void> Write(std::string_view bytes);
  // Everything is with `out` then. Returns the digest of what was packed.
  virtual Result<Digest> Finish() = 0;
  virtual uint64_t size() const = 0;  // before packing
};

// The range of levels a compression takes.
struct Levels {
  int least, most, normal;
};
Levels LevelsOf(Compression compression);

}  // namespace guard::builder

// What an entry looks like in a tar: ustar, with a pax header before it only where ustar has no place.
//
// Written here and not by libarchive: the bytes are the identity of a layer, so that they may not change with
// a library's version. Reading, where dialects and hostile input are, is libarchive's.
#pragma once

#include <string>

#include "rootless-builder/layer/entry.h"

namespace guard::builder {

inline constexpr size_t kTarBlock = 512;

// Appends the header, and for an opaque directory the marker that goes with it. Deterministic: numeric owners
// without names, no access and change times, fractions of seconds only where there are any. An error for what
// a layer cannot hold: sockets, names that are whiteouts to every reader.
Result<void> AppendTarHeader(const Entry& entry, std::string& out);
// How many zero bytes follow that much content.
inline size_t TarPadding(uint64_t size) {
  return static_cast<size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}
inline constexpr size_t kTarEnd = 2 * kTarBlock;  // zeros at the end

}  // namespace guard::builder

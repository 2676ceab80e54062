// Whether two entries of a map have the same key: asked for every map that is read, so it must cost next to
// nothing for small ones and stay within n log n for large and hostile ones.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policies/document/node.h"

namespace guard {

struct DuplicateKey {
  uint32_t first;   // indices into the entries
  uint32_t second;  // the later one
};

// The duplicate whose second entry comes first.
std::optional<DuplicateKey> FindDuplicateInLarge(std::span<const Entry> entries);

inline std::optional<DuplicateKey> FindDuplicate(std::span<const Entry> entries) {
  constexpr size_t kSmall = 48;
  if (entries.size() > kSmall) return FindDuplicateInLarge(entries);
  uint64_t seen = 0;  // a bit of each hash: as long as it is new, so is the key
  for (uint32_t i = 0; i < entries.size(); ++i) {
    uint64_t bit = uint64_t{1} << (entries[i].key_hash & 63);
    if ((seen & bit) != 0)
      for (uint32_t j = 0; j < i; ++j)
        if (entries[j].key_hash == entries[i].key_hash && entries[j].key() == entries[i].key())
          return DuplicateKey{j, i};
    seen |= bit;
  }
  return std::nullopt;
}

// The indices of `entries`, grouped by key; within a key in their order.
std::vector<uint32_t> SortByKey(std::span<const Entry> entries);

}  // namespace guard

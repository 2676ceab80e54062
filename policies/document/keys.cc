// Tested by tests/unit/document/yaml_test.cc and json_test.cc.
#include "policies/document/keys.h"

#include <algorithm>

namespace guard {

std::vector<uint32_t> SortByKey(std::span<const Entry> entries) {
  std::vector<uint64_t> order(entries.size());  // hash and index in one word: most comparisons end there
  for (uint32_t i = 0; i < entries.size(); ++i) order[i] = uint64_t{entries[i].key_hash} << 32 | i;
  std::sort(order.begin(), order.end());
  std::vector<uint32_t> indices(entries.size());
  for (size_t i = 0; i < order.size(); ++i) indices[i] = static_cast<uint32_t>(order[i]);
  // Entries of one hash, usually one entry or the same key; somebody may have made many different ones
  // collide.
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && order[end] >> 32 == order[begin] >> 32) ++end;
    if (end - begin > 1)
      std::sort(indices.begin() + static_cast<ptrdiff_t>(begin),
                indices.begin() + static_cast<ptrdiff_t>(end), [&](uint32_t a, uint32_t b) {
                  int order_of_keys = entries[a].key().compare(entries[b].key());
                  return order_of_keys != 0 ? order_of_keys < 0 : a < b;
                });
    begin = end;
  }
  return indices;
}

std::optional<DuplicateKey> FindDuplicateInLarge(std::span<const Entry> entries) {
  std::vector<uint32_t> indices = SortByKey(entries);
  std::optional<DuplicateKey> found;
  for (size_t i = 1; i < indices.size(); ++i) {
    uint32_t a = indices[i - 1], b = indices[i];
    bool same = entries[a].key_hash == entries[b].key_hash && entries[a].key() == entries[b].key();
    if (same && (!found || b < found->second)) found = DuplicateKey{a, b};
  }
  return found;
}

}  // namespace guard

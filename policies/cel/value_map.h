// Maps made at run time: built entry by entry, with an index once they are large.
#pragma once

#include <vector>

#include "policies/cel/value.h"

namespace guard::cel {

// Open addressing over the entries of one map; `seed` makes collisions unpredictable for who chooses the
// keys.
struct MapIndex {
  struct Slot {
    uint32_t hash;
    uint32_t entry;  // one more than the entry's place; 0: free
  };
  const Slot* slots;
  uint32_t mask;
  uint64_t seed;
};

// Whether a value may be a map's key: bool, int, uint, string.
inline bool IsKey(const Value& key) {
  return key.is(Tag::kBool) || key.is(Tag::kInt) || key.is(Tag::kUint) || key.is(Tag::kString);
}

// Collects entries; memory comes from the arena that the map will live in.
class MapBuilder {
 public:
  explicit MapBuilder(Arena& arena, uint32_t expected = 0);

  // False, and nothing added, when there is such a key already.
  bool Insert(const Value& key, const Value& value);
  // Replaces the value of a key that is there.
  void Set(const Value& key, const Value& value);
  Value Finish();

 private:
  uint32_t Find(const Value& key, uint32_t hash) const;  // size_ when there is none
  void Grow(uint32_t capacity);
  void Reindex();

  Arena& arena_;
  MapEntry* entries_ = nullptr;
  uint32_t size_ = 0, capacity_ = 0;
  MapIndex::Slot* slots_ = nullptr;
  uint32_t mask_ = 0;
  uint64_t seed_ = 0;
};

// The hash that an index keeps of a key; numbers that are equal hash alike.
uint32_t IndexHash(const Value& key, uint64_t seed);
// The entry under a key (whose hash with the index's seed is given); nullptr when there is none.
const MapEntry* IndexFind(const MapData& map, const Value& key, uint32_t hash);
// Key equality, for keys and for doubles that look one up.
bool SameKey(const Value& a, const Value& b);

}  // namespace guard::cel

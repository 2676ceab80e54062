// Maps made at run time. Small ones are searched from end to end, which is faster than any index; larger ones
// hash. Tested by tests/unit/cel/value_test.cc.
#include "policies/cel/value_map.h"

#include <algorithm>
#include <bit>

namespace guard::cel {

namespace {

constexpr uint32_t kLinear = 8;  // entries up to which there is no index

uint64_t Mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t HashBytes(std::string_view bytes, uint64_t seed) {
  uint64_t hash = seed ^ (bytes.size() * 0x9e3779b97f4a7c15u);
  const char* at = bytes.data();
  size_t left = bytes.size();
  while (left > 0) {
    uint64_t word = 0;
    size_t take = std::min<size_t>(left, sizeof(word));
    std::memcpy(&word, at, take);
    hash = Mix(hash ^ word, 0xa0761d6478bd642fu ^ seed);
    at += take, left -= take;
  }
  return hash;
}

}  // namespace

// Numbers are the same key when they are the same number, to the last digit.
bool SameKey(const Value& a, const Value& b) {
  if (a.tag == b.tag) {
    switch (a.tag) {
      case Tag::kString: return a.string() == b.string();
      case Tag::kBool: return a.boolean == b.boolean;
      case Tag::kInt: return a.integer == b.integer;
      case Tag::kUint: return a.unsigned_integer == b.unsigned_integer;
      case Tag::kDouble: return a.real == b.real;
      default: return false;
    }
  }
  if (a.is(Tag::kDouble)) return SameKey(b, a);
  switch (b.tag) {
    case Tag::kInt: return a.is(Tag::kUint) && b.integer >= 0 && a.unsigned_integer == b.unsigned_integer;
    case Tag::kUint: return a.is(Tag::kInt) && a.integer >= 0 && a.unsigned_integer == b.unsigned_integer;
    case Tag::kDouble: {
      double d = b.real;
      if (a.is(Tag::kInt))
        return d >= -0x1p63 && d < 0x1p63 && static_cast<double>(a.integer) == d &&
               static_cast<int64_t>(d) == a.integer;
      return a.is(Tag::kUint) && d >= 0 && d < 0x1p64 && static_cast<double>(a.unsigned_integer) == d &&
             static_cast<uint64_t>(d) == a.unsigned_integer;
    }
    default: return false;
  }
}

uint32_t IndexHash(const Value& key, uint64_t seed) {
  uint64_t hash = 0;
  switch (key.tag) {
    case Tag::kString: hash = HashBytes(key.string(), seed); break;
    case Tag::kBool: hash = Mix(seed + (key.boolean ? 3 : 5), 0xe7037ed1a0b428dbu); break;
    case Tag::kDouble: {
      // Equal to an integer only if it is one; two's complement makes the int and the uint of a number alike.
      double d = key.real;
      uint64_t bits = 0;
      if (d >= -0x1p63 && d < 0x1p63) {
        bits = static_cast<uint64_t>(static_cast<int64_t>(d));
      } else if (d >= 0x1p63 && d < 0x1p64) {
        bits = static_cast<uint64_t>(d);
      }
      hash = Mix(seed ^ bits, 0x8ebc6af09c88c6e3u);
      break;
    }
    default: hash = Mix(seed ^ key.unsigned_integer, 0x8ebc6af09c88c6e3u); break;
  }
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

const MapEntry* IndexFind(const MapData& map, const Value& key, uint32_t hash) {
  const MapIndex& index = *map.index;
  for (uint32_t at = hash & index.mask; index.slots[at].entry != 0; at = (at + 1) & index.mask) {
    const MapIndex::Slot& slot = index.slots[at];
    if (slot.hash == hash && SameKey(map.entries[slot.entry - 1].key, key))
      return &map.entries[slot.entry - 1];
  }
  return nullptr;
}

MapBuilder::MapBuilder(Arena& arena, uint32_t expected) : arena_(arena) {
  if (expected > 0) Grow(expected);
}

void MapBuilder::Grow(uint32_t capacity) {
  MapEntry* entries = arena_.AllocateArray<MapEntry>(capacity);
  if (size_ > 0) std::memcpy(static_cast<void*>(entries), entries_, size_ * sizeof(MapEntry));
  entries_ = entries, capacity_ = capacity;
  if (capacity > kLinear) Reindex();
}

void MapBuilder::Reindex() {
  uint32_t count = std::bit_ceil(capacity_ * 2);
  slots_ = arena_.AllocateArray<MapIndex::Slot>(count);
  std::memset(slots_, 0, count * sizeof(MapIndex::Slot));
  mask_ = count - 1;
  seed_ = Mix(reinterpret_cast<uintptr_t>(slots_), 0x589965cc75374cc3u);
  for (uint32_t i = 0; i < size_; ++i) {
    uint32_t hash = IndexHash(entries_[i].key, seed_);
    uint32_t at = hash & mask_;
    while (slots_[at].entry != 0) at = (at + 1) & mask_;
    slots_[at] = {hash, i + 1};
  }
}

uint32_t MapBuilder::Find(const Value& key, uint32_t hash) const {
  if (slots_ == nullptr) {
    uint32_t i = 0;
    while (i < size_ && !SameKey(entries_[i].key, key)) ++i;
    return i;
  }
  for (uint32_t at = hash & mask_; slots_[at].entry != 0; at = (at + 1) & mask_)
    if (slots_[at].hash == hash && SameKey(entries_[slots_[at].entry - 1].key, key))
      return slots_[at].entry - 1;
  return size_;
}

bool MapBuilder::Insert(const Value& key, const Value& value) {
  uint32_t hash = slots_ ? IndexHash(key, seed_) : 0;
  if (Find(key, hash) != size_) return false;
  if (size_ == capacity_) {
    Grow(std::max(4u, capacity_ * 2));
    if (slots_) hash = IndexHash(key, seed_);
  }
  entries_[size_++] = {key, value};
  if (slots_) {
    uint32_t at = hash & mask_;
    while (slots_[at].entry != 0) at = (at + 1) & mask_;
    slots_[at] = {hash, size_};
  }
  return true;
}

void MapBuilder::Set(const Value& key, const Value& value) {
  uint32_t i = Find(key, slots_ ? IndexHash(key, seed_) : 0);
  if (i != size_) entries_[i].value = value;
}

Value MapBuilder::Finish() {
  MapData* data = arena_.New<MapData>();
  data->entries = entries_;
  if (slots_) data->index = arena_.New<MapIndex>(slots_, mask_, seed_);
  Value map;
  map.tag = Tag::kMap;
  map.size = size_;
  map.map_data = data;
  return map;
}

}  // namespace guard::cel

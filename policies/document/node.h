// A Node is one value of a document, with the place it was read from.
//
// Nodes are plain structs in the Document's arena; strings view the Source's text where the text is the
// value, and the arena where it had to be unescaped. A Node is 24 bytes and may be copied freely: copies
// share children.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "policies/document/source.h"

namespace guard {

enum class NodeKind : uint8_t { kNull, kBool, kInt, kDouble, kString, kList, kMap };

// How the value is written, which is what Edit and the mapping of places inside strings need to know.
enum class NodeStyle : uint8_t {
  kPlain,         // YAML plain scalar, or a JSON number, true, false, null
  kSingleQuoted,  // 'it''s'
  kDoubleQuoted,  // "a\n", JSON strings too
  kLiteral,       // |
  kFolded,        // >
  kBlock,         // block mapping or sequence
  kFlow,          // [..] or {..}, JSON containers too
  kSynthetic,     // made by a projection; its span is the place a finding about it should point to
};

enum class NodeFlag : uint8_t {
  kAliased = 1,  // reached through a YAML alias or merge key, or what one stands for: an edit changes other
                 // places too
  kAbsent = 2,   // an empty value ("key:" and nothing behind it)
};

// A cheap hash of map keys, stored beside each key and precomputed in programs: most look-ups end at the
// hash. Eight bytes at a time, because hashing is a large part of reading JSON; not for tables that an
// attacker may fill.
constexpr uint32_t KeyHash(std::string_view key) {
  constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
  auto load = [&](size_t at, size_t count) {
    uint64_t word = 0;
    if consteval {
      for (size_t i = 0; i < count; ++i) word |= uint64_t{static_cast<unsigned char>(key[at + i])} << (8 * i);
    } else {
      std::memcpy(&word, key.data() + at, count);
    }
    return word;
  };
  uint64_t hash = key.size() * kMultiplier;
  size_t at = 0;
  for (; at + 8 <= key.size(); at += 8) {
    hash = (hash ^ load(at, 8)) * kMultiplier;
    hash ^= hash >> 29;
  }
  if (key.size() >= 8) {
    if (at < key.size()) hash = (hash ^ load(key.size() - 8, 8)) * kMultiplier;
  } else if (key.size() >= 4) {
    hash = (hash ^ (load(0, 4) | load(key.size() - 4, 4) << 32)) * kMultiplier;
  } else if (!key.empty()) {
    uint64_t word = static_cast<unsigned char>(key[0]);
    word |= uint64_t{static_cast<unsigned char>(key[key.size() / 2])} << 8;
    word |= uint64_t{static_cast<unsigned char>(key.back())} << 16;
    hash = (hash ^ word) * kMultiplier;
  }
  return static_cast<uint32_t>(hash >> 32) ^ static_cast<uint32_t>(hash);
}
static_assert(std::endian::native == std::endian::little,
              "KeyHash agrees with itself on little-endian machines");

// Whether two keys of the same size are the same. Keys are short, and most comparisons are of equal ones (the
// hash has been compared before): overlapping words beat a call.
inline bool SameKey(const char* a, const char* b, uint32_t size) {
  auto word = [](const char* at, auto type) {
    std::memcpy(&type, at, sizeof(type));
    return type;
  };
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) {
    return ((word(a, uint64_t{}) ^ word(b, uint64_t{})) |
            (word(a + size - 8, uint64_t{}) ^ word(b + size - 8, uint64_t{}))) == 0;
  }
  if (size >= 4) {
    return ((word(a, uint32_t{}) ^ word(b, uint32_t{})) |
            (word(a + size - 4, uint32_t{}) ^ word(b + size - 4, uint32_t{}))) == 0;
  }
  for (uint32_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return false;
  return true;
}

struct Entry;

struct Node {
  NodeKind kind = NodeKind::kNull;
  NodeStyle style = NodeStyle::kPlain;
  uint8_t flags = 0;
  uint32_t size = 0;  // bytes of a string, items of a list, entries of a map
  Span span;          // the value in the source, quotes and block indicators included
  union {
    bool boolean;
    int64_t integer;
    double real;
    const char* bytes;
    const Node* items;
    const Entry* entries;
  };

  Node() : integer(0) {}

  bool is_null() const { return kind == NodeKind::kNull; }
  bool is_string() const { return kind == NodeKind::kString; }
  bool is_list() const { return kind == NodeKind::kList; }
  bool is_map() const { return kind == NodeKind::kMap; }
  bool has(NodeFlag flag) const { return (flags & static_cast<uint8_t>(flag)) != 0; }
  void set(NodeFlag flag) { flags |= static_cast<uint8_t>(flag); }

  // Empty unless it is a string (list, map): callers may ask without looking at the kind first.
  std::string_view string() const { return is_string() ? std::string_view(bytes, size) : std::string_view(); }
  std::span<const Node> list() const { return is_list() ? std::span(items, size) : std::span<const Node>(); }
  inline std::span<const Entry> map() const;

  // The value under a key, or nullptr; nullptr too when this is no map.
  inline const Node* Find(std::string_view key, uint32_t hash) const;
  const Node* Find(std::string_view key) const { return Find(key, KeyHash(key)); }
  inline const Entry* FindEntry(std::string_view key) const;
  // The string under a key, or empty.
  std::string_view FindString(std::string_view key) const {
    const Node* node = Find(key);
    return node ? node->string() : std::string_view();
  }
};

struct Entry {
  const char* key_bytes = nullptr;
  uint32_t key_size = 0;
  uint32_t key_hash = 0;
  Span key_span;
  Node value;

  std::string_view key() const { return {key_bytes, key_size}; }
  void set_key(std::string_view key) {
    key_bytes = key.data(), key_size = static_cast<uint32_t>(key.size()), key_hash = KeyHash(key);
  }
};

static_assert(sizeof(Node) == 24 && sizeof(Entry) == 48);

std::span<const Entry> Node::map() const {
  return is_map() ? std::span(entries, size) : std::span<const Entry>();
}

const Node* Node::Find(std::string_view key, uint32_t hash) const {
  if (kind != NodeKind::kMap) return nullptr;
  for (uint32_t i = 0; i < size; ++i) {
    const Entry& entry = entries[i];
    if (entry.key_hash == hash && entry.key_size == key.size() &&
        SameKey(entry.key_bytes, key.data(), entry.key_size))
      return &entry.value;
  }
  return nullptr;
}

const Entry* Node::FindEntry(std::string_view key) const {
  uint32_t hash = KeyHash(key);
  for (const Entry& entry : map())
    if (entry.key_hash == hash && entry.key() == key) return &entry;
  return nullptr;
}

}  // namespace guard

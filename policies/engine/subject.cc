// Names of subject kinds, and the way back from a projection's copies to the document.
//
// Tested by tests/unit/subjects/kubernetes_test.cc.
#include "policies/engine/subject.h"

#include <algorithm>
#include <functional>

namespace guard {

namespace {

constexpr std::string_view kNames[kSubjectKinds] = {"pod",   "resource", "job",  "runner",
                                                    "stage", "service",  "image"};

// A search gives up after this many nodes: aliases can make a small file a very large tree.
constexpr uint32_t kSearched = 200'000;

// Looks for a node by its address, extending `path` on the way down.
struct Search {
  const Node* target;
  uint32_t left = kSearched;
  std::string path;

  bool Below(const Node& from) {
    if (&from == target) return true;
    size_t length = path.size();
    if (from.is_list()) {
      if (left < from.size) return false;
      left -= from.size;
      for (uint32_t i = 0; i < from.size; ++i) {
        const Node& item = from.items[i];
        if (&item != target && !item.is_map() && !item.is_list()) continue;
        path += '[' + std::to_string(i) + ']';
        if (Below(item)) return true;
        path.resize(length);
      }
    } else if (from.is_map()) {
      if (left < from.size) return false;
      left -= from.size;
      for (const Entry& entry : from.map()) {
        if (&entry.value != target && !entry.value.is_map() && !entry.value.is_list()) continue;
        AppendPathKey(&path, entry.key());
        if (Below(entry.value)) return true;
        path.resize(length);
      }
    }
    return false;
  }
};

const Node* In(const Origin& origin, const Node* node) {
  uintptr_t at = reinterpret_cast<uintptr_t>(node), begin = reinterpret_cast<uintptr_t>(origin.copy);
  if (at < begin || at - begin >= uintptr_t{origin.count} * origin.stride) return nullptr;
  if ((at - begin) % origin.stride != 0) return nullptr;
  return reinterpret_cast<const Node*>(reinterpret_cast<uintptr_t>(origin.real) + (at - begin));
}

// What `node` was copied from, or nullptr.
const Node* OneStep(std::span<const Origin> origins, const Node* node) {
  if (origins.size() > kSortedOrigins) {
    auto after = std::upper_bound(
        origins.begin(), origins.end(), node,
        [](const Node* sought, const Origin& origin) { return std::less<>()(sought, origin.copy); });
    return after == origins.begin() ? nullptr : In(*(after - 1), node);
  }
  for (size_t i = origins.size(); i-- > 0;)
    if (const Node* real = In(origins[i], node)) return real;
  return nullptr;
}

}  // namespace

void AppendPathKey(std::string* path, std::string_view key) {
  bool plain = !key.empty();
  for (char c : key)
    plain &=
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  if (plain) {
    if (!path->empty()) *path += '.';
    *path += key;
    return;
  }
  *path += "['";
  for (char c : key) {
    if (c == '\'' || c == '\\') *path += '\\';
    *path += c;
  }
  *path += "']";
}

std::string_view ToString(SubjectKind kind) { return kNames[static_cast<int>(kind)]; }

std::optional<SubjectKind> ParseSubjectKind(std::string_view name) {
  for (int i = 0; i < kSubjectKinds; ++i)
    if (kNames[i] == name) return static_cast<SubjectKind>(i);
  return std::nullopt;
}

std::string Subject::Id() const {
  std::string id(object_kind);
  if (!namespace_name.empty()) id.append("/").append(namespace_name);
  if (!name.empty()) id.append("/").append(name);
  return id;
}

const Node* Subject::Real(const Node* node) const {
  if (node == &value && real_value) return real_value;
  if (node == &object && real_object) return real_object;
  // Copies are made of the document and of earlier copies.
  while (const Node* next = OneStep(origins, node)) node = next;
  while (const Node* next = OneStep(object_origins, node)) node = next;
  return node;
}

std::string Subject::PathTo(const Node* node) const {
  if (node == nullptr) return {};
  const Node* real = Real(node);
  if (real == real_value) return path;
  if (real == real_object) return object_path;
  Search search{real, kSearched, path};
  if (real_value && search.Below(*real_value)) return search.path;
  search.path = object_path, search.left = kSearched;
  if (real_object && search.Below(*real_object)) return search.path;
  return {};
}

}  // namespace guard

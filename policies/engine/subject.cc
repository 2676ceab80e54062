// Names of subject kinds, and the way back from a projection's copies to the document.
//
// Tested by tests/unit/subjects/kubernetes_test.cc.
#include "policies/engine/subject.h"

#include <algorithm>
#include <functional>

namespace guard {

namespace {

constexpr std::string_view kNames[kSubjectKinds] = {"pod",   "resource", "job",   "runner",
                                                    "stage", "service",  "image", "request"};

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
    plain &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == '-' || c == '$';
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

}  // namespace guard

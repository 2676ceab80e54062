// Paths below a node, as findings print them and guardrails write them: spec.containers[0].image.
// Tested by tests/unit/document/path_test.cc.
#include <algorithm>
#include <charconv>

#include "policies/document/document.h"

namespace guard {

namespace {

bool IsSame(const Node& a, const Node& b) {
  if (&a == &b) return true;
  // A copy: the same place, and the same children or bytes.
  return a.kind == b.kind && a.size == b.size && a.span == b.span && a.integer == b.integer;
}

// A child lies within its parent in the source, unless it came there by an alias or a projection.
bool MayHold(const Node& node, const Node& target) {
  if (!node.is_map() && !node.is_list()) return false;
  return node.span.contains(target.span) || node.has(NodeFlag::kAliased) ||
         node.style == NodeStyle::kSynthetic;
}

bool IsPlainKey(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$';
  });
}

std::string KeyStep(std::string_view key, bool first) {
  if (IsPlainKey(key)) return (first ? "" : ".") + std::string(key);
  std::string step = "['";
  for (char c : key) {
    if (c == '\'' || c == '\\') step += '\\';
    step += c;
  }
  return step + "']";
}

// Appends the path from `node` to `target`; leaves `path` alone when it is not there.
bool Find(const Node& node, const Node& target, std::string* path) {
  size_t length = path->size();
  auto try_child = [&](const Node& child, auto step) {
    bool same = IsSame(child, target);
    if (!same && !MayHold(child, target)) return false;
    *path += step();
    if (same || Find(child, target, path)) return true;
    path->resize(length);
    return false;
  };
  for (const Entry& entry : node.map())
    if (try_child(entry.value, [&] { return KeyStep(entry.key(), length == 0); })) return true;
  for (uint32_t i = 0; i < node.list().size(); ++i)
    if (try_child(node.items[i], [&] { return '[' + std::to_string(i) + ']'; })) return true;
  return false;
}

// One step of a path: a key or an index.
struct Step {
  std::string key;
  std::optional<uint32_t> index;
};

// Takes the next step off `path`; nothing when it is no path.
std::optional<Step> TakeStep(std::string_view* path) {
  std::string_view rest = *path;
  Step step;
  if (rest.starts_with('[')) {
    rest.remove_prefix(1);
    if (rest.starts_with('\'') || rest.starts_with('"')) {
      char quote = rest[0];
      rest.remove_prefix(1);
      while (!rest.empty() && rest[0] != quote) {
        if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
        step.key += rest[0];
        rest.remove_prefix(1);
      }
      if (!rest.starts_with(quote)) return std::nullopt;
      rest.remove_prefix(1);
    } else {
      uint32_t index = 0;
      auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
      if (error != std::errc()) return std::nullopt;
      step.index = index;
      rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    }
    if (!rest.starts_with(']')) return std::nullopt;
    rest.remove_prefix(1);
  } else {
    size_t length = std::min(rest.find_first_of(".["), rest.size());
    step.key = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  if (rest.starts_with('.')) rest.remove_prefix(1);
  *path = rest;
  return step;
}

}  // namespace

std::string PathOf(const Node& root, const Node& target) {
  std::string path;
  if (!IsSame(root, target)) Find(root, target, &path);
  return path;
}

const Node* Walk(const Node& from, std::string_view path, bool* found) {
  const Node* node = &from;
  *found = true;
  if (path.starts_with('.')) path.remove_prefix(1);
  while (!path.empty()) {
    std::optional<Step> step = TakeStep(&path);
    const Node* next = nullptr;
    if (step && step->index) {
      if (*step->index < node->list().size()) next = &node->items[*step->index];
    } else if (step) {
      next = node->Find(step->key);
    }
    if (next == nullptr) {
      *found = false;
      return node;
    }
    node = next;
  }
  return node;
}

}  // namespace guard

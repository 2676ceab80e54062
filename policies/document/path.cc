// Paths below a node, as findings print them and guardrails write them: spec.containers[0].image.
// Tested by tests/unit/document/path_test.cc.
#include "policies/document/path.h"

#include <algorithm>
#include <charconv>
#include <iterator>

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

}  // namespace

bool FindSteps(const Node& root, const Node& target, std::vector<PathStep>* steps) {
  if (IsSame(root, target)) return true;
  if (!MayHold(root, target)) return false;
  auto try_child = [&](const PathStep& step) {
    steps->push_back(step);
    if (FindSteps(*step.node, target, steps)) return true;
    steps->pop_back();
    return false;
  };
  // Items stand in the order of their places, unless aliases come in: the likely one is asked first.
  std::span<const Node> items = root.list();
  auto behind = std::partition_point(items.begin(), items.end(),
                                     [&](const Node& item) { return item.span.begin <= target.span.begin; });
  if (behind != items.begin()) {
    auto likely = std::prev(behind);
    if (try_child({&*likely, nullptr, static_cast<uint32_t>(likely - items.begin())})) return true;
  }
  uint32_t index = 0;
  for (const Entry& entry : root.map())
    if (try_child({&entry.value, &entry, index++})) return true;
  for (const Node& item : root.list())
    if (try_child({&item, nullptr, index++})) return true;
  return false;
}

std::string PathOf(const Node& root, const Node& target) {
  std::vector<PathStep> steps;
  std::string path;
  if (!FindSteps(root, target, &steps)) return path;
  for (const PathStep& step : steps)
    path += step.entry != nullptr ? KeyStep(step.entry->key(), path.empty())
                                  : '[' + std::to_string(step.index) + ']';
  return path;
}

std::optional<PathPart> TakePart(std::string_view* path) {
  std::string_view rest = *path;
  PathPart step;
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

const Node* Walk(const Node& from, std::string_view path, bool* found) {
  const Node* node = &from;
  *found = true;
  if (path.starts_with('.')) path.remove_prefix(1);
  while (!path.empty()) {
    std::optional<PathPart> step = TakePart(&path);
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

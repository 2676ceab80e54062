// Values that a projection makes rather than copies: of a Dockerfile, which is no tree, or of short forms
// that a file's own system takes apart.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/arena.h"
#include "policies/document/node.h"

namespace guard {

// What a scalar says where its system takes it for a text: 8080, "8080" and true alike.
inline std::optional<std::string> ScalarText(const Node& node) {
  switch (node.kind) {
    case NodeKind::kString: return std::string(node.string());
    case NodeKind::kInt: return std::to_string(node.integer);
    case NodeKind::kBool: return node.boolean ? "true" : "false";
    default: return std::nullopt;
  }
}

// What the subjects of one file may add to its arena. A few lines that inherit from each other can ask for
// the product of two long lists.
inline constexpr size_t kMostMade = size_t{64} << 20;

// Values of an arena, at their places; all at one place for an example.
class Values {
 public:
  Values(Arena& arena, std::optional<Span> at) : arena_(arena), at_(at) {}

  Node Text(std::string_view text, Span span) {
    Node node = Empty(NodeKind::kString, span);
    const std::string_view kept = arena_.Copy(text);
    node.bytes = kept.data(), node.size = static_cast<uint32_t>(kept.size());
    return node;
  }
  Node Truth(bool value, Span span) {
    Node node = Empty(NodeKind::kBool, span);
    node.boolean = value;
    return node;
  }
  Node Number(size_t value, Span span) {
    Node node = Empty(NodeKind::kInt, span);
    node.integer = static_cast<int64_t>(value);
    return node;
  }
  Node List(const std::vector<Node>& items, Span span) {
    Node node = Empty(NodeKind::kList, span);
    Node* kept = arena_.AllocateArray<Node>(items.size());
    std::copy(items.begin(), items.end(), kept);
    node.items = kept, node.size = static_cast<uint32_t>(items.size());
    return node;
  }
  // Keys are literals.
  Node Map(const std::vector<std::pair<std::string_view, Node>>& pairs, Span span) {
    Node node = Empty(NodeKind::kMap, span);
    Entry* kept = arena_.AllocateArray<Entry>(pairs.size());
    for (size_t i = 0; i < pairs.size(); ++i) {
      kept[i] = Entry();
      kept[i].set_key(pairs[i].first);
      kept[i].key_span = pairs[i].second.span;
      kept[i].value = pairs[i].second;
    }
    node.entries = kept, node.size = static_cast<uint32_t>(pairs.size());
    return node;
  }

 private:
  Node Empty(NodeKind kind, Span span) const {
    Node node;
    node.kind = kind, node.style = NodeStyle::kSynthetic, node.span = at_.value_or(span);
    return node;
  }

  Arena& arena_;
  std::optional<Span> at_;
};

}  // namespace guard

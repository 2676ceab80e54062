// Tested by tests/unit/engine/load_test.cc.
#include "policies/engine/fields.h"

#include <algorithm>
#include <tuple>

namespace guard {

Fields::Fields(const Node& map, const Source& source, std::string what, Errors* errors)
    : map_(map), source_(source), what_(std::move(what)), errors_(errors) {
  if (!map.is_map()) Fail(map.span, what_ + " must be a map");
}

const Node* Fields::Find(std::string_view key) {
  known_.push_back(key);
  const Node* node = map_.Find(key);
  return node && node->is_null() ? nullptr : node;
}

const Node* Fields::Require(std::string_view key) {
  const Node* node = Find(key);
  if (node == nullptr && map_.is_map()) {
    const Entry* empty = map_.FindEntry(key);
    Fail(empty ? empty->key_span : begin(), what_ + " has no '" + std::string(key) + "'");
  }
  return node;
}

std::string Fields::TextOf(std::string_view key, const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_string()) {
    Fail(node->span, "'" + std::string(key) + "' must be a string",
         node->is_map() || node->is_list() ? "" : "put it in quotes");
    return {};
  }
  if (node->string().find_first_not_of(" \n") == std::string_view::npos)
    Fail(node->span, "'" + std::string(key) + "' is empty");
  return std::string(node->string());
}

std::string Fields::Text(std::string_view key) { return TextOf(key, Find(key)); }
std::string Fields::RequireText(std::string_view key) { return TextOf(key, Require(key)); }

bool Fields::Flag(std::string_view key, bool otherwise) {
  const Node* node = Find(key);
  if (node == nullptr) return otherwise;
  if (node->kind == NodeKind::kBool) return node->boolean;
  Fail(node->span, "'" + std::string(key) + "' must be true or false");
  return otherwise;
}

std::span<const Node> Fields::List(std::string_view key) {
  const Node* node = Find(key);
  if (node && !node->is_list()) Fail(node->span, "'" + std::string(key) + "' must be a list");
  return node ? node->list() : std::span<const Node>();
}

void Fields::Finish() {
  for (const Entry& entry : map_.map())
    if (std::find(known_.begin(), known_.end(), entry.key()) == known_.end())
      Fail(entry.key_span, "unknown key '" + std::string(entry.key()) + "' in " + what_,
           DidYouMean(entry.key(), known_));
}

void Fields::Fail(Span span, std::string message, std::string hint) {
  errors_->push_back(source_.ErrorAt(span, std::move(message), std::move(hint)));
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view nearest = Nearest(word, candidates);
  return nearest.empty() ? "" : "did you mean '" + std::string(nearest) + "'?";
}

void SortErrors(Errors* errors) {
  std::stable_sort(errors->begin(), errors->end(), [](const Error& a, const Error& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) <
           std::tie(b.place.file, b.place.line, b.place.column);
  });
}

}  // namespace guard

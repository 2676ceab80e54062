// Tested by tests/unit/engine/node_path_test.cc.
#include "policies/engine/node_path.h"

#include <algorithm>
#include <charconv>

namespace guard {

namespace {

// Takes "[0]" or "['a.b']" off the text.
std::optional<NodePathStep> TakeBracket(std::string_view* text) {
  std::string_view rest = text->substr(1);
  NodePathStep step;
  if (rest.starts_with('\'') || rest.starts_with('"')) {
    char quote = rest[0];
    rest.remove_prefix(1);
    while (!rest.empty() && rest[0] != quote) {
      if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
      step.key += rest[0];
      rest.remove_prefix(1);
    }
    if (rest.empty()) return std::nullopt;
    rest.remove_prefix(1);
    step.hash = KeyHash(step.key);
  } else {
    uint32_t index = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
    if (error != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    step.index = index;
  }
  if (!rest.starts_with(']')) return std::nullopt;
  *text = rest.substr(1);
  return step;
}

}  // namespace

std::optional<NodePath> ParseNodePath(std::string_view text) {
  NodePath path;
  if (text.starts_with('.')) text.remove_prefix(1);
  while (!text.empty()) {
    if (text[0] == '[') {
      std::optional<NodePathStep> step = TakeBracket(&text);
      if (!step) return std::nullopt;
      path.push_back(std::move(*step));
    } else {
      size_t length = std::min(text.find_first_of(".["), text.size());
      std::string_view key = text.substr(0, length);
      if (key.empty() || key.find_first_of(" \t\"'*]") != key.npos) return std::nullopt;
      path.push_back({std::string(key), KeyHash(key), std::nullopt});
      text.remove_prefix(length);
    }
    if (text.empty() || text[0] == '[') continue;
    if (text[0] != '.' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
  }
  return path;
}

}  // namespace guard

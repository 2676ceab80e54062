// Collects the changes of an Edit and refuses those that contradict each other; edit_render.cc writes them.
// Tested by tests/unit/document/edit_test.cc, tests/fuzz/edit_fuzz.cc.
#include "policies/document/edit.h"

#include <algorithm>
#include <cmath>

#include "policies/document/path.h"

namespace guard {

namespace {

bool IsWritable(const Value& value) {
  if (value.kind == NodeKind::kDouble && !std::isfinite(value.real)) return false;
  return std::ranges::all_of(value.items, IsWritable) &&
         std::ranges::all_of(value.entries, [](const auto& entry) { return IsWritable(entry.second); });
}

// libyaml reads no key longer than this without a question mark before it.
constexpr size_t kLongestKey = 1000;

Result<void> CheckWritable(const Value& value) {
  if (!IsWritable(value)) return Fail("a number that is not finite cannot be written");
  return {};
}

Value MapOf(std::string_view key, Value value) {
  Value map = Value::Empty(NodeKind::kMap);
  map.entries.emplace_back(std::string(key), std::move(value));
  return map;
}

// Puts `value` under `key`, merging maps: two paths below one new map become one map.
bool MergeInto(std::vector<std::pair<std::string, Value>>* entries, std::string_view key, Value value) {
  for (auto& [name, present] : *entries) {
    if (name != key) continue;
    if (present == value) return true;
    if (present.kind != NodeKind::kMap || value.kind != NodeKind::kMap) return false;
    for (auto& [inner_key, inner] : value.entries)
      if (!MergeInto(&present.entries, inner_key, std::move(inner))) return false;
    return true;
  }
  entries->emplace_back(std::string(key), std::move(value));
  return true;
}

bool Contains(const Node& node, bool (*predicate)(const Node&)) {
  if (predicate(node)) return true;
  for (const Entry& entry : node.map())
    if (Contains(entry.value, predicate)) return true;
  for (const Node& item : node.list())
    if (Contains(item, predicate)) return true;
  return false;
}

}  // namespace

std::string ApplyEdits(std::string_view text, std::span<const TextEdit> edits) {
  std::string result;
  uint32_t at = 0;
  for (const TextEdit& edit : edits) {
    result += text.substr(at, edit.span.begin - at);
    result += edit.text;
    at = edit.span.end;
  }
  return result += text.substr(at);
}

Result<std::vector<TextEdit>> MergeEdits(std::span<const TextEdit> a, std::span<const TextEdit> b) {
  std::vector<TextEdit> all(a.begin(), a.end());
  for (const TextEdit& edit : b)
    if (std::ranges::find(a, edit) == a.end()) all.push_back(edit);
  std::ranges::sort(all, {}, [](const TextEdit& edit) { return std::pair(edit.span.begin, edit.span.end); });
  for (size_t i = 1; i < all.size(); ++i) {
    Span before = all[i - 1].span, after = all[i].span;
    if (after.begin < before.end || (before.begin == after.begin && before.size() == 0))
      return Fail("two edits change the same place");
  }
  return all;
}

Result<const Node*> Edit::Find(const Node& target) {
  std::vector<PathStep> steps;
  if (!FindSteps(root_, target, &steps))
    return Fail(source_.ErrorAt(target.span, "this value is not part of the document"));
  const Node* node = &root_;
  for (const PathStep& step : steps) {
    if (auto change = changes_.find(node); change != changes_.end() && change->second.value)
      return Fail(source_.ErrorAt(node->span, "another change has replaced this value"));
    parents_[step.node] = {node, step.entry, step.index};
    node = step.node;
  }
  for (const PathStep& step : steps)
    if (step.node->has(NodeFlag::kAliased))
      return Fail(source_.ErrorAt(
          step.node->span,
          "this value is shared through an anchor or merge key: a change here would change other places"));
  if (node->style == NodeStyle::kSynthetic)
    return Fail(source_.ErrorAt(node->span, "this value is not written in the document"));
  return node;
}

Result<void> Edit::Replace(const Node& target, const Node& value) {
  const Node* node = TRY(Find(target));
  return ReplaceFound(node, Value(value));
}

Result<void> Edit::ReplaceFound(const Node* node, Value value) {
  TRY_VOID(CheckWritable(value));
  if (Contains(*node, [](const Node& part) { return part.has(NodeFlag::kAliased); }))
    return Fail(source_.ErrorAt(node->span, "a part of this value is shared through an anchor"));
  for (const auto& [changed, parent] : parents_)
    if (parent.node == node)
      return Fail(source_.ErrorAt(node->span, "another change concerns a part of this value"));
  Change& change = changes_[node];
  bool same = change.value && *change.value == value;
  if (change.removed || !change.inserted.empty() || !change.appended.empty() || (change.value && !same))
    return Fail(source_.ErrorAt(node->span, "another change concerns this value"));
  change.value = std::move(value);
  return {};
}

Result<void> Edit::Remove(const Node& target) {
  const Node* node = TRY(Find(target));
  if (node == &root_) return Fail(source_.ErrorAt(node->span, "the document itself cannot be removed"));
  if (Contains(*node, [](const Node& part) { return part.has(NodeFlag::kAliased); }))
    return Fail(source_.ErrorAt(node->span, "a part of this value is shared through an anchor"));
  Change& change = changes_[node];
  if (change.value) return Fail(source_.ErrorAt(node->span, "another change replaces this value"));
  change.removed = true;
  return {};
}

Result<void> Edit::Insert(const Node& map, std::string_view key, const Node& value) {
  const Node* node = TRY(Find(map));
  return InsertFound(node, key, Value(value));
}

Result<void> Edit::InsertFound(const Node* node, std::string_view key, Value value) {
  TRY_VOID(CheckWritable(value));
  if (key.size() > kLongestKey) return Fail(source_.ErrorAt(node->span, "the new key is too long"));
  if (!node->is_map() && !node->is_null())
    return Fail(source_.ErrorAt(node->span, "not a map: no key can be added"));
  Change& change = changes_[node];
  if (change.removed) return Fail(source_.ErrorAt(node->span, "another change removes this value"));
  bool merged = true;
  if (node->is_null()) {
    if (!change.value) {
      change.value = MapOf(key, std::move(value));
    } else {
      merged =
          change.value->kind == NodeKind::kMap && MergeInto(&change.value->entries, key, std::move(value));
    }
  } else if (const Entry* present = node->FindEntry(key)) {
    auto other = changes_.find(&present->value);
    if (other == changes_.end() || !other->second.removed)
      return Fail(source_.ErrorAt(present->key_span, "the key '" + std::string(key) + "' is there already"));
    merged = MergeInto(&change.inserted, key, std::move(value));
  } else {
    merged = MergeInto(&change.inserted, key, std::move(value));
  }
  if (!merged)
    return Fail(
        source_.ErrorAt(node->span, "another change sets '" + std::string(key) + "' to something else"));
  return {};
}

Result<void> Edit::Append(const Node& list, const Node& value) {
  const Node* node = TRY(Find(list));
  return AppendFound(node, Value(value));
}

Result<void> Edit::AppendFound(const Node* node, Value value) {
  TRY_VOID(CheckWritable(value));
  if (!node->is_list() && !node->is_null())
    return Fail(source_.ErrorAt(node->span, "not a list: no item can be added"));
  Change& change = changes_[node];
  if (change.removed) return Fail(source_.ErrorAt(node->span, "another change removes this value"));
  if (!node->is_null()) {
    change.appended.push_back(std::move(value));
    return {};
  }
  if (!change.value) change.value = Value::Empty(NodeKind::kList);
  if (change.value->kind != NodeKind::kList)
    return Fail(source_.ErrorAt(node->span, "another change makes this a map"));
  change.value->items.push_back(std::move(value));
  return {};
}

Result<void> Edit::Set(const Node& from, std::string_view path, const Node& value) {
  const Node* node = TRY(Find(from));
  if (path.starts_with('.')) path.remove_prefix(1);
  std::vector<PathPart> parts;
  while (!path.empty()) {
    std::optional<PathPart> part = TakePart(&path);
    if (!part) return Fail(source_.ErrorAt(node->span, "not a path: '" + std::string(path) + "'"));
    parts.push_back(std::move(*part));
  }
  size_t next = 0;
  for (; next < parts.size(); ++next) {
    const PathPart& part = parts[next];
    const Node* child = part.index ? (*part.index < node->list().size() ? &node->items[*part.index] : nullptr)
                                   : node->Find(part.key);
    if (child == nullptr) break;
    node = child;
  }
  node = TRY(Find(*node));
  if (next == parts.size()) return ReplaceFound(node, Value(value));
  const PathPart& missing = parts[next];
  Value below(value);
  for (size_t i = parts.size() - 1; i > next; --i) {
    if (parts[i].index)
      return Fail(source_.ErrorAt(node->span, "there is no item " + std::to_string(*parts[i].index)));
    below = MapOf(parts[i].key, std::move(below));
  }
  if (!missing.index) return InsertFound(node, missing.key, std::move(below));
  if (*missing.index != node->list().size())
    return Fail(source_.ErrorAt(node->span, "there is no item " + std::to_string(*missing.index)));
  return AppendFound(node, std::move(below));
}

}  // namespace guard

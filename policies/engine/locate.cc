// A few questions are answered by searching, many by an index: a subject with thousands of findings must not
// take a search through all of it for each.
//
// Tested by tests/unit/engine/evaluate_test.cc.
#include "policies/engine/locate.h"

#include <algorithm>
#include <vector>

namespace guard {

namespace {

constexpr uint32_t kSearches = 16;      // then an index is made
constexpr uint32_t kSearched = 50'000;  // nodes that one search looks at
constexpr size_t kIndexed = 1'000'000;  // nodes in an index; what is beyond has no path

}  // namespace

std::string Locator::PathTo(const Node* node) {
  if (node == nullptr) return {};
  node = subject_.Real(node);
  if (node == subject_.real_value) return subject_.path;
  if (node == subject_.real_object) return subject_.object_path;
  if (++asked_ <= kSearches) {
    uint32_t left = kSearched;
    std::string path = subject_.path;
    if (subject_.real_value && Search(*subject_.real_value, node, &left, &path)) return path;
    path = subject_.object_path;
    if (subject_.real_object && Search(*subject_.real_object, node, &left, &path)) return path;
    if (left > 0) return {};
  }
  if (!indexed_) Index();
  return Indexed(node);
}

// Looks for a node by its address, extending `path` on the way down.
bool Locator::Search(const Node& from, const Node* target, uint32_t* left, std::string* path) const {
  size_t length = path->size();
  if (*left < from.size) {
    *left = 0;
    return false;
  }
  if (from.is_list()) {
    *left -= from.size;
    for (uint32_t i = 0; i < from.size; ++i) {
      const Node& item = from.items[i];
      if (&item != target && !item.is_map() && !item.is_list()) continue;
      path->append("[").append(std::to_string(i)).append("]");
      if (&item == target || Search(item, target, left, path)) return true;
      path->resize(length);
    }
  } else if (from.is_map()) {
    *left -= from.size;
    for (const Entry& entry : from.map()) {
      if (&entry.value != target && !entry.value.is_map() && !entry.value.is_list()) continue;
      AppendPathKey(path, entry.key());
      if (&entry.value == target || Search(entry.value, target, left, path)) return true;
      path->resize(length);
    }
  }
  return false;
}

void Locator::Index() {
  indexed_ = true;
  std::vector<const Node*> open = {subject_.real_object};
  if (open.front() == nullptr) open.clear();
  while (!open.empty() && places_.size() < kIndexed) {
    const Node* node = open.back();
    open.pop_back();
    auto add = [&](const Node& child, const Entry* entry, uint32_t index) {
      // Shared children (aliases) are met once; their first place is as good as any.
      bool is_new = places_.try_emplace(&child, Place{node, entry, index}).second;
      if (is_new && (child.is_map() || child.is_list())) open.push_back(&child);
    };
    for (const Entry& entry : node->map()) add(entry.value, &entry, 0);
    for (uint32_t i = 0; i < node->list().size(); ++i) add(node->items[i], nullptr, i);
  }
}

std::string Locator::Indexed(const Node* node) const {
  std::vector<Place> way;
  for (const Node* at = node; at != subject_.real_object;) {
    auto place = places_.find(at);
    if (place == places_.end()) return {};
    way.push_back(place->second);
    at = place->second.parent;
  }
  std::string path = subject_.object_path;
  std::for_each(way.rbegin(), way.rend(), [&](const Place& place) {
    if (place.entry)
      AppendPathKey(&path, place.entry->key());
    else
      path.append("[").append(std::to_string(place.index)).append("]");
  });
  return path;
}

}  // namespace guard

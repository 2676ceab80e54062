// Pods as JSON: reading them as Kubernetes does (null is absent), and refusing shapes that it would refuse.
//
// Steering checks a pod's shape once; everything behind that check may rely on it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace guard::steering {

using nlohmann::json;

// The value of a key; nullptr when it is absent or null, or when `map` is no map.
const json* Get(const json& map, std::string_view key);
json* Get(json& map, std::string_view key);
// Two keys deep.
const json* Get(const json& map, std::string_view key, std::string_view below);

// The text at a key; empty when there is none.
std::string_view Text(const json& map, std::string_view key);
bool IsTrue(const json& map, std::string_view key);
bool IsFalse(const json& map, std::string_view key);

// The map at a key, made when there is none.
json& MapAt(json& map, std::string_view key);
// The list at a key, made when there is none.
json& ListAt(json& map, std::string_view key);
// The items of a list at a key; an empty list when there is none.
const json& Items(const json& map, std::string_view key);

// Removes a key; tells whether there was something.
bool Drop(json& map, std::string_view key);
// Removes the items of a list for which `gone` is true, and the list when it becomes empty. Tells how many.
template <class Gone>
size_t DropItems(json& map, std::string_view key, Gone gone);

// The first thing in a pod that Kubernetes would not have let through, for people; empty: there is none.
std::string BadShape(const json& metadata, const json& spec);

// A name in quotes, for sentences: cut to a sensible length, and printable whatever it holds.
std::string Quote(std::string_view name);

template <class Gone>
size_t DropItems(json& map, std::string_view key, Gone gone) {
  json* list = Get(map, key);
  if (list == nullptr) return 0;
  json kept = json::array();
  for (json& item : *list)
    if (!gone(item)) kept.push_back(std::move(item));
  size_t count = list->size() - kept.size();
  *list = std::move(kept);
  if (count != 0 && list->empty()) map.erase(std::string(key));
  return count;
}

}  // namespace guard::steering

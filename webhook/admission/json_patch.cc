// RFC 6902, both ways.
//
// Tested by tests/unit/admission/json_patch_test.cc and tests/fuzz/json_patch_fuzz.cc.
#include "webhook/admission/json_patch.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace guard {

namespace {

using nlohmann::json;

// The API server's own limits: more makes it refuse the patch.
constexpr size_t kMostOperations = 10'000;
constexpr size_t kMostCopied = 200'000;  // values, over all copy operations of a patch

// ---- Pointers (RFC 6901)

using Tokens = std::vector<std::string>;

Result<Tokens> ParsePointer(std::string_view text) {
  Tokens tokens;
  if (text.empty()) return tokens;
  if (text.front() != '/') return Fail("a pointer starts with '/'");
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '/') {
      tokens.emplace_back();
    } else if (c != '~') {
      tokens.back() += c;
    } else {
      char code = i + 1 < text.size() ? text[++i] : '\0';
      if (code != '0' && code != '1') return Fail("'~' in a pointer must be written ~0, and '/' ~1");
      tokens.back() += code == '0' ? '~' : '/';
    }
  }
  return tokens;
}

void AppendToken(std::string* path, std::string_view token) {
  *path += '/';
  for (char c : token) {
    if (c == '~')
      *path += "~0";
    else if (c == '/')
      *path += "~1";
    else
      *path += c;
  }
}

std::string Child(const std::string& path, std::string_view token) {
  std::string child = path;
  AppendToken(&child, token);
  return child;
}

// Digits without a leading zero, below `limit`.
std::optional<size_t> ParseIndex(const std::string& token, size_t limit) {
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  size_t index = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || index >= limit) return std::nullopt;
  return index;
}

Result<json*> Find(json& root, const Tokens& tokens, size_t depth) {
  json* at = &root;
  for (size_t i = 0; i < depth; ++i) {
    if (at->is_object()) {
      auto entry = at->find(tokens[i]);
      if (entry == at->end()) return Fail("there is no '" + tokens[i] + "'");
      at = &*entry;
    } else if (at->is_array()) {
      std::optional<size_t> index = ParseIndex(tokens[i], at->size());
      if (!index) return Fail("the list has no item '" + tokens[i] + "'");
      at = &(*at)[*index];
    } else {
      return Fail("'" + tokens[i] + "' is below something that is neither map nor list");
    }
  }
  return at;
}

// ---- Applying

Result<void> Add(json& root, const Tokens& at, json value) {
  if (at.empty()) {
    root = std::move(value);
    return {};
  }
  json& parent = *TRY(Find(root, at, at.size() - 1));
  const std::string& last = at.back();
  if (parent.is_object()) {
    parent[last] = std::move(value);
    return {};
  }
  if (!parent.is_array()) return Fail("'" + last + "' is below something that is neither map nor list");
  if (last == "-") {
    parent.push_back(std::move(value));
    return {};
  }
  std::optional<size_t> index = ParseIndex(last, parent.size() + 1);
  if (!index) return Fail("the list has no place '" + last + "'");
  parent.insert(parent.begin() + static_cast<json::difference_type>(*index), std::move(value));
  return {};
}

Result<json> Remove(json& root, const Tokens& at) {
  if (at.empty()) return Fail("the whole document cannot be removed");
  json& parent = *TRY(Find(root, at, at.size() - 1));
  json* target = TRY(Find(parent, {at.back()}, 1));
  json value = std::move(*target);
  if (parent.is_object())
    parent.erase(at.back());
  else
    parent.erase(static_cast<size_t>(target - &parent[0]));
  return value;
}

size_t CountValues(const json& value) {
  size_t count = 1;
  if (value.is_structured())
    for (const json& child : value) count += CountValues(child);
  return count;
}

class Patcher {
 public:
  explicit Patcher(json object) : root_(std::move(object)) {}

  Result<void> Apply(const json& operation) {
    if (!operation.is_object()) return Fail("an operation is no map");
    std::string op = TRY(Text(operation, "op"));
    Tokens path = TRY(Pointer(operation, "path"));
    if (op == "remove") {
      TRY(Remove(root_, path));
      return {};
    }
    if (op == "add") {
      const json* value = TRY(Value(operation));
      return Add(root_, path, *value);
    }
    if (op == "replace") {
      json* target = TRY(Find(root_, path, path.size()));
      const json* value = TRY(Value(operation));
      *target = *value;
      return {};
    }
    if (op == "test") {
      json* target = TRY(Find(root_, path, path.size()));
      const json* value = TRY(Value(operation));
      if (*target != *value) return Fail("the value is another one");
      return {};
    }
    if (op == "move") {
      Tokens from = TRY(Pointer(operation, "from"));
      TRY(Find(root_, from, from.size()));
      if (from == path) return {};
      if (from.size() < path.size() && std::equal(from.begin(), from.end(), path.begin()))
        return Fail("nothing can be moved into itself");
      json value = TRY(Remove(root_, from));
      return Add(root_, path, std::move(value));
    }
    if (op == "copy") {
      Tokens from = TRY(Pointer(operation, "from"));
      json* source = TRY(Find(root_, from, from.size()));
      copied_ += CountValues(*source);
      if (copied_ > kMostCopied) return Fail("the patch copies too much");
      return Add(root_, path, json(*source));
    }
    return Fail("there is no operation '" + op + "'");
  }

  json Take() { return std::move(root_); }

 private:
  static Result<std::string> Text(const json& operation, const char* key) {
    auto entry = operation.find(key);
    if (entry == operation.end() || !entry->is_string())
      return Fail("an operation has no text '" + std::string(key) + "'");
    return entry->get<std::string>();
  }
  static Result<Tokens> Pointer(const json& operation, const char* key) {
    std::string text = TRY(Text(operation, key));
    return ParsePointer(text);
  }
  static Result<const json*> Value(const json& operation) {
    auto entry = operation.find("value");
    if (entry == operation.end()) return Fail("an operation has no 'value'");
    return &*entry;
  }

  json root_;
  size_t copied_ = 0;
};

// ---- Making

// What tells the items of a list apart, by the list's own name.
struct ListKey {
  std::string_view list, key;
};
constexpr ListKey kListKeys[] = {
    {"containers", "name"},
    {"initContainers", "name"},
    {"ephemeralContainers", "name"},
    {"volumes", "name"},
    {"env", "name"},
    {"volumeMounts", "mountPath"},
    {"ports", "containerPort"},
    {"volumeDevices", "devicePath"},
    {"imagePullSecrets", "name"},
    {"hostAliases", "ip"},
    {"sysctls", "name"},
    {"ownerReferences", "uid"},
};

class Differ {
 public:
  json Make(const json& before, const json& after) {
    Diff(before, after, "", "");
    return std::move(operations_);
  }

 private:
  void Diff(const json& before, const json& after, const std::string& path, std::string_view name) {
    if (before == after) return;
    if (before.is_object() && after.is_object()) return DiffMaps(before, after, path);
    if (before.is_array() && after.is_array() && DiffLists(before, after, path, name)) return;
    operations_.push_back({{"op", "replace"}, {"path", path}, {"value", after}});
  }

  void DiffMaps(const json& before, const json& after, const std::string& path) {
    for (const auto& [key, value] : before.items())
      if (!after.contains(key)) RemoveAt(Child(path, key));
    for (const auto& [key, value] : after.items()) {
      auto old = before.find(key);
      if (old == before.end())
        AddAt(Child(path, key), value);
      else
        Diff(*old, value, Child(path, key), key);
    }
  }

  // False when the list is better replaced as a whole.
  bool DiffLists(const json& before, const json& after, const std::string& path, std::string_view name) {
    const ListKey* row = std::find_if(std::begin(kListKeys), std::end(kListKeys),
                                      [&](const ListKey& candidate) { return candidate.list == name; });
    if (row == std::end(kListKeys)) return DiffUnnamed(before, after, path);
    std::map<std::string, size_t> old_places, new_places;
    if (!Places(before, row->key, &old_places) || !Places(after, row->key, &new_places)) return false;

    // Where the items that stay are going to be found, in their old order.
    std::vector<std::pair<size_t, size_t>> stay;  // place before, place after
    for (const auto& [key, place] : old_places)
      if (auto found = new_places.find(key); found != new_places.end())
        stay.emplace_back(place, found->second);
    std::sort(stay.begin(), stay.end());
    if (stay.empty()) return false;
    for (size_t i = 1; i < stay.size(); ++i)
      if (stay[i].second < stay[i - 1].second) return false;

    std::vector<bool> kept(before.size()), old(after.size());
    for (auto [place, place_after] : stay) kept[place] = old[place_after] = true;
    for (size_t i = before.size(); i-- > 0;)
      if (!kept[i]) RemoveAt(Child(path, std::to_string(i)));
    for (size_t i = 0; i < after.size(); ++i)
      if (!old[i]) AddAt(Child(path, std::to_string(i)), after[i]);
    for (auto [place, place_after] : stay)
      Diff(before[place], after[place_after], Child(path, std::to_string(place_after)), "");
    return true;
  }

  // Lists of maps of the same length are compared place by place.
  bool DiffUnnamed(const json& before, const json& after, const std::string& path) {
    if (before.size() != after.size()) return false;
    for (size_t i = 0; i < before.size(); ++i)
      if (!before[i].is_object() || !after[i].is_object()) return false;
    for (size_t i = 0; i < before.size(); ++i) Diff(before[i], after[i], Child(path, std::to_string(i)), "");
    return true;
  }

  // Whether every item is told by its key, and where each is.
  static bool Places(const json& list, std::string_view key, std::map<std::string, size_t>* places) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (!list[i].is_object()) return false;
      auto value = list[i].find(key);
      if (value == list[i].end()) return false;
      std::string text = value->is_string()           ? value->get<std::string>()
                         : value->is_number_integer() ? std::to_string(value->get<int64_t>())
                                                      : std::string();
      if (text.empty() || !places->emplace(std::move(text), i).second) return false;
    }
    return true;
  }

  void RemoveAt(std::string path) { operations_.push_back({{"op", "remove"}, {"path", std::move(path)}}); }
  void AddAt(std::string path, const json& value) {
    operations_.push_back({{"op", "add"}, {"path", std::move(path)}, {"value", value}});
  }

  json operations_ = json::array();
};

}  // namespace

Result<json> ApplyPatch(const json& object, const json& patch) {
  if (!patch.is_array()) return Fail("a patch is a list of operations");
  if (patch.size() > kMostOperations) return Fail("the patch has too many operations");
  Patcher patcher(object);
  for (size_t i = 0; i < patch.size(); ++i) {
    Result<void> applied = patcher.Apply(patch[i]);
    if (!applied) {
      applied.error().message = "operation " + std::to_string(i) + ": " + applied.error().message;
      return Fail(std::move(applied.error()));
    }
  }
  return patcher.Take();
}

json DiffPatch(const json& before, const json& after) {
  json patch = Differ().Make(before, after);
  Result<json> applied = ApplyPatch(before, patch);
  if (applied && *applied == after) return patch;
  return json::array({{{"op", "replace"}, {"path", ""}, {"value", after}}});
}

}  // namespace guard

// Tested by tests/unit/subjects/kubernetes_test.cc.
#include "policies/subjects/projector.h"

#include <algorithm>
#include <functional>

namespace guard {

namespace {

// Asked of every node of every object: scalars, which are most, cost no call.
bool HasNullEntry(const Node& node) {
  auto holds = [](const Node& child) { return child.kind >= NodeKind::kList && HasNullEntry(child); };
  if (node.is_map()) {
    for (const Entry& entry : node.map())
      if (entry.value.is_null() || holds(entry.value)) return true;
  } else if (node.is_list()) {
    for (const Node& item : node.list())
      if (holds(item)) return true;
  }
  return false;
}
static_assert(NodeKind::kList > NodeKind::kString && NodeKind::kMap > NodeKind::kString);

Node MapOf(const Node& like, const Entry* entries, size_t count) {
  Node map = like;
  map.kind = NodeKind::kMap, map.style = NodeStyle::kSynthetic;
  map.entries = entries, map.size = static_cast<uint32_t>(count);
  return map;
}

Node ListOf(const Node& like, const Node* items, size_t count) {
  Node list = like;
  list.kind = NodeKind::kList, list.style = NodeStyle::kSynthetic;
  list.items = items, list.size = static_cast<uint32_t>(count);
  return list;
}

// The lists of a PodSpec that merge by the value of a key; every other list is replaced as a whole
// (patchMergeKey in k8s.io/api/core/v1).
struct MergeKey {
  std::string_view list, key;
};
constexpr MergeKey kMergeKeys[] = {
    {"containers", "name"},
    {"initContainers", "name"},
    {"sidecars", "name"},
    {"env", "name"},
    {"volumes", "name"},
    {"volumeMounts", "mountPath"},
    {"ports", "containerPort"},
    {"hostAliases", "ip"},
    {"volumeDevices", "devicePath"},
    {"imagePullSecrets", "name"},
};

bool SameScalar(const Node* a, const Node* b) {
  if (a == nullptr || b == nullptr || a->kind != b->kind) return false;
  return a->is_string() ? a->string() == b->string() : a->kind == NodeKind::kInt && a->integer == b->integer;
}

}  // namespace

const Node* Projector::WithoutNulls(const Node* node) {
  if (!HasNullEntry(*node)) return node;
  Node* copy = arena_.New<Node>(*node);
  copy->style = NodeStyle::kSynthetic;
  Remember(copy, node);
  if (node->is_list()) {
    Node* items = arena_.AllocateArray<Node>(node->size);
    for (uint32_t i = 0; i < node->size; ++i) items[i] = *WithoutNulls(&node->items[i]);
    copy->items = items;
    Remember(items, node->items, node->size);
    return copy;
  }
  Entry* entries = arena_.AllocateArray<Entry>(node->size);
  uint32_t count = 0;
  for (const Entry& entry : node->map()) {
    if (entry.value.is_null()) continue;
    entries[count] = entry;
    entries[count].value = *WithoutNulls(&entry.value);
    Remember(&entries[count], &entry, 1);
    ++count;
  }
  copy->entries = entries, copy->size = count;
  return copy;
}

bool Projector::Spend(size_t copies) {
  budget_ -= std::min(budget_, copies);
  return budget_ > 0;
}

const Node* Projector::TooLarge(const Node& instead_of) {
  return arena_.New<Node>(String("too large to put together", instead_of.span));
}

const Node* Projector::Merge(const Node* base, const Node* over, std::string_view key) {
  if (base == nullptr || over == nullptr) return over ? over : base;
  if (base->is_list() && over->is_list()) return MergeLists(key, *base, *over);
  return MergeMaps(base, over, /*deep=*/true);
}

const Node* Projector::Overlay(const Node* base, const Node* over) {
  if (base == nullptr || over == nullptr) return over ? over : base;
  return MergeMaps(base, over, /*deep=*/false);
}

const Node* Projector::MergeMaps(const Node* base, const Node* over, bool deep) {
  if (!base->is_map() || !over->is_map()) return over;
  if (!Spend((size_t{base->size} + 1) * (size_t{over->size} + 1))) return TooLarge(*over);
  Entry* entries = arena_.AllocateArray<Entry>(size_t{base->size} + over->size);
  uint32_t count = 0;
  for (const Entry& entry : over->map()) {
    const Node* merged =
        deep ? Merge(base->Find(entry.key(), entry.key_hash), &entry.value, entry.key()) : &entry.value;
    entries[count] = entry;
    entries[count].value = *merged;
    Remember(&entries[count].value, merged);
    ++count;
  }
  for (const Entry& entry : base->map()) {
    if (over->Find(entry.key(), entry.key_hash)) continue;
    entries[count] = entry;
    Remember(&entries[count], &entry, 1);
    ++count;
  }
  Node* merged = arena_.New<Node>(MapOf(*over, entries, count));
  Remember(merged, over);
  return merged;
}

const Node* Projector::MergeLists(std::string_view key, const Node& base, const Node& over) {
  const MergeKey* by = std::find_if(std::begin(kMergeKeys), std::end(kMergeKeys),
                                    [key](const MergeKey& candidate) { return candidate.list == key; });
  if (by == std::end(kMergeKeys)) return &over;
  // Comparing every pair is fine for lists that people write.
  if (!Spend(size_t{base.size} * over.size + base.size + over.size)) return TooLarge(over);
  Node* items = arena_.AllocateArray<Node>(size_t{base.size} + over.size);
  uint32_t count = 0;
  auto add = [&](const Node& item) {
    items[count] = item;
    Remember(&items[count], &item);
    ++count;
  };
  auto named_alike = [&](const Node& a, const Node& b) {
    return SameScalar(a.Find(by->key), b.Find(by->key));
  };
  for (const Node& item : over.list()) {
    auto same = std::find_if(base.list().begin(), base.list().end(),
                             [&](const Node& candidate) { return named_alike(item, candidate); });
    // A volume has one source: that of the more specific place.
    add(same == base.list().end() || key == "volumes" ? item : *Merge(&*same, &item));
  }
  for (const Node& item : base.list())
    if (std::none_of(over.list().begin(), over.list().end(),
                     [&](const Node& candidate) { return named_alike(item, candidate); }))
      add(item);
  Node* merged = arena_.New<Node>(ListOf(over, items, count));
  Remember(merged, &over);
  return merged;
}

const Node* Projector::Pick(const Node* map, std::initializer_list<std::string_view> keys) {
  if (map == nullptr || !map->is_map()) return nullptr;
  Entry* entries = arena_.AllocateArray<Entry>(keys.size());
  uint32_t count = 0;
  for (std::string_view key : keys) {
    const Entry* entry = map->FindEntry(key);
    if (entry == nullptr) continue;
    entries[count] = *entry;
    Remember(&entries[count], entry, 1);
    ++count;
  }
  if (count == 0) return nullptr;
  return arena_.New<Node>(MapOf(*map, entries, count));
}

const Node* Projector::Omit(const Node* map, std::initializer_list<std::string_view> keys) {
  if (map == nullptr || !map->is_map()) return map;
  if (!Spend(map->size)) return TooLarge(*map);
  Entry* entries = arena_.AllocateArray<Entry>(map->size);
  uint32_t count = 0;
  for (const Entry& entry : map->map()) {
    if (std::find(keys.begin(), keys.end(), entry.key()) != keys.end()) continue;
    entries[count] = entry;
    Remember(&entries[count], &entry, 1);
    ++count;
  }
  Node* rest = arena_.New<Node>(MapOf(*map, entries, count));
  Remember(rest, map);
  return rest;
}

Node Projector::String(std::string_view text, Span span) {
  Node node;
  node.kind = NodeKind::kString, node.style = NodeStyle::kSynthetic, node.span = span;
  node.bytes = text.data(), node.size = static_cast<uint32_t>(text.size());
  return node;
}

Node Projector::Bool(bool value, Span span) {
  Node node;
  node.kind = NodeKind::kBool, node.style = NodeStyle::kSynthetic, node.span = span;
  node.boolean = value;
  return node;
}

Node Projector::Map(std::initializer_list<std::pair<std::string_view, Node>> pairs, Span span) {
  Entry* entries = arena_.AllocateArray<Entry>(pairs.size());
  uint32_t count = 0;
  for (const auto& [key, value] : pairs) {
    entries[count] = Entry();
    entries[count].set_key(key);
    entries[count].key_span = span;
    entries[count].value = value;
    ++count;
  }
  Node like;
  like.span = span;
  return MapOf(like, entries, count);
}

std::span<const Origin> Projector::TakeOrigins() {
  if (origins_.empty()) return {};
  if (origins_.size() > kSortedOrigins)
    std::stable_sort(origins_.begin(), origins_.end(),
                     [](const Origin& a, const Origin& b) { return std::less<>()(a.copy, b.copy); });
  Origin* kept = arena_.AllocateArray<Origin>(origins_.size());
  std::copy(origins_.begin(), origins_.end(), kept);
  std::span<const Origin> taken(kept, origins_.size());
  origins_.clear();
  return taken;
}

void PodBuilder::Fields(const Node* fields) {
  if (fields == nullptr) return;
  if (!fields->is_map()) return Unjudgeable(*fields);
  entries_.assign(fields->map().begin(), fields->map().end());
  for (const Entry& entry : fields->map()) entry_origins_.push_back(&entry.value);
}

void PodBuilder::Fields(const Node* fields, std::initializer_list<std::string_view> only) {
  if (fields == nullptr) return;
  if (!fields->is_map()) return Unjudgeable(*fields);
  for (std::string_view key : only) Field(key, fields->Find(key));
}

void PodBuilder::Field(std::string_view key, const Node* value) {
  if (value == nullptr) return;
  for (const Entry& entry : entries_)
    if (entry.key() == key) return;
  Entry& entry = entries_.emplace_back();
  entry.set_key(key);
  entry.key_span = value->span;
  entry.value = *value;
  entry_origins_.push_back(value);
}

void PodBuilder::Containers(const Node* list, std::string_view from) {
  if (list == nullptr) return;
  if (!list->is_list()) return Unjudgeable(*list);
  containers_.reserve(containers_.size() + list->size);
  uint32_t i = 0;
  for (const Node& container : list->list()) {
    // Tekton's steps need no name, and messages have to call a container something.
    bool named = !container.is_map() || container.Find("name", KeyHash("name"));
    Container(&container, from, named ? std::string() : std::string(from) + '[' + std::to_string(i) + ']');
    ++i;
  }
}

// A script in place of a command: Tekton's steps and sidecars, Argo's script templates. For guardrails it is
// what it becomes, the last of the arguments.
static const Node* ScriptOf(const Node& container, std::string_view from) {
  const Node* script = from == "script"                        ? container.Find("source")
                       : from == "steps" || from == "sidecars" ? container.Find("script")
                                                               : nullptr;
  return script && script->is_string() ? script : nullptr;
}

void PodBuilder::Container(const Node* container, std::string_view from, std::string_view name) {
  if (container == nullptr) return;
  if (!container->is_map()) return Unjudgeable(*container);
  Arena& arena = projector_.arena();
  bool nameless = !name.empty() && container->Find("name", KeyHash("name")) == nullptr;
  Entry* entries = arena.AllocateArray<Entry>(size_t{container->size} + 3);
  uint32_t count = container->size;
  std::copy_n(container->entries, count, entries);
  projector_.Remember(entries, container->entries, count);
  // What is added stands where the container begins, so that whoever points at it points there.
  Span head = container->span;
  if (count && head.contains(container->entries[0].key_span)) head = container->entries[0].key_span;
  auto set = [&](std::string_view key, std::string_view value) {
    Entry* at =
        std::find_if(entries, entries + count, [key](const Entry& entry) { return entry.key() == key; });
    if (at == entries + count) ++count;
    *at = Entry();
    at->set_key(key);
    at->key_span = head;
    at->value = projector_.String(value, head);
  };
  set("from", from);
  if (nameless) set("name", arena.Copy(name));
  if (const Node* script = ScriptOf(*container, from)) {
    const Node* args = container->Find("args");
    std::span<const Node> words = args ? args->list() : std::span<const Node>();
    Node* all = arena.AllocateArray<Node>(words.size() + 1);
    std::copy(words.begin(), words.end(), all);
    all[words.size()] = *script;
    set("args", "");
    Entry* at =
        std::find_if(entries, entries + count, [](const Entry& entry) { return entry.key() == "args"; });
    at->value = ListOf(*script, all, words.size() + 1);
    projector_.Remember(&all[words.size()], script);
  }
  containers_.push_back(MapOf(*container, entries, count));
  container_origins_.push_back(container);
}

// What stands where a list of containers or a container should be is no container, whatever it is: as a
// string it fails every guardrail that looks at containers, and unknown is not compliant.
void PodBuilder::Unjudgeable(const Node& node) {
  containers_.push_back(projector_.String("not a container", node.span));
  container_origins_.push_back(&node);
}

Node PodBuilder::Build(Span span) {
  Arena& arena = projector_.arena();
  Node like;
  like.span = span;

  Node* containers = arena.AllocateArray<Node>(containers_.size());
  std::copy(containers_.begin(), containers_.end(), containers);
  for (size_t i = 0; i < container_origins_.size(); ++i)
    projector_.Remember(&containers[i], container_origins_[i]);

  Entry* entries = arena.AllocateArray<Entry>(entries_.size() + 2);
  size_t count = entries_.size();
  std::copy(entries_.begin(), entries_.end(), entries);
  for (size_t i = 0; i < entry_origins_.size(); ++i)
    projector_.Remember(&entries[i].value, entry_origins_[i]);
  auto set = [&](std::string_view key, const Node& value) {
    Entry* at =
        std::find_if(entries, entries + count, [key](const Entry& entry) { return entry.key() == key; });
    if (at == entries + count) {
      ++count;
      *at = Entry();
      at->set_key(key);
    }
    at->value = value;
    return &at->value;
  };
  set("containers", ListOf(like, containers, containers_.size()));
  bool has_metadata = metadata_ && metadata_->is_map();
  const Node* metadata = set("metadata", has_metadata ? *metadata_ : MapOf(like, nullptr, 0));
  if (has_metadata) projector_.Remember(metadata, metadata_);
  return MapOf(like, entries, count);
}

}  // namespace guard

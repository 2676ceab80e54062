// Random changes to any document: what Edit does not refuse reads back as the old tree with exactly these
// changes.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "policies/document/edit.h"

namespace {

using namespace guard;

// The tree as it should become.
struct Model {
  const Node* origin = nullptr;
  std::string key;
  Value scalar;  // its kind, and its value unless it is a container
  std::vector<std::unique_ptr<Model>> children;
  bool emptied = false;

  explicit Model(const Node& node)
      : origin(&node), scalar(node.is_map() || node.is_list() ? Value::Empty(node.kind) : Value(node)) {
    for (const Entry& entry : node.map()) {
      children.push_back(std::make_unique<Model>(entry.value));
      children.back()->key = entry.key();
    }
    for (const Node& item : node.list()) children.push_back(std::make_unique<Model>(item));
  }
  explicit Model(const Value& value) : scalar(value.is_container() ? Value::Empty(value.kind) : value) {
    for (const auto& [name, child] : value.entries) {
      children.push_back(std::make_unique<Model>(child));
      children.back()->key = name;
    }
    for (const Value& item : value.items) children.push_back(std::make_unique<Model>(item));
  }

  // What a removal leaves empty goes with its key.
  void Settle() {
    for (auto& child : children) child->Settle();
    bool map = scalar.kind == NodeKind::kMap;
    size_t before = children.size();
    std::erase_if(children,
                  [&](const auto& child) { return map && child->emptied && child->children.empty(); });
    if (children.size() < before) emptied = true;
  }
};

bool SameScalar(const Value& model, const Node& node) {
  auto number = [](NodeKind kind) { return kind == NodeKind::kInt || kind == NodeKind::kDouble; };
  if (number(model.kind) && number(node.kind)) {
    double a = model.kind == NodeKind::kInt ? static_cast<double>(model.integer) : model.real;
    double b = node.kind == NodeKind::kInt ? static_cast<double>(node.integer) : node.real;
    return a == b || (a != a && b != b);
  }
  return model == Value(node);
}

bool Same(const Model& model, const Node& node) {
  if (!node.is_map() && !node.is_list()) return SameScalar(model.scalar, node);
  if (model.scalar.kind != node.kind || model.children.size() != node.size) return false;
  // Merged keys may take other places among their siblings.
  for (uint32_t i = 0; i < node.size; ++i) {
    const Model* child = model.children[i].get();
    const Node* read = node.is_map() ? node.Find(child->key) : &node.items[i];
    if (read == nullptr || !Same(*child, *read)) return false;
  }
  return true;
}

struct Input {
  const uint8_t* data;
  size_t size;
  uint8_t Byte() { return size == 0 ? uint8_t{0} : (--size, *data++); }
};

Value NewValue(Input& in) {
  static const char* kStrings[] = {
      "plain", "yes", "a: b", "- x", "#",   "it's \"q\"", "two\nlines",   "",         " ", "é", "{",
      "0x1F",  "<<",  "~",    "a,b", "1_0", "\t",         "http://x:1/y", "\xC2\x85", "*a"};
  Value value = Value::Empty(NodeKind::kString);
  uint8_t pick = in.Byte();
  switch (pick % 8) {
    case 0: value.kind = NodeKind::kBool, value.boolean = (pick & 8) != 0; break;
    case 1: value.kind = NodeKind::kInt, value.integer = pick - 100; break;
    case 2: value.kind = NodeKind::kNull; break;
    case 3: value.kind = NodeKind::kDouble, value.real = pick / 7.0; break;
    case 4:
      value.kind = NodeKind::kMap;
      for (int i = 0; i < pick / 64; ++i)
        value.entries.emplace_back(std::string(1, static_cast<char>('p' + i)), NewValue(in));
      break;
    case 5:
      value.kind = NodeKind::kList;
      for (int i = 0; i < pick / 64; ++i) value.items.push_back(NewValue(in));
      break;
    default: value.text = kStrings[pick / 8 % std::size(kStrings)];
  }
  return value;
}

Node NodeOf(const Value& value, Arena& arena) {
  Node node;
  node.kind = value.kind;
  switch (value.kind) {
    case NodeKind::kNull: break;
    case NodeKind::kBool: node.boolean = value.boolean; break;
    case NodeKind::kInt: node.integer = value.integer; break;
    case NodeKind::kDouble: node.real = value.real; break;
    case NodeKind::kString: {
      std::string_view text = arena.Copy(value.text);
      node.bytes = text.data(), node.size = static_cast<uint32_t>(text.size());
      break;
    }
    case NodeKind::kList: {
      Node* items = arena.AllocateArray<Node>(value.items.size());
      for (size_t i = 0; i < value.items.size(); ++i) items[i] = NodeOf(value.items[i], arena);
      node.items = items, node.size = static_cast<uint32_t>(value.items.size());
      break;
    }
    case NodeKind::kMap: {
      Entry* entries = arena.AllocateArray<Entry>(value.entries.size());
      for (size_t i = 0; i < value.entries.size(); ++i) {
        entries[i] = Entry();
        entries[i].set_key(arena.Copy(value.entries[i].first));
        entries[i].value = NodeOf(value.entries[i].second, arena);
      }
      node.entries = entries, node.size = static_cast<uint32_t>(value.entries.size());
    }
  }
  return node;
}

struct Found {
  Model* model;
  Model* parent;
};

void Collect(Model* model, Model* parent, std::vector<Found>* all) {
  if (model->origin != nullptr) all->push_back({model, parent});
  for (auto& child : model->children) Collect(child.get(), model, all);
}

// One change, to the edit and, when that takes it, to the model. False: refused.
bool Change(Input& in, Edit& edit, Model& root, Arena& arena) {
  std::vector<Found> all;
  Collect(&root, nullptr, &all);
  if (all.empty()) return false;
  uint8_t verb = in.Byte();
  Found found = all[in.Byte() % all.size()];
  Model& model = *found.model;
  const Node& node = *model.origin;
  if (verb % 4 == 0) {
    if (!edit.Remove(node)) return false;
    std::erase_if(found.parent->children, [&](const auto& child) { return child.get() == &model; });
    found.parent->emptied = true;
    return true;
  }
  Value value = NewValue(in);
  Node made = NodeOf(value, arena);
  std::unique_ptr<Model> child = std::make_unique<Model>(value);
  if (verb % 4 == 1) {
    if (!edit.Replace(node, made)) return false;
    model.scalar = child->scalar;
    model.children = std::move(child->children);
    model.origin = nullptr;
    return true;
  }
  if (verb % 4 == 2) {
    if (!edit.Append(node, made)) return false;
    if (model.scalar.kind == NodeKind::kNull) model.scalar = Value::Empty(NodeKind::kList);
    model.children.push_back(std::move(child));
    return true;
  }
  static const char* kKeys[] = {"added", "on", "a b", "x:", "é", "", "1", "-", "{k", "?"};
  child->key = kKeys[verb / 4 % std::size(kKeys)];
  for (auto& present : model.children)
    if (present->key == child->key) return false;
  if (!edit.Insert(node, child->key, made)) return false;
  if (model.scalar.kind == NodeKind::kNull) model.scalar = Value::Empty(NodeKind::kMap);
  model.children.push_back(std::move(child));
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 1 << 13) return 0;
  Input in{data, size};
  uint8_t header = in.Byte();
  size_t changes = 1 + header % 3;
  bool json = (header & 0x80) != 0;
  uint8_t script[24];
  for (uint8_t& byte : script) byte = in.Byte();
  Source source("fuzz", std::string(reinterpret_cast<const char*>(in.data), in.size));
  Documents read = json ? ReadJson(source) : ReadYaml(source, YamlSchema::kCore12);
  // Merge keys bring entries of other places; a map that they leave empty is another question.
  if (read.error || read.all.empty() || source.text().find("<<") != std::string_view::npos) return 0;
  const Node& root = read.all[0].root;
  Model model(root);
  Arena arena;
  Edit edit(source, root);
  Input script_in{script, sizeof script};
  for (size_t i = 0; i < changes; ++i)
    if (!Change(script_in, edit, model, arena)) return 0;
  Result<std::vector<TextEdit>> edits = edit.Finish();
  if (!edits) return 0;
  model.Settle();
  Source after("fuzz", ApplyEdits(source.text(), *edits));
  Documents again = json ? ReadJson(after) : ReadYaml(after, YamlSchema::kCore12);
  bool good = !again.error && again.all.size() == read.all.size() && Same(model, again.all[0].root);
  for (size_t i = 1; good && i < read.all.size(); ++i)
    good = Same(Model(read.all[i].root), again.all[i].root);
  if (!good) {
    std::fprintf(stderr, "--- before\n%s\n--- after\n%s\n--- error\n%s\n--- tree\n%s",
                 std::string(source.text()).c_str(), std::string(after.text()).c_str(),
                 again.error ? Render(*again.error).c_str() : "none",
                 again.all.empty() ? "" : Dump(again.all[0].root, after).c_str());
    std::abort();
  }
  return 0;
}

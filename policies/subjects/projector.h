// The tools of every projection: maps and lists made out of parts of a document, with the way back to them.
//
// Everything made lives in the Documents' arena; strings and children are shared, never copied. What is
// copied is remembered as Origins, so that findings and fixes reach the document's own nodes.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/document/document.h"
#include "policies/engine/subject.h"

namespace guard {

class Projector {
 public:
  explicit Projector(Arena& arena) : arena_(arena) {}

  // The same tree without the entries that are null, which Kubernetes reads as absent. `node` itself when it
  // has none.
  const Node* WithoutNulls(const Node* node);

  // Strategic merge of two fields of a pod, as Kubernetes does it: maps by key, lists of named things by
  // name, everything else is taken from `over`. Either may be nullptr. `key` is the field's name.
  const Node* Merge(const Node* base, const Node* over, std::string_view key = {});

  // The entries of both maps, those of `over` first choice, none merged.
  const Node* Overlay(const Node* base, const Node* over);

  // A map with only these entries of `map`, which it does not stand for; nullptr when it has none of them.
  const Node* Pick(const Node* map, std::initializer_list<std::string_view> keys);
  // All entries but these.
  const Node* Omit(const Node* map, std::initializer_list<std::string_view> keys);

  // Nodes that are nowhere in the document: what an absent field stands for.
  Node String(std::string_view text, Span span);
  Node Bool(bool value, Span span);
  Node Map(std::initializer_list<std::pair<std::string_view, Node>> entries, Span span);

  // Remembers that copy[i] stands for real[i], values of entries and items of lists.
  void Remember(const Entry* copy, const Entry* real, uint32_t count) {
    if (count != 0) origins_.push_back({&copy->value, &real->value, count, sizeof(Entry)});
  }
  void Remember(const Node* copy, const Node* real, uint32_t count = 1) {
    if (count != 0) origins_.push_back({copy, real, count, sizeof(Node)});
  }
  void Remember(const Origin& origin) { origins_.push_back(origin); }
  // What was remembered since the last call.
  std::span<const Origin> TakeOrigins();

  Arena& arena() { return arena_; }

 private:
  const Node* MergeMaps(const Node* base, const Node* over, bool deep);
  const Node* MergeLists(std::string_view key, const Node& base, const Node& over);
  // A few lines of YAML can ask for the product of two long lists. False once a document has asked for too
  // much.
  bool Spend(size_t copies);
  const Node* TooLarge(const Node& instead_of);

  Arena& arena_;
  std::vector<Origin> origins_;
  size_t budget_ = 1'000'000;  // entries and items that merging and picking may copy
};

// A pod in the making: fields from one or more places, and containers from any number of lists.
class PodBuilder {
 public:
  explicit PodBuilder(Projector& projector) : projector_(projector) {}

  // The entries of `fields`, which are the first. What is there and no map makes the pod one that no
  // guardrail about containers can judge.
  void Fields(const Node* fields);
  // Those of these that are not there yet.
  void Fields(const Node* fields, std::initializer_list<std::string_view> only);
  void Field(std::string_view key, const Node* value);

  // Every item of a list, with `from`. Something that is no list becomes an item that no guardrail can judge.
  void Containers(const Node* list, std::string_view from);
  // One container; `name` is given to one that has none.
  void Container(const Node* container, std::string_view from, std::string_view name = {});

  void Metadata(const Node* metadata) { metadata_ = metadata; }

  bool has_containers() const { return !containers_.empty(); }

  // The pod as a map whose span is that of `span`.
  Node Build(Span span);

 private:
  void Unjudgeable(const Node& node);

  Projector& projector_;
  std::vector<Entry> entries_;
  std::vector<const Node*> entry_origins_;
  std::vector<Node> containers_;
  std::vector<const Node*> container_origins_;
  const Node* metadata_ = nullptr;
};

}  // namespace guard

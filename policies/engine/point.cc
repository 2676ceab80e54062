// Tested by tests/unit/engine/evaluate_test.cc.
#include "policies/engine/point.h"

namespace guard {

namespace {

// The beginning of a map that stands in a list: what a person would call it by.
Span HeadOf(const Node& node) {
  if (!node.is_map() || node.size == 0) return node.span;
  const Entry* head = node.FindEntry("name");
  if (head == nullptr || !head->value.is_string()) head = &node.entries[0];
  bool short_value = !head->value.is_map() && !head->value.is_list();
  bool whole = short_value && head->key_span.begin < head->value.span.end;
  return whole ? Span{head->key_span.begin, head->value.span.end} : head->key_span;
}

}  // namespace

void Pointer::Point(const NodePath& at, const Item& item, Finding* finding) {
  const Node* node = item.node ? item.node : &subject_.value;
  const Entry* entry = item.entry;
  size_t next = 0;
  bool at_key = false;
  if (entry && !at.empty() && !at[0].index && (at[0].key == "key" || at[0].key == "value")) {
    at_key = at[0].key == "key";
    next = 1;
  }
  // Without a place in the document, `it` has no children there either.
  bool nowhere = item.node == nullptr && finding->guardrail->each;
  if (nowhere) next = at.size();
  for (; next < at.size(); ++next) {
    const NodePathStep& step = at[next];
    const Node* child = nullptr;
    const Entry* by = nullptr;
    if (step.index) {
      if (*step.index < node->list().size()) child = &node->items[*step.index];
    } else {
      by = node->FindEntry(step.key);
      if (by != nullptr) child = &by->value;
    }
    if (child == nullptr) break;
    node = child, entry = by;
  }
  finding->path = locator_.PathTo(node);
  bool missing = next < at.size();
  for (; next < at.size(); ++next) {
    if (at[next].index)
      finding->path += '[' + std::to_string(*at[next].index) + ']';
    else
      AppendPathKey(&finding->path, at[next].key);
  }
  if (node == &subject_.value)
    finding->span = subject_.span;
  else if (at_key)
    finding->span = entry->key_span;
  else if (item.entry == entry && entry && at.empty() && entry->key_span.begin < entry->value.span.end)
    finding->span = {entry->key_span.begin, entry->value.span.end};
  else if (missing && entry)
    finding->span = entry->key_span;
  else if (missing || (entry == nullptr && node->style != NodeStyle::kFlow))
    finding->span = HeadOf(*node);
  else
    finding->span = node->span;
}

}  // namespace guard

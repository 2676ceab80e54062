// A fix is written against the subject as guardrails see it and carried out on the document's own nodes.
//
// Tested by tests/unit/engine/fix_test.cc and, for the packs, by their examples.
#include "policies/engine/fix.h"

#include <algorithm>

namespace guard {

namespace {

using cel::Tag;

// A value of an expression as a node to be written. False for values that no document has.
bool ToNode(const cel::Value& value, Arena& arena, Node* node) {
  *node = Node();
  node->style = NodeStyle::kSynthetic;
  switch (value.tag) {
    case Tag::kNull: return true;
    case Tag::kBool: node->kind = NodeKind::kBool, node->boolean = value.boolean; return true;
    case Tag::kInt: node->kind = NodeKind::kInt, node->integer = value.integer; return true;
    case Tag::kUint:
      node->kind = NodeKind::kInt, node->integer = static_cast<int64_t>(value.unsigned_integer);
      return value.unsigned_integer <= INT64_MAX;
    case Tag::kDouble: node->kind = NodeKind::kDouble, node->real = value.real; return true;
    case Tag::kString:
      node->kind = NodeKind::kString, node->bytes = value.bytes, node->size = value.size;
      return true;
    case Tag::kList: {
      Node* items = arena.AllocateArray<Node>(value.size);
      for (uint32_t i = 0; i < value.size; ++i)
        if (!ToNode(cel::ListAt(value, i), arena, &items[i])) return false;
      node->kind = NodeKind::kList, node->items = items, node->size = value.size;
      return true;
    }
    case Tag::kMap: {
      Entry* entries = arena.AllocateArray<Entry>(value.size);
      for (uint32_t i = 0; i < value.size; ++i) {
        cel::MapEntry entry = cel::MapAt(value, i);
        entries[i] = Entry();
        if (!entry.key.is(Tag::kString) || !ToNode(entry.value, arena, &entries[i].value)) return false;
        entries[i].set_key(entry.key.string());
      }
      node->kind = NodeKind::kMap, node->entries = entries, node->size = value.size;
      return true;
    }
    default: return false;
  }
}

std::string TextOf(const NodePath& path, size_t from) {
  std::string text;
  for (size_t i = from; i < path.size(); ++i) {
    if (path[i].index)
      text += '[' + std::to_string(*path[i].index) + ']';
    else
      AppendPathKey(&text, path[i].key);
  }
  return text;
}

class FixWriter {
 public:
  FixWriter(const Guardrail& guardrail, const Subject& subject, const Item& item, cel::Evaluation& ev)
      : guardrail_(guardrail),
        subject_(subject),
        item_(item),
        ev_(ev),
        // Below the object alone: a list of ten thousand objects is not looked through for each.
        edit_(*subject.source, subject.real_object ? *subject.real_object : subject.document->root) {}

  std::optional<Fix> Write() {
    Fix fix;
    for (const FixStep& step : guardrail_.fix) {
      if (!Carry(step)) return std::nullopt;
      fix.title += (fix.title.empty() ? "" : " and ") + Describe(step);
    }
    if (edit_.empty()) return std::nullopt;
    auto edits = edit_.Finish();
    if (!edits || edits->empty()) return std::nullopt;
    fix.safe = guardrail_.fix_is_safe;
    fix.edits = std::move(*edits);
    return fix;
  }

 private:
  // Carries out one step; false when it cannot be.
  bool Carry(const FixStep& step) {
    const Node* base = &subject_.value;
    size_t begin = 0;
    if (!step.from_subject && guardrail_.each) {
      base = item_.node;
      if (base == nullptr) return false;
      // Of a map's entry, the value is what can be changed.
      if (item_.entry && !step.steps.empty()) {
        if (step.steps[0].key != "value") return false;
        begin = 1;
      }
    }
    Node value = step.value;
    if (step.value_expression) {
      cel::Value result = ev_.Run(step.value_expression);
      if (result.is_error() || !ToNode(result, ev_.arena(), &value)) return false;
    }
    return Below(step, *base, begin, value);
  }

  bool Below(const FixStep& step, const Node& node, size_t next, const Node& value) {
    if (next == step.steps.size()) return At(step, node, value);
    const NodePathStep& by = step.steps[next];
    const Node* child = nullptr;
    if (by.index) {
      if (*by.index < node.list().size()) child = &node.items[*by.index];
    } else if (node.is_list()) {
      for (const Node& item : node.list())
        if (!Below(step, item, next, value)) return false;
      return true;
    } else {
      child = node.Find(by.key, by.hash);
    }
    if (child) return Below(step, *child, next + 1, value);
    if (step.op == FixStep::Op::kRemove) return true;  // not there: nothing to do
    return Create(step, node, next, value);
  }

  // The node at the step's path is there.
  bool At(const FixStep& step, const Node& node, const Node& value) {
    switch (step.op) {
      case FixStep::Op::kSet:
        return cel::Equal(cel::Value::Of(node), cel::Value::Of(value)) ||
               edit_.Replace(*subject_.Real(&node), value).has_value();
      case FixStep::Op::kAdd:
        if (!node.is_list()) return false;
        for (const Node& item : node.list())
          if (cel::Equal(cel::Value::Of(item), cel::Value::Of(value))) return true;
        return edit_.Append(*subject_.Real(&node), value).has_value();
      case FixStep::Op::kRemove: break;
    }
    if (!step.where) return edit_.Remove(*subject_.Real(&node)).has_value();
    if (!node.is_list()) return RemoveWhere(step, node);
    for (const Node& item : node.list())
      if (!RemoveWhere(step, item)) return false;
    return true;
  }

  bool RemoveWhere(const FixStep& step, const Node& node) {
    ev_.Bind(guardrail_.item_slot, cel::Value::Of(node));
    cel::Value wanted = ev_.Run(step.where);
    if (!wanted.is(Tag::kBool)) return false;
    return !wanted.boolean || edit_.Remove(*subject_.Real(&node)).has_value();
  }

  // The step's path ends at `node`, which has no step.steps[next].
  bool Create(const FixStep& step, const Node& node, size_t next, const Node& value) {
    if (!node.is_map()) return false;
    // What only looks like a pod is no place for a pod's fields.
    if (&node == &subject_.value && !subject_.holds_pod_spec && subject_.kind == SubjectKind::kPod)
      return false;
    Node list;
    list.kind = NodeKind::kList, list.style = NodeStyle::kSynthetic, list.items = &value, list.size = 1;
    const Node& created = step.op == FixStep::Op::kAdd ? list : value;
    return edit_.Set(*subject_.Real(&node), TextOf(step.steps, next), created).has_value();
  }

  // In a person's words: "remove it and its volumeMounts", "set securityContext.privileged to false".
  static std::string Describe(const FixStep& step) {
    if (step.op == FixStep::Op::kRemove) {
      if (step.path == ".") return "remove it";
      std::string what = step.path.substr(step.path.rfind('.') + 1);
      return step.where ? "remove the " + what + " concerned" : "remove " + step.path;
    }
    std::string value =
        step.value_expression ? step.value_expression.text() : cel::ToString(cel::Value::Of(step.value));
    return step.op == FixStep::Op::kSet ? "set " + step.path + " to " + value
                                        : "add " + value + " to " + step.path;
  }

  const Guardrail& guardrail_;
  const Subject& subject_;
  const Item& item_;
  cel::Evaluation& ev_;
  Edit edit_;
};

}  // namespace

std::optional<Fix> MakeFix(const Guardrail& guardrail, const Subject& subject, const Item& item,
                           cel::Evaluation& ev) {
  // A document without places (a webhook's) is not edited as text.
  if (subject.source == nullptr || subject.document == nullptr || subject.document->root.span.size() == 0)
    return std::nullopt;
  return FixWriter(guardrail, subject, item, ev).Write();
}

}  // namespace guard

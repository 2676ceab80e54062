// Edit changes a document in its original text: comments, order, indentation, quoting and line endings of
// everything else stay, byte for byte. YAML in block and flow style, and JSON.
//
// Changes are collected first and turned into replacements together, so that two removals from one list, or
// two keys set below a map that does not exist yet, come out as one would write them by hand.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/document/document.h"
#include "policies/document/value.h"

namespace guard {

// One replacement: the bytes of `span` become `text`. An insertion has an empty span.
struct TextEdit {
  Span span;
  std::string text;
  bool operator==(const TextEdit&) const = default;
};

// The text with the edits made; they are sorted and do not overlap.
std::string ApplyEdits(std::string_view text, std::span<const TextEdit> edits);

// Both sets of edits together, sorted; equal ones once. Where they touch the same bytes, or insert at the
// same place, they cannot be told apart from a mistake: an error, and the caller applies one set, reads the
// result and asks again.
Result<std::vector<TextEdit>> MergeEdits(std::span<const TextEdit> a, std::span<const TextEdit> b);

// Nodes are told by the root's tree: pointers into it, or copies of its nodes. Whatever is shared through an
// anchor, alias or merge key is refused, and so is a second change of the same value to something else. New
// values are copied.
class Edit {
 public:
  Edit(const Source& source, const Node& root) : source_(source), root_(root) {}

  // Another value in the place of this one.
  Result<void> Replace(const Node& target, const Node& value);
  // The entry or item that this value is, with its line and the comment behind it. A map or list that thereby
  // becomes empty goes too where it is the value of a key, and becomes {} or [] elsewhere.
  Result<void> Remove(const Node& target);
  // A key at the end of a map, or below a key without a value.
  Result<void> Insert(const Node& map, std::string_view key, const Node& value);
  // An item at the end of a list, or below a key without a value.
  Result<void> Append(const Node& list, const Node& value);
  // The value at a path below `from` (as Walk reads it), whether it is there or not; missing maps are made.
  // An index one behind a list's last item appends.
  Result<void> Set(const Node& from, std::string_view path, const Node& value);

  bool empty() const { return changes_.empty(); }
  // What all changes together do to the text, sorted.
  Result<std::vector<TextEdit>> Finish() const;

 private:
  friend class EditRenderer;
  struct Change {
    bool removed = false;
    std::optional<Value> value;
    std::vector<std::pair<std::string, Value>> inserted;
    std::vector<Value> appended;
  };
  struct Parent {
    const Node* node = nullptr;
    const Entry* entry = nullptr;  // of a map
    uint32_t index = 0;
  };

  Result<const Node*> Find(const Node& target);
  Result<void> ReplaceFound(const Node* node, Value value);
  Result<void> InsertFound(const Node* node, std::string_view key, Value value);
  Result<void> AppendFound(const Node* node, Value value);

  const Source& source_;
  const Node& root_;
  std::map<const Node*, Change> changes_;
  std::map<const Node*, Parent> parents_;  // of changed nodes and their ancestors
};

}  // namespace guard

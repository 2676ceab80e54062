// A value that is to be written: a tree that owns its text, and the YAML and JSON spellings of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/document/node.h"

namespace guard {

struct Value {
  Value() = default;
  explicit Value(const Node& node);
  static Value Empty(NodeKind kind);  // null, {} or []

  NodeKind kind = NodeKind::kNull;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<Value> items;
  std::vector<std::pair<std::string, Value>> entries;

  bool is_container() const { return kind == NodeKind::kMap || kind == NodeKind::kList; }
  // A scalar, {} or []: what is written behind its key whatever the style around it.
  bool is_inline() const { return items.empty() && entries.empty(); }
  bool operator==(const Value&) const = default;
};

enum class QuoteStyle { kNone, kSingle, kDouble };

// How flow collections are written: JSON or YAML, on one line or on many.
struct FlowLayout {
  bool json = false;  // keys and strings in double quotes
  bool many_lines = false;
  bool tight = false;  // {"a":1,"b":2}
  std::string newline = "\n";
  std::string indent;  // of the line that the value begins on
  std::string step = "  ";
};

struct BlockLayout {
  std::string newline = "\n";
  uint32_t step = 2;       // of a map below a key
  uint32_t list_step = 2;  // of a list below a key; 0 where dashes stand below their key
};

// A string (a key, too) as a scalar that every schema reads as this string. `wanted` is kept where it can be.
std::string StringText(std::string_view text, QuoteStyle wanted, bool in_flow, bool json);
std::string ScalarText(const Value& value, QuoteStyle wanted, bool in_flow, bool json);
std::string FlowText(const Value& value, const FlowLayout& layout);
// "key: value" with what belongs into flow collections.
std::string FlowEntryText(std::string_view key, const Value& value, const FlowLayout& layout);

// Entries (items) of a block map (list) whose column is `indent`; the first line comes without its
// indentation, the last one without a line break.
std::string BlockEntryText(std::string_view key, const Value& value, uint32_t indent,
                           const BlockLayout& layout);
std::string BlockItemText(const Value& value, uint32_t indent, const BlockLayout& layout);
std::string BlockText(const Value& value, uint32_t indent, const BlockLayout& layout);

}  // namespace guard

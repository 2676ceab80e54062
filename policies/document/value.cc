// Tested by tests/unit/document/value_test.cc and edit_test.cc.
#include "policies/document/value.h"

#include <algorithm>
#include <cmath>

#include "policies/document/scalar.h"

namespace guard {

namespace {

// Characters that no style but an escaped one can carry: controls, and the line breaks that only some readers
// know.
bool NeedsEscape(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    std::string_view rest = text.substr(i);
    if (c == 0xC2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA0) return true;
    if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) return true;
    if (c == 0xEF && (rest.starts_with("\xEF\xBB\xBF") || rest.starts_with("\xEF\xBF\xBE") ||
                      rest.starts_with("\xEF\xBF\xBF")))
      return true;
  }
  return false;
}

bool MeansOtherSomewhere(std::string_view text) {
  return text == "<<" || text == "=" || PlainMeansOther(YamlSchema::kKubernetes, text) ||
         PlainMeansOther(YamlSchema::kYaml11, text) || PlainMeansOther(YamlSchema::kCore12, text);
}

bool CanBePlain(std::string_view text, bool in_flow) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':' || NeedsEscape(text))
    return false;
  char first = text.front();
  if (std::string_view("?:,[]{}#&*!|>'\"%@`=").find(first) != std::string_view::npos) return false;
  if (first == '-') {
    size_t after = text.find_first_not_of('-');  // "--flag" is fine, "- item" and "---" are not
    if (after == std::string_view::npos || text[after] == ' ') return false;
  }
  if (text.starts_with("...")) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  if (in_flow &&
      (text.find_first_of(",[]{}?") != std::string_view::npos || text.find(':') != std::string_view::npos))
    return false;
  return !MeansOtherSomewhere(text);
}

std::string DoubleQuoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string quoted = "\"";
  auto escape = [&](unsigned code_point) {
    quoted += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) quoted += kDigits[code_point >> shift & 15];
  };
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    auto byte = [&](size_t n) { return i + n < text.size() ? static_cast<unsigned char>(text[i + n]) : 0u; };
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += text[i];
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c == '\r') {
      quoted += "\\r";
    } else if (c < 0x20 || c == 0x7F) {
      escape(c);
    } else if (c == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) {
      escape(byte(1));
      i += 1;
    } else if (NeedsEscape(text.substr(i, 3)) && (c == 0xE2 || c == 0xEF)) {
      escape((c & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu));
      i += 2;
    } else {
      quoted += text[i];
    }
  }
  return quoted + '"';
}

std::string SingleQuoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::string Spaces(uint32_t count) { return std::string(count, ' '); }

}  // namespace

Value::Value(const Node& node) : kind(node.kind) {
  switch (kind) {
    case NodeKind::kNull: break;
    case NodeKind::kBool: boolean = node.boolean; break;
    case NodeKind::kInt: integer = node.integer; break;
    case NodeKind::kDouble: real = node.real; break;
    case NodeKind::kString: text = node.string(); break;
    case NodeKind::kList:
      for (const Node& item : node.list()) items.emplace_back(item);
      break;
    case NodeKind::kMap:
      for (const Entry& entry : node.map())
        entries.emplace_back(std::string(entry.key()), Value(entry.value));
      break;
  }
}

Value Value::Empty(NodeKind kind) {
  Value value;
  value.kind = kind;
  return value;
}

std::string StringText(std::string_view text, QuoteStyle wanted, bool in_flow, bool json) {
  if (json || NeedsEscape(text)) return DoubleQuoted(text);
  if (wanted == QuoteStyle::kNone && CanBePlain(text, in_flow)) return std::string(text);
  if (wanted == QuoteStyle::kSingle) return SingleQuoted(text);
  if (wanted == QuoteStyle::kNone && text.find_first_of("\"\\") != std::string_view::npos)
    return SingleQuoted(text);
  return DoubleQuoted(text);
}

std::string ScalarText(const Value& value, QuoteStyle wanted, bool in_flow, bool json) {
  switch (value.kind) {
    case NodeKind::kNull: return "null";
    case NodeKind::kBool: return value.boolean ? "true" : "false";
    case NodeKind::kInt: return std::to_string(value.integer);
    case NodeKind::kDouble: return DoubleText(value.real);
    case NodeKind::kString: return StringText(value.text, wanted, in_flow, json);
    case NodeKind::kList: return "[]";
    case NodeKind::kMap: return "{}";
  }
  return {};
}

std::string FlowEntryText(std::string_view key, const Value& value, const FlowLayout& layout) {
  return StringText(key, QuoteStyle::kNone, true, layout.json) + (layout.tight ? ":" : ": ") +
         FlowText(value, layout);
}

std::string FlowText(const Value& value, const FlowLayout& layout) {
  if (value.is_inline()) return ScalarText(value, QuoteStyle::kNone, true, layout.json);
  FlowLayout inner = layout;
  inner.indent += layout.step;
  std::string before = layout.many_lines ? layout.newline + inner.indent : "";
  std::string between = layout.many_lines || layout.tight ? "," : ", ";
  std::string text(1, value.kind == NodeKind::kMap ? '{' : '[');
  bool first = true;
  auto add = [&](const std::string& child) {
    text += (first ? "" : between) + before + child;
    first = false;
  };
  for (const auto& [key, child] : value.entries) add(FlowEntryText(key, child, inner));
  for (const Value& child : value.items) add(FlowText(child, inner));
  if (layout.many_lines) text += layout.newline + layout.indent;
  return text + (value.kind == NodeKind::kMap ? '}' : ']');
}

std::string BlockEntryText(std::string_view key, const Value& value, uint32_t indent,
                           const BlockLayout& layout) {
  std::string text = StringText(key, QuoteStyle::kNone, false, false) + ':';
  if (value.is_inline()) return text + ' ' + ScalarText(value, QuoteStyle::kNone, false, false);
  uint32_t inner = indent + (value.kind == NodeKind::kMap ? layout.step : layout.list_step);
  return text + layout.newline + Spaces(inner) + BlockText(value, inner, layout);
}

std::string BlockItemText(const Value& value, uint32_t indent, const BlockLayout& layout) {
  return "- " + BlockText(value, indent + 2, layout);
}

std::string BlockText(const Value& value, uint32_t indent, const BlockLayout& layout) {
  if (value.is_inline()) return ScalarText(value, QuoteStyle::kNone, false, false);
  std::string text;
  auto add = [&](const std::string& child) {
    if (!text.empty()) text += layout.newline + Spaces(indent);
    text += child;
  };
  for (const auto& [key, child] : value.entries) add(BlockEntryText(key, child, indent, layout));
  for (const Value& child : value.items) add(BlockItemText(child, indent, layout));
  return text;
}

}  // namespace guard

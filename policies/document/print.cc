// A tree as text, so that what a reader made can be looked at and compared.
// Tested by tests/unit/document/golden_test.cc.
#include "policies/document/document.h"
#include "policies/document/scalar.h"

namespace guard {

namespace {

constexpr const char* kStyles[] = {"plain",  "single", "double", "literal",
                                   "folded", "block",  "flow",   "synthetic"};

std::string Quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string quoted = "\"";
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += "\\x";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string Range(const Source& source, Span span) {
  LineColumn begin = source.Locate(span.begin), end = source.Locate(span.end);
  return std::to_string(begin.line) + ':' + std::to_string(begin.column) + '-' + std::to_string(end.line) +
         ':' + std::to_string(end.column);
}

std::string ValueText(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull: return "null";
    case NodeKind::kBool: return node.boolean ? "bool true" : "bool false";
    case NodeKind::kInt: return "int " + std::to_string(node.integer);
    case NodeKind::kDouble: return "double " + DoubleText(node.real);
    case NodeKind::kString: return "string " + Quoted(node.string());
    case NodeKind::kList: return "list of " + std::to_string(node.size);
    case NodeKind::kMap: return "map of " + std::to_string(node.size);
  }
  return {};
}

void DumpInto(const Node& node, const std::string& label, const Source& source, int depth, std::string* out) {
  out->append(static_cast<size_t>(depth) * 2, ' ');
  *out +=
      label + ValueText(node) + ' ' + kStyles[static_cast<int>(node.style)] + ' ' + Range(source, node.span);
  if (node.has(NodeFlag::kAliased)) *out += " aliased";
  if (node.has(NodeFlag::kAbsent)) *out += " absent";
  *out += '\n';
  for (const Entry& entry : node.map())
    DumpInto(entry.value, Quoted(entry.key()) + ' ' + Range(source, entry.key_span) + ": ", source, depth + 1,
             out);
  for (const Node& item : node.list()) DumpInto(item, "- ", source, depth + 1, out);
}

}  // namespace

std::string Dump(const Node& node, const Source& source) {
  std::string text;
  DumpInto(node, "", source, 0, &text);
  return text;
}

}  // namespace guard

// Tested by tests/unit/document/edit_test.cc.
#include "policies/document/edit_layout.h"

#include <algorithm>

namespace guard {

namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// A flow document is JSON as long as no key or string in its outer levels is written in another way.
bool LooksLikeJson(std::string_view text, const Node& node, int depth) {
  if (node.style == NodeStyle::kSingleQuoted || (node.is_string() && node.style != NodeStyle::kDoubleQuoted))
    return false;
  if (depth == 0) return true;
  for (const Entry& entry : node.map())
    if (text[entry.key_span.begin] != '"' || !LooksLikeJson(text, entry.value, depth - 1)) return false;
  for (const Node& item : node.list())
    if (!LooksLikeJson(text, item, depth - 1)) return false;
  return true;
}

// Line breaks that only some readers know (a lone carriage return, three of Unicode), a byte order mark
// inside the text, and lines of nothing but tabs, which libyaml takes behind some scalars and refuses
// elsewhere.
bool HasStrangeLines(std::string_view text) {
  for (size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
    if (!text.substr(at + 1).starts_with('\n')) return true;
  for (std::string_view mark : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"})
    if (text.find(mark, 1) != std::string_view::npos) return true;
  for (size_t at = text.find('\t'); at != std::string_view::npos; at = text.find('\t', at + 1)) {
    size_t before = text.substr(0, at).find_last_not_of(' ');
    if (before != std::string_view::npos && text[before] != '\n') continue;
    size_t behind = text.find_first_not_of(" \t", at);
    if (behind == std::string_view::npos || text[behind] == '\n' || text[behind] == '\r') return true;
  }
  return false;
}

const Node* FirstChild(const Node& node) {
  if (!node.map().empty()) return &node.entries[0].value;
  return node.list().empty() ? nullptr : &node.items[0];
}

}  // namespace

EditLayout::EditLayout(const Source& source, const Node& root) : text_(source.text()) {
  size_t first = text_.find('\n');
  if (first != std::string_view::npos && first > 0 && text_[first - 1] == '\r') newline_ = "\r\n";
  block_.newline = newline_;
  bool step_known = false, list_known = false;
  MeasureBlock(root, &step_known, &list_known);
  json_ = root.style != NodeStyle::kBlock && LooksLikeJson(text_, root, 3);
  strange_lines_ = !json_ && HasStrangeLines(text_);
  if (root.style == NodeStyle::kBlock) return;
  const Node* child = FirstChild(root);
  if (child == nullptr) return;
  uint32_t begin = root.is_map() ? root.entries[0].key_span.begin : child->span.begin;
  many_lines_ = HasNewline({root.span.begin, begin});
  if (root.is_map())
    if (uint32_t colon = BehindColon(root.entries[0]); colon != 0)
      tight_ = json_ && !many_lines_ && colon < text_.size() && !IsSpace(text_[colon]);
  if (!many_lines_) return;
  std::string indent = Indent(begin), outer = Indent(root.span.begin);
  if (indent.size() > outer.size() && indent.starts_with(outer)) step_ = indent.substr(outer.size());
}

// The first nested map and the first list below a key say how this author indents.
void EditLayout::MeasureBlock(const Node& node, bool* step_known, bool* list_known) {
  if (node.style != NodeStyle::kBlock || (*step_known && *list_known)) return;
  for (const Entry& entry : node.map()) {
    const Node& value = entry.value;
    if (value.style == NodeStyle::kBlock && node.span.contains(value.span)) {
      uint32_t outer = Column(entry.key_span.begin), inner = Column(value.span.begin);
      bool* known = value.is_map() ? step_known : list_known;
      uint32_t* step = value.is_map() ? &block_.step : &block_.list_step;
      uint32_t least = value.is_map() ? 1 : 0;
      if (!*known && inner >= outer + least && inner - outer <= 8) *step = inner - outer, *known = true;
      MeasureBlock(value, step_known, list_known);
    }
  }
  for (const Node& item : node.list()) MeasureBlock(item, step_known, list_known);
}

uint32_t EditLayout::LineBegin(uint32_t at) const {
  size_t found = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
  if (found != std::string_view::npos) return static_cast<uint32_t>(found + 1);
  return text_.starts_with("\xEF\xBB\xBF") ? std::min<uint32_t>(3, at) : 0;
}

uint32_t EditLayout::LineEnd(uint32_t at) const {
  size_t found = std::min(text_.find('\n', at), text_.size());
  if (found > at && text_[found - 1] == '\r') --found;
  return static_cast<uint32_t>(found);
}

uint32_t EditLayout::NextLine(uint32_t at) const {
  size_t found = text_.find('\n', at);
  return static_cast<uint32_t>(found == std::string_view::npos ? text_.size() : found + 1);
}

std::string EditLayout::Indent(uint32_t at) const {
  uint32_t begin = LineBegin(at), end = begin;
  while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t')) ++end;
  return std::string(text_.substr(begin, end - begin));
}

bool EditLayout::FirstOnLine(uint32_t at) const {
  uint32_t begin = LineBegin(at);
  return text_.substr(begin, at - begin).find_first_not_of(" \t") == std::string_view::npos;
}

bool EditLayout::IsIndentation(uint32_t at) const {
  uint32_t begin = LineBegin(at);
  return text_.substr(begin, at - begin).find_first_not_of(" \t-") == std::string_view::npos;
}

bool EditLayout::LastOnLine(uint32_t at) const {
  std::string_view rest = text_.substr(at, LineEnd(at) - at);
  size_t content = rest.find_first_not_of(" \t");
  return content == std::string_view::npos || (rest[content] == '#' && content > 0);
}

bool EditLayout::CommentBehind(uint32_t at) const {
  std::string_view rest = text_.substr(at, LineEnd(at) - at);
  return rest.find_first_not_of(" \t") != std::string_view::npos;
}

bool EditLayout::HasNewline(Span span) const {
  return span.begin < span.end && text_.substr(span.begin, span.size()).find('\n') != std::string_view::npos;
}

bool EditLayout::BeginsDocument(uint32_t at) const {
  for (uint32_t line = LineBegin(at);; line = LineBegin(at = line - 1)) {
    std::string_view before = text_.substr(line, at - line);
    if (before.starts_with("---") || before.starts_with("...")) {
      before.remove_prefix(3);
      size_t content = before.find_first_not_of(" \t\r");
      return content == std::string_view::npos || before[content] == '#';
    }
    size_t content = before.find_first_not_of(" \t\r");
    if (content != std::string_view::npos && before[content] != '#') return false;
    if (line == 0 || text_[line - 1] != '\n') return true;
  }
}

uint32_t EditLayout::SkipSpace(uint32_t at) const {
  while (at < text_.size() && IsSpace(text_[at])) ++at;
  return at;
}

uint32_t EditLayout::SkipBlank(uint32_t at) const {
  while (at = SkipSpace(at), at < text_.size() && text_[at] == '#') at = NextLine(at);
  return at;
}

uint32_t EditLayout::BehindColon(const Entry& entry) const {
  uint32_t key_end = entry.key_span.end;
  bool quoted = entry.key_span.size() > 1 && (text_[key_end - 1] == '"' || text_[key_end - 1] == '\'');
  uint32_t at = quoted ? SkipBlank(key_end) : key_end;
  while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t')) ++at;
  if (at >= text_.size() || text_[at] != ':') return 0;
  ++at;
  bool ends = quoted || at == text_.size() || IsSpace(text_[at]) ||
              std::string_view(",]}[{").find(text_[at]) != std::string_view::npos;
  return ends ? at : 0;
}

uint32_t EditLayout::Dash(const Node& list, uint32_t index) const {
  if (index == 0) return list.span.begin;
  uint32_t column = Column(list.span.begin);
  uint32_t limit = list.items[index].span.begin;
  for (uint32_t line = NextLine(list.items[index - 1].span.end); line < limit; line = NextLine(line)) {
    uint32_t first = line;
    while (first < text_.size() && text_[first] == ' ') ++first;
    if (first - line == column && first < text_.size() && text_[first] == '-') return first;
  }
  return limit;
}

}  // namespace guard

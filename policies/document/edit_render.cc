// Tested by tests/unit/document/edit_test.cc, tests/fuzz/edit_fuzz.cc.
#include "policies/document/edit_render.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace guard {

namespace {

QuoteStyle QuotesOf(const Node& node) {
  if (node.style == NodeStyle::kSingleQuoted) return QuoteStyle::kSingle;
  return node.style == NodeStyle::kDoubleQuoted ? QuoteStyle::kDouble : QuoteStyle::kNone;
}

}  // namespace

Result<std::vector<TextEdit>> Edit::Finish() const { return EditRenderer(*this).Run(); }

std::unexpected<Error> EditRenderer::Unusual(uint32_t at) const {
  return Fail(source_.ErrorAt({at, at}, "this is written in too unusual a way to be edited"));
}

Result<std::vector<TextEdit>> EditRenderer::Run() {
  if (edit_.changes_.empty()) return std::vector<TextEdit>();
  if (layout_.strange_lines())
    return Fail(
        source_.ErrorAt({}, "the text cannot be edited: its line breaks, or lines of tabs, are too unusual"));
  TRY_VOID(Render(edit_.root_));
  return Sorted();
}

// Edits that touch become one: what is inserted at one place follows in the order it was asked for.
Result<std::vector<TextEdit>> EditRenderer::Sorted() {
  std::vector<size_t> order(edits_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {},
                    [&](size_t i) { return std::tuple(edits_[i].span.begin, edits_[i].span.size() > 0, i); });
  std::vector<TextEdit> sorted;
  for (size_t i : order) {
    TextEdit& edit = edits_[i];
    if (sorted.empty() || edit.span.begin > sorted.back().span.end) {
      sorted.push_back(std::move(edit));
      continue;
    }
    TextEdit& before = sorted.back();
    bool overlaps = edit.span.begin < before.span.end;
    if (overlaps && !(edit.text.empty() && before.text.empty())) return Unusual(edit.span.begin);
    before.span.end = std::max(before.span.end, edit.span.end);
    before.text += edit.text;
  }
  std::erase_if(sorted, [](const TextEdit& edit) { return edit.span.size() == 0 && edit.text.empty(); });
  return sorted;
}

const EditRenderer::Change* EditRenderer::Of(const Node& node) const {
  auto found = edit_.changes_.find(&node);
  return found == edit_.changes_.end() ? nullptr : &found->second;
}

// Whether an entry is written in this map itself, not merged into it.
bool EditRenderer::IsOwn(const Node& map, const Entry& entry) const {
  if (!map.span.contains(entry.key_span)) return false;
  return map.style != NodeStyle::kBlock || !entry.value.has(NodeFlag::kAliased) ||
         layout_.Column(entry.key_span.begin) == layout_.Column(map.span.begin);
}

// Whether a map has a merge key, which is not among its entries and must not be lost.
bool EditRenderer::HasMerge(const Node& node) const {
  if (!node.is_map() || source_.text(node.span).find("<<") == std::string_view::npos) return false;
  uint32_t flow = node.style == NodeStyle::kFlow ? 1 : 0;
  uint32_t at = node.span.begin + flow;
  auto found_before = [&](uint32_t end) {
    while (at = layout_.SkipBlank(at), at < end && layout_.text()[at] == ',') ++at;
    return at < end && layout_.text().substr(at).starts_with("<<");
  };
  for (const Entry& entry : node.map()) {
    if (!IsOwn(node, entry)) continue;
    if (found_before(entry.key_span.begin)) return true;
    at = std::max(entry.key_span.end, entry.value.span.end);
  }
  return found_before(node.span.end - flow);
}

// Whether all children go, so that nothing would be left behind the key.
bool EditRenderer::BecomesEmpty(const Node& node) const {
  if (node.size == 0 || (!node.is_map() && !node.is_list()) || !IsTouched(node)) return false;
  if (const Change* change = Of(node);
      change && (change->value || !change->inserted.empty() || !change->appended.empty()))
    return false;
  auto gone = [&](const Node& child) {
    const Change* change = Of(child);
    return (change && change->removed) || (node.is_map() && BecomesEmpty(child));
  };
  return std::ranges::all_of(node.map(), [&](const Entry& entry) { return gone(entry.value); }) &&
         std::ranges::all_of(node.list(), gone) && !HasMerge(node);
}

// The children that are written within this container, in the order of the text.
Result<std::vector<EditRenderer::Child>> EditRenderer::ChildrenOf(const Node& node) const {
  std::vector<Child> children;
  bool block = node.style == NodeStyle::kBlock;
  uint32_t index = 0;
  for (const Entry& entry : node.map()) {
    bool merged = !IsOwn(node, entry);
    const Change* change = Of(entry.value);
    bool gone = !merged && ((change && change->removed) || BecomesEmpty(entry.value));
    uint32_t end = std::max(entry.value.span.end, entry.key_span.end);
    if (!merged) children.push_back({&entry.value, &entry, index, entry.key_span.begin, end, gone});
    ++index;
  }
  for (const Node& item : node.list()) {
    const Change* change = Of(item);
    uint32_t begin = item.span.begin;
    if (block) {
      begin = layout_.Dash(node, index);
      if (begin >= layout_.text().size() || layout_.text()[begin] != '-') return Unusual(item.span.begin);
    }
    children.push_back({&item, nullptr, index++, begin, std::max(item.span.end, begin + (block ? 1 : 0)),
                        change && change->removed});
  }
  std::ranges::sort(children, {}, &Child::begin);
  return children;
}

// Where what remains of a value ends, and the value that stands there.
EditRenderer::Tail EditRenderer::TailOf(const Node& node) const {
  Tail whole{node.span.end, &node};
  if (const Change* change = Of(node); node.style != NodeStyle::kBlock || (change && change->value))
    return whole;
  Result<std::vector<Child>> children = ChildrenOf(node);
  if (!children) return whole;
  for (size_t i = children->size(); i-- > 0;) {
    const Child& child = (*children)[i];
    if (child.gone) continue;
    if (child.end < node.span.end && HasMerge(node)) return whole;
    Tail tail = TailOf(*child.node);
    uint32_t least = child.entry ? child.entry->key_span.end : child.begin + 1;
    return {std::max(tail.end, least), tail.node};
  }
  return whole;
}

// Whether blank lines behind a block scalar are part of it.
bool EditRenderer::OwnsBlankLines(const Node& node) const {
  if (node.style != NodeStyle::kLiteral && node.style != NodeStyle::kFolded) return false;
  std::string_view text = layout_.text();
  std::string_view header = text.substr(node.span.begin, layout_.LineEnd(node.span.begin) - node.span.begin);
  if (header.substr(0, header.find_first_of(" \t#")).find('+') != std::string_view::npos) return true;
  std::string_view blank = text.substr(node.span.end, BehindBlankLines(node.span.end) - node.span.end);
  return blank.find_first_of(" \t") != std::string_view::npos;
}

// The begin of the next line that is not blank.
uint32_t EditRenderer::BehindBlankLines(uint32_t at) const {
  uint32_t content = layout_.SkipSpace(at);
  uint32_t line = layout_.LineBegin(content);
  return content >= layout_.text().size() ? static_cast<uint32_t>(layout_.text().size()) : std::max(line, at);
}

Result<void> EditRenderer::Render(const Node& node) {
  const Change* change = Of(node);
  if (change && change->value) return RenderValue(node, *change->value);
  if (!node.is_map() && !node.is_list()) return {};
  if (BecomesEmpty(node)) {
    return RenderValue(node, Value::Empty(node.kind));
  }
  return node.style == NodeStyle::kFlow ? RenderFlow(node) : RenderBlock(node);
}

Result<void> EditRenderer::RenderBlock(const Node& node) {
  std::vector<Child> children = TRY(ChildrenOf(node));
  const Change* change = Of(node);
  bool all_gone = std::ranges::all_of(children, &Child::gone) && !HasMerge(node);
  for (size_t i = 0; i < children.size() && !all_gone; ++i) {
    if (!children[i].gone) {
      if (IsTouched(*children[i].node)) TRY_VOID(Render(*children[i].node));
      continue;
    }
    size_t last = i;
    while (last + 1 < children.size() && children[last + 1].gone) ++last;
    TRY_VOID(RemoveBlockRun(node, children, i, last));
    i = last;
  }
  return change ? AddToBlock(node, *change, children) : Result<void>();
}

Result<void> EditRenderer::RemoveBlockRun(const Node& node, const std::vector<Child>& children, size_t first,
                                          size_t last) {
  uint32_t column = layout_.Column(node.span.begin);
  for (size_t i = first; i <= last; ++i) {
    const Child& child = children[i];
    if (!layout_.LastOnLine(child.end)) return Unusual(child.end);
    // A key that does not stand where its map begins is an explicit one, or has an anchor.
    if (layout_.Column(child.begin) != column) return Unusual(child.begin);
    if (layout_.FirstOnLine(child.begin)) {
      Span lines{layout_.LineBegin(child.begin), layout_.NextLine(child.end)};
      // Blank lines must not become a part of what stands before.
      bool blank_lines = OwnsBlankLines(*TailOf(*child.node).node) ||
                         (first > 0 && OwnsBlankLines(*TailOf(*children[first - 1].node).node));
      if (blank_lines) lines.end = std::max(lines.end, BehindBlankLines(child.end));
      bool no_break = lines.end == layout_.text().size() && !layout_.text().ends_with('\n');
      if (no_break && i > 0) lines.begin = layout_.LineEnd(lines.begin - 1);  // the break before goes instead
      Add(lines, "");
      continue;
    }
    // The first child, behind a dash: what follows takes its place.
    if (i != 0) return Unusual(child.begin);
    uint32_t next = layout_.SkipSpace(layout_.LineEnd(children[last].end));
    if (next >= layout_.text().size()) return Unusual(child.begin);
    if (!layout_.IsIndentation(child.begin)) return Unusual(child.begin);
    Add({child.begin, next}, "");
    return {};
  }
  return {};
}

Result<void> EditRenderer::AddToBlock(const Node& node, const Change& change,
                                      const std::vector<Child>& children) {
  if (change.inserted.empty() && change.appended.empty()) return {};
  if (!layout_.IsIndentation(node.span.begin)) return Unusual(node.span.begin);
  uint32_t column = layout_.Column(node.span.begin);
  const std::string& newline = layout_.newline();
  std::string indent(column, ' ');
  std::vector<std::string> added;
  for (const auto& [key, value] : change.inserted)
    added.push_back(BlockEntryText(key, value, column, layout_.block()));
  for (const Value& value : change.appended) added.push_back(BlockItemText(value, column, layout_.block()));

  bool all_gone = std::ranges::all_of(children, &Child::gone) && !HasMerge(node);
  if (all_gone) {
    uint32_t end = layout_.LineEnd(children.back().end);
    if (!layout_.LastOnLine(children.back().end)) return Unusual(end);
    std::string text;
    for (const std::string& piece : added) text += (text.empty() ? "" : newline + indent) + piece;
    Add({node.span.begin, end}, text);
    return {};
  }
  Tail tail = TailOf(node);
  if (!layout_.LastOnLine(tail.end)) return Unusual(tail.end);
  std::string text;
  uint32_t at = layout_.LineEnd(tail.end);
  bool in_scalar = tail.node->style == NodeStyle::kLiteral || tail.node->style == NodeStyle::kFolded;
  if (in_scalar && !layout_.text().substr(at).starts_with('\n') &&
      !layout_.text().substr(at).starts_with("\r\n"))
    return Unusual(at);  // a line break at the end of the file would become part of the scalar
  if (OwnsBlankLines(*tail.node)) {
    at = BehindBlankLines(at);
    if (!layout_.text().substr(0, at).ends_with('\n')) return Unusual(at);
    for (const std::string& piece : added) text += indent + piece + newline;
    Add({at, at}, text);
    return {};
  }
  for (const std::string& piece : added) text += newline + indent + piece;
  Add({at, at}, text);
  return {};
}

FlowLayout EditRenderer::FlowLayoutOf(const Node& node) const {
  FlowLayout flow;
  flow.json = layout_.json();
  flow.tight = layout_.tight();
  flow.newline = layout_.newline();
  flow.step = layout_.step();
  flow.indent = layout_.Indent(node.span.begin);
  flow.many_lines = layout_.many_lines();
  return flow;
}

// What a ':' without a value needs behind it so that a comma or bracket may follow.
std::string EditRenderer::AfterColon(uint32_t end) const { return layout_.text()[end - 1] == ':' ? " " : ""; }

Result<void> EditRenderer::RenderFlow(const Node& node) {
  char open = node.is_map() ? '{' : '[';
  if (layout_.text()[node.span.begin] != open) return Unusual(node.span.begin);  // [a: b]
  if (HasMerge(node)) return Unusual(node.span.begin);
  std::vector<Child> children = TRY(ChildrenOf(node));
  std::string_view text = layout_.text();
  bool all_gone = std::ranges::all_of(children, &Child::gone);
  for (size_t i = 0; i < children.size() && !all_gone; ++i) {
    if (!children[i].gone) {
      if (IsTouched(*children[i].node)) TRY_VOID(Render(*children[i].node));
      continue;
    }
    size_t last = i;
    while (last + 1 < children.size() && children[last + 1].gone) ++last;
    // What stands before a child is a bracket or comma; a '?', anchor or tag would be left behind.
    uint32_t limit = i == 0 ? node.span.begin : children[i - 1].end;
    uint32_t content = layout_.SkipBlank(i == 0 ? limit + 1 : limit);
    if (i > 0 && content < text.size() && text[content] == ',') content = layout_.SkipBlank(content + 1);
    if (content != children[i].begin) return Unusual(children[i].begin);
    if (last + 1 < children.size()) {
      uint32_t comma = layout_.SkipBlank(children[last].end);
      if (comma >= text.size() || text[comma] != ',' ||
          layout_.SkipBlank(comma + 1) != children[last + 1].begin)
        return Unusual(children[last].end);
      Add({children[i].begin, children[last + 1].begin}, "");
    } else {
      Span span{children[i - 1].end, children[last].end};
      std::string_view between = text.substr(span.begin, children[i].begin - span.begin);
      // A comment behind the comma stays, and so does the comma.
      if (between.find('#') != std::string_view::npos) {
        if (!layout_.FirstOnLine(children[i].begin)) return Unusual(children[i].begin);
        span.begin = layout_.LineEnd(layout_.LineBegin(children[i].begin) - 1);
        uint32_t comma = layout_.SkipSpace(span.end);
        uint32_t behind = comma < text.size() && text[comma] == ',' ? comma + 1 : span.end;
        if (layout_.LastOnLine(behind)) span.end = layout_.LineEnd(behind);
      }
      Add(span, AfterColon(span.begin));
    }
    i = last;
  }
  const Change* change = Of(node);
  return change ? AddToFlow(node, *change, children) : Result<void>();
}

Result<void> EditRenderer::AddToFlow(const Node& node, const Change& change,
                                     const std::vector<Child>& children) {
  if (change.inserted.empty() && change.appended.empty()) return {};
  FlowLayout flow = FlowLayoutOf(node);
  uint32_t open = node.span.begin + 1, close = node.span.end - 1;
  if (!children.empty()) flow.many_lines = layout_.HasNewline({open, children[0].begin});
  FlowLayout inner = flow;
  inner.indent =
      flow.many_lines && !children.empty() ? layout_.Indent(children[0].begin) : flow.indent + flow.step;
  std::string separator = flow.many_lines ? "," + flow.newline + inner.indent : flow.tight ? "," : ", ";
  std::string text;
  for (const auto& [key, value] : change.inserted)
    text += (text.empty() ? "" : separator) + FlowEntryText(key, value, inner);
  for (const Value& value : change.appended) text += (text.empty() ? "" : separator) + FlowText(value, inner);

  auto kept =
      std::find_if(children.rbegin(), children.rend(), [](const Child& child) { return !child.gone; });
  if (kept != children.rend()) {
    Add({kept->end, kept->end}, AfterColon(kept->end) + separator + text);
  } else if (!children.empty()) {
    Add({children.front().begin, children.back().end}, text);
  } else {
    bool comment = layout_.SkipSpace(open) < close;
    if (flow.many_lines) text = flow.newline + inner.indent + text;
    if (flow.many_lines && !comment) text += flow.newline + flow.indent;
    Add(comment ? Span{open, open} : Span{open, close}, text);
  }
  return {};
}

// Writes a new value in the place of an old one, with its anchor and tag if it has any.
Result<void> EditRenderer::RenderValue(const Node& node, const Value& value) {
  auto found = edit_.parents_.find(&node);
  const Node* parent = found == edit_.parents_.end() ? nullptr : found->second.node;
  bool in_block = parent == nullptr ? node.style != NodeStyle::kFlow && !layout_.json()
                                    : parent->style == NodeStyle::kBlock;
  FlowLayout flow = FlowLayoutOf(node);
  if (parent != nullptr && parent->style == NodeStyle::kFlow)
    flow.many_lines = layout_.HasNewline(parent->span);
  if (in_block) flow.many_lines = false;
  std::string inline_text =
      value.is_inline() ? ScalarText(value, QuotesOf(node), !in_block, flow.json) : FlowText(value, flow);
  if (parent == nullptr) {
    if (!layout_.BeginsDocument(node.span.begin) || !layout_.LastOnLine(node.span.end))
      return Unusual(node.span.begin);
    bool block = in_block && !value.is_inline() && layout_.FirstOnLine(node.span.begin) &&
                 layout_.LastOnLine(node.span.end);
    Add(node.span, block ? BlockText(value, layout_.Column(node.span.begin), layout_.block()) : inline_text);
    return {};
  }
  const Entry* entry = found->second.entry;
  uint32_t behind = node.span.begin;  // the ':' or '-' before the value
  if (entry != nullptr) {
    behind = layout_.BehindColon(*entry);
    if (behind == 0) {  // {key}
      if (!node.has(NodeFlag::kAbsent) || in_block || entry->key_span.size() == 0 ||
          layout_.HasNewline(entry->key_span))
        return Unusual(entry->key_span.end);
      Add({entry->key_span.end, entry->key_span.end}, (flow.tight ? ":" : ": ") + inline_text);
      return {};
    }
  } else if (in_block) {
    behind = layout_.Dash(*parent, found->second.index) + 1;
    if (layout_.text()[behind - 1] != '-') return Unusual(node.span.begin);
  } else {
    uint32_t before = node.span.begin;
    while (before > 0 &&
           std::string_view(" \t\r\n").find(layout_.text()[before - 1]) != std::string_view::npos)
      --before;
    if (before == 0 || std::string_view("[,").find(layout_.text()[before - 1]) == std::string_view::npos)
      return Unusual(node.span.begin);
  }
  // Comments stay where they are; an anchor or tag goes with the value it belonged to.
  uint32_t content = layout_.SkipBlank(behind);
  bool absent = node.has(NodeFlag::kAbsent);
  if (absent && node.span.begin == behind) content = behind;
  if (content > node.span.begin) return Unusual(node.span.begin);
  bool on_line = !layout_.HasNewline({behind, content});
  bool comment = !on_line && layout_.SkipSpace(behind) != content;
  bool block = in_block && !value.is_inline() && !comment &&
               layout_.IsIndentation(entry ? entry->key_span.begin : behind - 1) &&
               layout_.LastOnLine(node.span.end) && !layout_.CommentBehind(node.span.end);
  if (block) {
    const BlockLayout& style = layout_.block();
    uint32_t outer = entry ? layout_.Column(entry->key_span.begin) : behind - 1 - layout_.LineBegin(behind);
    uint32_t indent = outer + (!entry ? 2 : value.kind == NodeKind::kMap ? style.step : style.list_step);
    std::string begin = entry ? style.newline + std::string(indent, ' ') : " ";
    Add({behind, node.span.end}, begin + BlockText(value, indent, style));
  } else if (comment || (on_line && !absent)) {
    Add({content, node.span.end}, inline_text);
  } else {
    Add({behind, node.span.end}, (flow.tight && !in_block ? "" : " ") + inline_text);
  }
  return {};
}

}  // namespace guard

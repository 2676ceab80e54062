// From an offset in a string's value back to the byte in the source that spells it: what puts an error inside
// an expression, or inside a document embedded in a string, into the outer file. Tested by
// tests/unit/document/string_place_test.cc.
#include <algorithm>

#include "policies/base/utf8.h"
#include "policies/document/document.h"

namespace guard {

namespace {

bool IsBreak(char c) { return c == '\n' || c == '\r'; }
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Walks a scalar's text and counts the bytes of its value. Each step says which bytes of the source the next
// bytes of the value come from.
class Walker {
 public:
  Walker(std::string_view text, Span span, uint32_t wanted)
      : text_(text), at_(span.begin), end_(span.end), wanted_(wanted) {}

  uint32_t Flow(NodeStyle style);
  uint32_t Block(bool folded);

 private:
  // The value's next `length` bytes come from `source`. True when the wanted byte is among them; then at_ is
  // its place.
  bool Take(uint32_t length, uint32_t source, bool one_to_one) {
    if (wanted_ < length) {
      at_ = one_to_one ? source + wanted_ : source;
      return true;
    }
    wanted_ -= length;
    return false;
  }
  char Peek(uint32_t ahead = 0) const { return at_ + ahead < end_ ? text_[at_ + ahead] : '\0'; }
  // Passes one line break, however it is written.
  void PassBreak() { at_ += Peek() == '\r' && Peek(1) == '\n' ? 2 : 1; }
  bool Fold(uint32_t blanks_begin, bool escaped);
  bool Escape();

  std::string_view text_;
  uint32_t at_;
  uint32_t end_;
  uint32_t wanted_;
};

// Line breaks inside quoted and plain scalars, with the white space around them: one is a space, more are one
// less.
bool Walker::Fold(uint32_t blanks_begin, bool escaped) {
  uint32_t breaks = 0;
  while (at_ < end_ && (IsBreak(Peek()) || IsBlank(Peek()))) {
    if (IsBreak(Peek())) {
      ++breaks;
      PassBreak();
    } else {
      ++at_;
    }
  }
  uint32_t length = breaks > 1 ? breaks - 1 : (escaped ? 0 : 1);
  uint32_t here = at_;
  if (Take(length, blanks_begin, false)) return true;
  at_ = here;
  return false;
}

bool Walker::Escape() {
  uint32_t begin = at_;
  char kind = Peek(1);
  at_ += 2;
  if (IsBreak(kind)) {
    at_ = begin + 1;
    return Fold(begin, true);
  }
  auto hex = [&](uint32_t digits) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < digits; ++i, ++at_) {
      char c = static_cast<char>(Peek() | 0x20);
      value = value * 16 + static_cast<uint32_t>(c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    return value;
  };
  uint32_t length = 1;
  if (kind == 'x' || kind == 'u' || kind == 'U') {
    uint32_t code_point = hex(kind == 'x' ? 2 : kind == 'u' ? 4 : 8);
    if (code_point >= 0xD800 && code_point <= 0xDBFF && Peek() == '\\' && Peek(1) == 'u') {
      at_ += 2;
      hex(4);
      code_point = 0x10000;
    }
    char bytes[4];
    length = static_cast<uint32_t>(EncodeUtf8(std::min(code_point, 0x10FFFFu), bytes));
  } else if (kind == 'N' || kind == '_') {
    length = 2;
  } else if (kind == 'L' || kind == 'P') {
    length = 3;
  }
  uint32_t here = at_;
  if (Take(length, begin, false)) return true;
  at_ = here;
  return false;
}

uint32_t Walker::Flow(NodeStyle style) {
  bool single = style == NodeStyle::kSingleQuoted, escapes = style == NodeStyle::kDoubleQuoted;
  if (single || escapes) ++at_, --end_;
  while (at_ < end_) {
    char c = Peek();
    if (single && c == '\'' && Peek(1) == '\'') {
      if (Take(1, at_, false)) return at_;
      at_ += 2;
    } else if (escapes && c == '\\') {
      if (Escape()) return at_;
    } else if (IsBreak(c) || IsBlank(c)) {
      uint32_t blanks = at_, ahead = at_;
      while (ahead < end_ && IsBlank(text_[ahead])) ++ahead;
      if (ahead < end_ && IsBreak(text_[ahead])) {
        at_ = ahead;
        if (Fold(blanks, false)) return at_;
      } else {
        if (Take(ahead - blanks, blanks, true)) return at_;
        at_ = ahead;
      }
    } else {
      if (Take(1, at_, true)) return at_;
      ++at_;
    }
  }
  return end_;
}

uint32_t Walker::Block(bool folded) {
  uint32_t explicit_indent = 0, header = at_;
  for (++at_; at_ < end_ && !IsBreak(Peek()) && Peek() != ' ' && Peek() != '#'; ++at_)
    if (Peek() >= '1' && Peek() <= '9') explicit_indent = 1;
  while (at_ < end_ && !IsBreak(Peek())) ++at_;
  if (at_ < end_) PassBreak();
  // The first line with content sets the indentation; with an indicator, the least indented one is as good.
  uint32_t indent = UINT32_MAX;
  for (uint32_t line = at_; line < end_;) {
    uint32_t first = line;
    while (first < end_ && text_[first] == ' ') ++first;
    bool content = first < end_ && !IsBreak(text_[first]);
    if (content) indent = std::min(indent, first - line);
    if (content && explicit_indent == 0) break;
    line = first;
    while (line < end_ && text_[line] != '\n') ++line;
    ++line;
  }
  bool began = false, before_blank = false;
  uint32_t breaks = 0, break_at = at_;
  while (at_ < end_) {
    uint32_t line = at_;
    while (at_ < end_ && at_ - line < indent && Peek() == ' ') ++at_;
    if (at_ < end_ && IsBreak(Peek())) {
      ++breaks;
      PassBreak();
      continue;
    }
    uint32_t content = at_, content_end = at_;
    while (content_end < end_ && !IsBreak(text_[content_end])) ++content_end;
    bool blank = content < end_ && IsBlank(text_[content]);
    // One break of `breaks` ended the line before.
    bool folds = folded && began && !blank && !before_blank;
    uint32_t length = folds && breaks > 0 ? std::max(breaks - 1, 1u) : breaks;
    if (Take(length, break_at, !folded && length == 1)) return at_;
    if (Take(content_end - content, content, true)) return at_;
    at_ = break_at = content_end;
    began = true, before_blank = blank, breaks = 0;
    if (at_ < end_) PassBreak(), breaks = 1;
  }
  return std::max(header, end_);
}

}  // namespace

uint32_t SourceOffset(const Source& source, const Node& string, uint32_t offset) {
  std::string_view text = source.text();
  Span span = string.span;
  if (!string.is_string() || span.begin >= span.end || span.end > text.size()) return span.begin;
  offset = std::min(offset, string.size);
  // A value that is its own spelling, wherever an alias has led.
  if (string.size > 0 && string.bytes >= text.data() &&
      string.bytes + string.size <= text.data() + text.size())
    return static_cast<uint32_t>(string.bytes - text.data()) + offset;
  if (text[span.begin] == '*') return span.begin;  // an alias
  Walker walker(text, span, offset);
  uint32_t at = span.begin;
  switch (string.style) {
    case NodeStyle::kPlain:
    case NodeStyle::kSingleQuoted:
    case NodeStyle::kDoubleQuoted: at = walker.Flow(string.style); break;
    case NodeStyle::kLiteral: at = walker.Block(false); break;
    case NodeStyle::kFolded: at = walker.Block(true); break;
    default: break;
  }
  return std::clamp(at, span.begin, span.end);
}

}  // namespace guard

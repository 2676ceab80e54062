// How the text around an edit is laid out: where lines end, where dashes and colons stand, how deep things
// are indented. An edit only ever imitates what is there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/document/document.h"
#include "policies/document/value.h"

namespace guard {

class EditLayout {
 public:
  EditLayout(const Source& source, const Node& root);

  std::string_view text() const { return text_; }
  // Lines cannot be told: nothing here holds.
  bool strange_lines() const { return strange_lines_; }
  const std::string& newline() const { return newline_; }
  const BlockLayout& block() const { return block_; }
  bool json() const { return json_; }
  bool tight() const { return tight_; }
  // The whole document is flow style over several lines.
  bool many_lines() const { return many_lines_; }
  const std::string& step() const { return step_; }

  uint32_t LineBegin(uint32_t at) const;
  // The end of the line without its break, and the begin of the next line.
  uint32_t LineEnd(uint32_t at) const;
  uint32_t NextLine(uint32_t at) const;
  uint32_t Column(uint32_t at) const { return at - LineBegin(at); }
  std::string Indent(uint32_t at) const;
  // Only white space between the begin of the line and `at`; between `at` and the end of the line nothing but
  // white space and perhaps a comment.
  bool FirstOnLine(uint32_t at) const;
  // Only white space and dashes before `at`: its column is an indentation that others may have.
  bool IsIndentation(uint32_t at) const;
  bool LastOnLine(uint32_t at) const;
  bool CommentBehind(uint32_t at) const;
  bool HasNewline(Span span) const;
  // Nothing but comments between `at` and the begin of its document.
  bool BeginsDocument(uint32_t at) const;

  // Past white space, line breaks and comments.
  uint32_t SkipBlank(uint32_t at) const;
  // Past white space and line breaks; stops at a comment.
  uint32_t SkipSpace(uint32_t at) const;
  // Right behind the ':' of an entry; 0 where there is none (or one that is too unusual).
  uint32_t BehindColon(const Entry& entry) const;
  // The '-' of a block list's item.
  uint32_t Dash(const Node& list, uint32_t index) const;

 private:
  void MeasureBlock(const Node& node, bool* step_known, bool* list_known);

  std::string_view text_;
  bool strange_lines_ = false;
  std::string newline_ = "\n";
  BlockLayout block_;
  bool json_ = false;
  bool tight_ = false;
  bool many_lines_ = false;
  std::string step_ = "  ";
};

}  // namespace guard

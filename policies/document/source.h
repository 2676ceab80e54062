// A Source is one text that somebody handed us: its name, its bytes, and where its lines begin.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard {

// Byte offsets into a Source's text, half open. Offsets inside, line and column only when printed.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;

  uint32_t size() const { return end - begin; }
  bool contains(Span other) const { return begin <= other.begin && other.end <= end; }
  bool operator==(const Span&) const = default;
};

struct LineColumn {
  uint32_t line = 1;    // 1-based
  uint32_t column = 1;  // 1-based, in Unicode code points
  bool operator==(const LineColumn&) const = default;
};

// Larger texts are refused when they are read: offsets are 32 bits, and no manifest is this large.
inline constexpr size_t kLargestSource = size_t{512} << 20;
// A longer line is refused with its place: nobody wrote it, and no report could show it.
inline constexpr size_t kLongestLine = size_t{32} << 20;

// Documents keep views into `text`, so a Source outlives its Documents and never moves (hold it by
// unique_ptr). The line index is made at the first question; a Source belongs to one thread.
class Source {
 public:
  Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::string_view text(Span span) const { return text().substr(span.begin, span.size()); }

  LineColumn Locate(uint32_t offset) const;
  uint32_t line_count() const;
  // The line (1-based) without its line break.
  std::string_view Line(uint32_t line) const;
  uint32_t LineBegin(uint32_t line) const;

  // An error at a span, with the source line and caret filled in.
  Error ErrorAt(Span span, std::string message, std::string hint = {}) const;

 private:
  void Index() const;

  std::string name_;
  std::string text_;
  mutable std::vector<uint32_t> line_begins_;
};

// Refuses what no reader should see, naming the place: too large, an overlong line, invalid UTF-8 (RFC 3629),
// a NUL byte. A UTF-8 byte order mark is allowed; UTF-16 is refused with a hint.
Result<void> CheckText(const Source& source);

}  // namespace guard

// Where things are in a text, for people: lines and columns.
// Tested by tests/unit/document/source_test.cc.
#include "policies/document/source.h"

#include <algorithm>
#include <cstring>

#include "policies/base/utf8.h"

namespace guard {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kLongestShown = 64 << 10;  // longer lines are not copied into errors

Error PlainError(const Source& source, size_t offset, std::string message, std::string hint = {}) {
  LineColumn at = source.Locate(static_cast<uint32_t>(offset));
  Error error;
  error.message = std::move(message);
  error.place = {source.name(), at.line, at.column};
  error.hint = std::move(hint);
  return error;
}

}  // namespace

void Source::Index() const {
  if (!line_begins_.empty()) return;
  const char* begin = text_.data();
  const char* end = begin + text_.size();
  line_begins_.reserve(text_.size() / 24 + 1);
  line_begins_.push_back(
      static_cast<uint32_t>(text().starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0));
  for (const char* at = begin; at < end;) {
    const void* found = std::memchr(at, '\n', static_cast<size_t>(end - at));
    if (found == nullptr) break;
    at = static_cast<const char*>(found) + 1;
    line_begins_.push_back(static_cast<uint32_t>(at - begin));
  }
}

LineColumn Source::Locate(uint32_t offset) const {
  Index();
  offset = std::min<uint32_t>(offset, static_cast<uint32_t>(text_.size()));
  auto after = std::upper_bound(line_begins_.begin() + 1, line_begins_.end(), offset);
  uint32_t begin = *(after - 1);
  size_t before = offset > begin ? CountCodePoints(text().substr(begin, offset - begin)) : 0;
  return {static_cast<uint32_t>(after - line_begins_.begin()), static_cast<uint32_t>(before) + 1};
}

uint32_t Source::line_count() const {
  Index();
  return static_cast<uint32_t>(line_begins_.size());
}

uint32_t Source::LineBegin(uint32_t line) const {
  Index();
  return line_begins_[std::clamp<uint32_t>(line, 1, static_cast<uint32_t>(line_begins_.size())) - 1];
}

std::string_view Source::Line(uint32_t line) const {
  if (line == 0 || line > line_count()) return {};
  uint32_t begin = LineBegin(line);
  size_t end = line == line_count() ? text_.size() : LineBegin(line + 1) - 1;
  if (end > begin && text_[end - 1] == '\r') --end;
  return text().substr(begin, end - begin);
}

Error Source::ErrorAt(Span span, std::string message, std::string hint) const {
  Error error = PlainError(*this, span.begin, std::move(message), std::move(hint));
  std::string_view line = Line(error.place.line);
  if (line.size() > kLongestShown) return error;
  error.line_text = line;
  uint32_t line_begin = LineBegin(error.place.line);
  uint32_t line_end = line_begin + static_cast<uint32_t>(line.size());
  uint32_t begin = std::clamp(span.begin, line_begin, line_end);
  uint32_t end = std::clamp(span.end, begin, line_end);
  error.caret_length = std::max<uint32_t>(1, static_cast<uint32_t>(CountCodePoints(text({begin, end}))));
  return error;
}

}  // namespace guard

// Tested by tests/unit/auditor/fix_preview_test.cc.
#include "auditor/fix_preview.h"

#include <algorithm>

namespace guard {

namespace {

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The whole lines that a group of edits touches.
Span WholeLines(const Source& source, Span span) {
  std::string_view text = source.text();
  size_t begin = span.begin == 0 ? 0 : text.rfind('\n', span.begin - 1) + 1;
  if (span.begin != 0 && text.rfind('\n', span.begin - 1) == std::string_view::npos) begin = 0;
  // An edit that ends at a line's beginning does not touch that line.
  bool whole = span.end > span.begin && text[span.end - 1] == '\n';
  size_t end = whole ? span.end : std::min(text.find('\n', span.end), text.size());
  if (!whole && end < text.size()) ++end;
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

void AppendGroup(const Source& source, Span lines, std::span<const TextEdit> edits,
                 std::vector<FixLine>* preview) {
  std::string after;
  uint32_t at = lines.begin;
  for (const TextEdit& edit : edits) {
    after += source.text({at, edit.span.begin});
    after += edit.text;
    at = edit.span.end;
  }
  after += source.text({at, std::max(at, lines.end)});
  std::vector<std::string> old_lines = Lines(source.text(lines)), new_lines = Lines(after);
  size_t same = 0;
  while (same < old_lines.size() && same < new_lines.size() && old_lines[same] == new_lines[same]) ++same;
  size_t tail = 0;
  while (tail < old_lines.size() - same && tail < new_lines.size() - same &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail])
    ++tail;
  uint32_t first = source.Locate(lines.begin).line;
  for (size_t i = same; i < old_lines.size() - tail; ++i)
    preview->push_back({false, first + static_cast<uint32_t>(i), std::move(old_lines[i])});
  for (size_t i = same; i < new_lines.size() - tail; ++i)
    preview->push_back({true, first + static_cast<uint32_t>(i), std::move(new_lines[i])});
}

}  // namespace

std::vector<FixLine> PreviewFix(const Source& source, std::span<const TextEdit> edits) {
  std::vector<FixLine> preview;
  for (size_t i = 0; i < edits.size();) {
    Span lines = WholeLines(source, edits[i].span);
    size_t end = i + 1;
    while (end < edits.size() && edits[end].span.begin < lines.end) {
      lines.end = std::max(lines.end, WholeLines(source, edits[end].span).end);
      ++end;
    }
    AppendGroup(source, lines, edits.subspan(i, end - i), &preview);
    i = end;
  }
  return preview;
}

}  // namespace guard

// Tested by tests/unit/dockerfile/values_test.cc.
#include "rootless-builder/dockerfile/expand.h"

#include <algorithm>

namespace guard::builder {

namespace {

void AddNames(std::vector<std::string>* to, const std::vector<std::string>& names) {
  if (to != nullptr) to->insert(to->end(), names.begin(), names.end());
}

// The offset in a word leads into the Source where the word was written in one piece.
Span PlaceOf(const Word& word, size_t offset) {
  if (word.span.size() != word.text.size() || offset >= word.text.size()) return word.span;
  return {word.span.begin + static_cast<uint32_t>(offset), word.span.end};
}

}  // namespace

Result<std::string> Expander::Expand(const Word& word) const {
  std::expected<ProcessedWord, WordError> processed = ProcessWord(word.text, lookup, {.escape = escape});
  if (!processed)
    return Fail(source.ErrorAt(PlaceOf(word, processed.error().offset), processed.error().message));
  AddNames(unset, processed->unset);
  AddNames(used, processed->used);
  return std::move(processed->text);
}

Result<std::vector<std::string>> Expander::ExpandToWords(const Word& word) const {
  std::expected<ProcessedWord, WordError> processed = ProcessWord(word.text, lookup, {.escape = escape});
  if (!processed)
    return Fail(source.ErrorAt(PlaceOf(word, processed.error().offset), processed.error().message));
  AddNames(unset, processed->unset);
  AddNames(used, processed->used);
  return std::move(processed->words);
}

Result<std::string> Expander::Expand(const Heredoc& heredoc) const {
  std::string content = heredoc.Content();
  if (!heredoc.expand) return content;
  std::expected<ProcessedWord, WordError> processed = ProcessWord(content, lookup, HeredocRules(escape));
  if (!processed) {
    Word body{heredoc.strip_tabs ? std::string() : content, heredoc.body_span};
    return Fail(source.ErrorAt(PlaceOf(body, processed.error().offset), processed.error().message,
                               "write <<\"" + heredoc.name + "\" to take the content as it is"));
  }
  AddNames(unset, processed->unset);
  AddNames(used, processed->used);
  return std::move(processed->text);
}

}  // namespace guard::builder

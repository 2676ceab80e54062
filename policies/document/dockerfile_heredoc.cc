// Which words open heredocs. Tested by tests/unit/document/dockerfile_test.cc.
#include <algorithm>
#include <charconv>

#include "policies/document/dockerfile.h"
#include "policies/document/dockerfile_line.h"
#include "policies/document/dockerfile_words.h"

namespace guard {

namespace {

std::optional<std::string_view> NothingIsSet(std::string_view) { return std::nullopt; }

}  // namespace

std::string DockerfileHeredoc::Content() const {
  if (!strip_tabs) return body;
  std::string content;
  content.reserve(body.size());
  bool line_begins = true;
  for (char c : body) {
    if (line_begins && c == '\t') continue;
    line_begins = c == '\n';
    content += c;
  }
  return content;
}

// digits? "<<" "-"? name, and no further '<'. The name is lexed with and without its quotes: when that makes
// a difference, the body is not expanded.
std::optional<DockerfileHeredoc> ParseHeredocWord(std::string_view word) {
  size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  if (!word.substr(digits).starts_with("<<")) return std::nullopt;
  DockerfileHeredoc heredoc;
  std::from_chars(word.data(), word.data() + digits, heredoc.descriptor);  // out of range: 0
  std::string_view rest = word.substr(digits + 2);
  if (rest.starts_with('-')) {
    heredoc.strip_tabs = true;
    rest.remove_prefix(1);
  }
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (rest.empty() || rest.find('<') != std::string_view::npos) return std::nullopt;
  auto plain = ProcessWords(rest, NothingIsSet, {.keep_unset = true});
  auto quoted = ProcessWords(rest, NothingIsSet, {.keep_quotes = true, .keep_unset = true});
  if (!plain || !quoted || plain->size() != 1 || quoted->size() != 1) return std::nullopt;
  heredoc.name = plain->front();
  heredoc.expand = heredoc.name == quoted->front();
  return heredoc;
}

std::vector<DockerfileHeredoc> HeredocsOfLine(std::string_view line) {
  std::vector<DockerfileHeredoc> heredocs;
  if (line.find("<<") == std::string_view::npos) return heredocs;
  auto words =
      ProcessWords(line, NothingIsSet,
                   {.keep_quotes = true, .keep_escapes = true, .keep_unset = true, .heredoc_words = true});
  if (!words) return heredocs;
  for (const std::string& word : *words)
    if (std::optional<DockerfileHeredoc> heredoc = ParseHeredocWord(word))
      heredocs.push_back(std::move(*heredoc));
  return heredocs;
}

}  // namespace guard

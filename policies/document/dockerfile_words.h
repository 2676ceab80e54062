// Word expansion in Dockerfiles, as BuildKit's lexer does it: quotes, escapes, $name, ${name} and its
// modifiers
// :- - :+ + :? ? # ## % %% / //. It is no shell: no commands, no arithmetic, no globbing.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guard {

// The value of a variable, or empty where it is not set. The view lives until the next call.
using VariableLookup = std::function<std::optional<std::string_view>(std::string_view name)>;

struct WordRules {
  char escape = '\\';
  bool keep_quotes = false;    // quotes stay in the result
  bool keep_escapes = false;   // so do escape characters
  bool ignore_quotes = false;  // quotes mean nothing (the bodies of heredocs)
  bool keep_unset = false;     // ${name} stays as written where it is not set
  bool heredoc_words = false;  // "<< EOF" is one word
};

// The rules for the body of a heredoc with this escape character.
inline WordRules HeredocRules(char escape) {
  return {.escape = escape, .keep_escapes = false, .ignore_quotes = true};
}

struct ProcessedWord {
  std::string text;                // one word, spaces kept
  std::vector<std::string> words;  // split at the spaces that neither quotes nor escapes protect
  std::vector<std::string> used;   // variables that were set, sorted
  std::vector<std::string> unset;  // variables that were asked for and were not set, sorted
};

struct WordError {
  std::string message;
  size_t offset = 0;  // in the word, in bytes
};

inline constexpr size_t kLargestExpansion = size_t{16} << 20;  // a larger result is an error
inline constexpr uint32_t kDeepestExpansion = 100;             // and so is ${a:-${b:-...}} nested deeper

std::expected<ProcessedWord, WordError> ProcessWord(std::string_view word, const VariableLookup& lookup,
                                                    const WordRules& rules = {});

// ProcessWord's `words` only.
std::expected<std::vector<std::string>, WordError> ProcessWords(std::string_view word,
                                                                const VariableLookup& lookup,
                                                                const WordRules& rules = {});

}  // namespace guard

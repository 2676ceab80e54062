// The one error type of the project, and the one printer with a caret.
//
// Errors are values: a function that can fail returns Result<T>. Exceptions of libraries are caught where the
// library is called and become Errors there.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace guard {

// Where in a text something is. Lines and columns are 1-based; 0 means "not known". Columns count Unicode
// code points, so that an editor's cursor agrees.
struct Place {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;

  bool operator==(const Place&) const = default;
};

// "file:line:column", leaving out what is not known.
std::string ToString(const Place& place);

struct Error {
  std::string message;    // one sentence, no trailing period, starts in lower case
  Place place;            // where; may be empty
  std::string line_text;  // the source line at `place`, for the caret; empty when there is none to show
  uint32_t caret_length = 1;
  std::string hint;  // what to do about it; may be empty
};

// One line: "file:line:column: message".
std::string ToString(const Error& error);

// Several lines: the one-line form, the source line cut to a terminal's width, a caret, and the hint.
std::string Render(const Error& error);

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> Fail(std::string message, std::string hint = {}) {
  Error error;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return std::unexpected<Error>(std::move(error));
}
inline std::unexpected<Error> Fail(Error error) { return std::unexpected<Error>(std::move(error)); }

// The candidate nearest to `word` (Damerau-Levenshtein distance of at most a third of its length), or empty:
// the "did you mean" of every error about an unknown name.
template <class Range>
std::string_view Nearest(std::string_view word, const Range& candidates);
uint32_t EditDistance(std::string_view a, std::string_view b);

template <class Range>
std::string_view Nearest(std::string_view word, const Range& candidates) {
  std::string_view best;
  uint32_t best_distance = static_cast<uint32_t>(word.size()) / 3 + 1;
  for (const auto& candidate : candidates) {
    uint32_t distance = EditDistance(word, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return best;
}

}  // namespace guard

#define GUARD_CONCAT_(a, b) a##b
#define GUARD_CONCAT(a, b) GUARD_CONCAT_(a, b)

// TRY(expression): the value of a Result, or return its error from the enclosing function (GNU statement
// expression). TRY_VOID for a Result<void>.
#define TRY(...)                                                            \
  ({                                                                        \
    auto try_result_ = (__VA_ARGS__);                                       \
    if (!try_result_) return ::guard::Fail(std::move(try_result_.error())); \
    std::move(*try_result_);                                                \
  })
#define TRY_VOID(...)                                                       \
  do {                                                                      \
    auto try_result_ = (__VA_ARGS__);                                       \
    if (!try_result_) return ::guard::Fail(std::move(try_result_.error())); \
  } while (false)

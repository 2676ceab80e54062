// Backtracking only to the last star, so that no pattern is worse than quadratic.
// Tested by tests/unit/build/glob_test.cc.
#include "rootless-builder/build/glob.h"

#include <string>

#include "policies/base/utf8.h"

namespace guard::builder {

namespace {

// The bytes of the code point at the front; a stray byte stands for itself, as in Go.
size_t CodePointSize(std::string_view text) {
  unsigned char first = static_cast<unsigned char>(text[0]);
  size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (size > text.size()) return 1;
  for (size_t i = 1; i < size; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 1;
  return size;
}

std::string_view TakePoint(std::string_view& text) {
  size_t size = CodePointSize(text);
  std::string_view point = text.substr(0, size);
  text.remove_prefix(size);
  return point;
}

struct Malformed {};

// One code point of a class, unescaped.
std::expected<std::string_view, Malformed> TakeClassPoint(std::string_view& pattern) {
  if (pattern.empty() || pattern[0] == '-' || pattern[0] == ']') return std::unexpected(Malformed{});
  if (pattern[0] == '\\') {
    pattern.remove_prefix(1);
    if (pattern.empty()) return std::unexpected(Malformed{});
  }
  return TakePoint(pattern);
}

// UTF-8 sorts as its code points do, longer encodings being larger.
bool NotAfter(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a <= b;
}

// Matches one token of `pattern` (not a star) against the front of `name`, and takes both.
std::expected<bool, Malformed> MatchOne(std::string_view& pattern, std::string_view& name) {
  bool there = !name.empty();
  switch (pattern[0]) {
    case '?':
      pattern.remove_prefix(1);
      if (there) TakePoint(name);
      return there;
    case '[': {
      pattern.remove_prefix(1);
      std::string_view point = there ? TakePoint(name) : std::string_view();
      bool negated = !pattern.empty() && pattern[0] == '^';
      if (negated) pattern.remove_prefix(1);
      bool matched = false;
      for (bool first = true;; first = false) {
        if (!first && !pattern.empty() && pattern[0] == ']') break;
        auto low = TakeClassPoint(pattern);
        if (!low) return std::unexpected(Malformed{});
        auto high = low;
        if (!pattern.empty() && pattern[0] == '-') {
          pattern.remove_prefix(1);
          high = TakeClassPoint(pattern);
          if (!high) return std::unexpected(Malformed{});
        }
        matched = matched || (there && NotAfter(*low, point) && NotAfter(point, *high));
      }
      pattern.remove_prefix(1);
      return there && matched != negated;
    }
    case '\\':
      pattern.remove_prefix(1);
      if (pattern.empty()) return std::unexpected(Malformed{});
      [[fallthrough]];
    default: {
      std::string_view want = TakePoint(pattern);
      return there && TakePoint(name) == want;
    }
  }
}

// Runs over the rest of a pattern that did not match, because a malformed one is an error all the same.
std::expected<bool, Malformed> Unmatched(std::string_view pattern) {
  while (!pattern.empty()) {
    if (pattern[0] == '*') {
      pattern.remove_prefix(1);
      continue;
    }
    std::string_view none;
    if (!MatchOne(pattern, none)) return std::unexpected(Malformed{});
  }
  return false;
}

std::expected<bool, Malformed> Match(std::string_view pattern, std::string_view name) {
  std::string_view star_pattern, star_name;
  bool star = false;
  while (!pattern.empty() || !name.empty()) {
    if (!pattern.empty() && pattern[0] == '*') {
      pattern.remove_prefix(1);
      star = true, star_pattern = pattern, star_name = name;
      continue;
    }
    if (!pattern.empty()) {
      auto matched = MatchOne(pattern, name);
      if (!matched) return matched;
      if (*matched) continue;
    }
    if (!star || star_name.empty()) return Unmatched(pattern);
    TakePoint(star_name);
    pattern = star_pattern, name = star_name;
  }
  return true;
}

}  // namespace

bool HasGlob(std::string_view text) { return text.find_first_of("*?[\\") != std::string_view::npos; }

Result<bool> GlobMatch(std::string_view pattern, std::string_view name) {
  auto matched = Match(pattern, name);
  if (!matched) {
    return Fail("the pattern '" + std::string(pattern) + "' is malformed",
                "close every [ with ], and put a backslash before a [ that is meant as it is");
  }
  return *matched;
}

}  // namespace guard::builder

// The syntax is Go's filepath.Match, with "**" besides; the meaning is moby/patternmatcher's. Tested by
// tests/unit/dockerfile/ignore_test.cc.
#include "rootless-builder/dockerfile/ignore_pattern.h"

#include <algorithm>
#include <bit>

#include "policies/base/utf8.h"
#include "policies/document/dockerfile_chars.h"

namespace guard::builder {

namespace {

constexpr size_t kLongestPattern = 4096;

bool Has(const std::vector<uint64_t>& states, size_t state) {
  return (states[state / 64] >> state % 64 & 1) != 0;
}

std::unexpected<Error> Bad(std::string message) {
  return Fail(std::move(message),
              "a class is written [a-z] or [^a-z]; put \\ before [, *, ? and \\ to mean themselves");
}

}  // namespace

Points ToPoints(std::string_view text) {
  Points points;
  points.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    CodePoint point = DecodeCodePoint(text, at);
    points.push_back(point.value);
    at += point.size;
  }
  return points;
}

Result<IgnorePattern> IgnorePattern::Compile(std::string_view text) {
  IgnorePattern compiled;
  if (text.size() > kLongestPattern) return Fail("the pattern is longer than 4096 bytes");
  Points pattern = ToPoints(text);
  auto add = [&](Op op, uint32_t value = 0) { compiled.tokens_.push_back({op, value}); };
  bool deep_begin = text.starts_with("**");
  // "**name", without other wildcards, is any path that ends so; everywhere else "**" stops at a slash.
  bool bare_suffix =
      deep_begin && !text.starts_with("**/") && text.find_first_of("*?[]\\", 2) == std::string_view::npos;
  for (size_t at = 0; at < pattern.size();) {
    uint32_t point = pattern[at++];
    if (point == '*' && at < pattern.size() && pattern[at] == '*') {
      ++at;
      if (at < pattern.size() && pattern[at] == '/') ++at;
      if (at == pattern.size() || bare_suffix) {
        add(Op::kAnything);
      } else {
        add(Op::kDeepBegin);
        add(Op::kDeepRest);
      }
    } else if (point == '*') {
      add(Op::kStar);
    } else if (point == '?') {
      add(Op::kOne);
    } else if (point == '[') {
      TRY_VOID(compiled.ParseClass(pattern, at));
    } else if (point == '\\') {
      if (at == pattern.size()) return Bad("the pattern ends in a backslash");
      add(Op::kPoint, pattern[at++]);
    } else {
      add(Op::kPoint, point);
    }
  }
  compiled.Classify();
  return compiled;
}

// at: behind the '['.
Result<void> IgnorePattern::ParseClass(const Points& pattern, size_t& at) {
  Class made;
  auto sees = [&](char c) { return at < pattern.size() && pattern[at] == static_cast<uint32_t>(c); };
  auto take = [&](uint32_t& point) {
    if (at == pattern.size() || sees('-') || sees(']')) return false;
    if (sees('\\') && ++at == pattern.size()) return false;
    point = pattern[at++];
    return true;
  };
  if (sees('^')) made.negated = true, ++at;
  do {
    uint32_t low = 0;
    if (!take(low)) return Bad("this class of characters cannot be read");
    uint32_t high = low;
    if (sees('-')) {
      ++at;
      if (!take(high)) return Bad("this class of characters cannot be read");
    }
    if (high < low) return Bad("a range in this class of characters runs backwards");
    made.ranges.emplace_back(low, high);
  } while (!sees(']') && at < pattern.size());
  if (!sees(']')) return Bad("this class of characters is not closed");
  ++at;
  tokens_.push_back({Op::kClass, static_cast<uint32_t>(classes_.size())});
  classes_.push_back(std::move(made));
  return {};
}

void IgnorePattern::Classify() {
  auto is_point = [](const Token& token) { return token.op == Op::kPoint; };
  literal_prefix_ =
      static_cast<size_t>(std::find_if_not(tokens_.begin(), tokens_.end(), is_point) - tokens_.begin());
  size_t begin = 0;
  if (literal_prefix_ == tokens_.size()) {
    kind_ = Kind::kPath;
  } else if (tokens_[0].op == Op::kDeepBegin) {
    begin = tokens_.size() > 2 && tokens_[2].op == Op::kStar ? 3 : 2;
    kind_ = begin == 3 ? Kind::kSuffix : Kind::kComponent;
    for (size_t i = begin; i < tokens_.size(); ++i)
      if (!is_point(tokens_[i]) || tokens_[i].value == '/') kind_ = Kind::kGeneral;
    bool dotted = begin < tokens_.size() && tokens_[begin].value == '.';
    if (begin == tokens_.size() || (begin == 3 && !dotted)) kind_ = Kind::kGeneral;
  }
  size_t end = tokens_.size();
  if (kind_ == Kind::kGeneral) {
    begin = end = 0;
    for (size_t from = 0; from < tokens_.size();) {
      auto rest = tokens_.begin() + static_cast<ptrdiff_t>(from);
      auto length = static_cast<size_t>(std::find_if_not(rest, tokens_.end(), is_point) - rest);
      if (length > end - begin) begin = from, end = from + length;
      from += length + 1;
    }
  }
  for (size_t i = begin; i < end; ++i) {
    char bytes[4];
    uint32_t value = tokens_[i].value;
    if (value > 0x10FFFF) {
      literal_ += static_cast<char>(value - 0x110000);
    } else {
      literal_.append(bytes, EncodeUtf8(value, bytes));
    }
  }
}

bool IgnorePattern::Takes(const Token& token, uint32_t point) const {
  switch (token.op) {
    case Op::kPoint: return point == token.value;
    case Op::kOne:
    case Op::kStar: return point != '/';
    case Op::kClass: {
      const Class& made = classes_[token.value];
      bool in = std::any_of(made.ranges.begin(), made.ranges.end(),
                            [&](const auto& range) { return range.first <= point && point <= range.second; });
      return in != made.negated;
    }
    default: return true;
  }
}

void IgnorePattern::Close(States& states, size_t state) const {
  for (; !Has(states, state); ++state) {
    states[state / 64] |= uint64_t{1} << state % 64;
    if (state == tokens_.size()) return;
    Op op = tokens_[state].op;
    if (op == Op::kDeepBegin) {
      Close(states, state + 2);
    } else if (op != Op::kStar && op != Op::kAnything) {
      return;
    }
  }
}

bool IgnorePattern::Step(const States& from, uint32_t point, States& to) const {
  std::fill(to.begin(), to.end(), 0);
  bool alive = false;
  for (size_t word = 0; word < from.size(); ++word) {
    for (uint64_t bits = from[word]; bits != 0; bits &= bits - 1) {
      size_t state = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      if (state == tokens_.size() || tokens_[state].op == Op::kDeepBegin || !Takes(tokens_[state], point))
        continue;
      alive = true;
      switch (tokens_[state].op) {
        case Op::kStar:
        case Op::kAnything: Close(to, state); break;
        case Op::kDeepRest:
          to[state / 64] |= uint64_t{1} << state % 64;
          if (point == '/') Close(to, state + 1);
          break;
        default: Close(to, state + 1);
      }
    }
  }
  return alive;
}

bool IgnorePattern::Matches(const Points& path) const {
  for (size_t i = 0; i < literal_prefix_; ++i)
    if (i >= path.size() || path[i] != tokens_[i].value) return false;
  States states(tokens_.size() / 64 + 1), next(states.size());
  Close(states, literal_prefix_);
  for (size_t at = literal_prefix_;; ++at) {
    bool boundary = at == path.size() || (path[at] == '/' && at > 0);
    if (boundary && Has(states, tokens_.size())) return true;
    if (at == path.size() || !Step(states, path[at], next)) return false;
    states.swap(next);
  }
}

bool IgnorePattern::MayMatchBelow(const Points& directory) const {
  States states(tokens_.size() / 64 + 1), next(states.size());
  Close(states, 0);
  for (uint32_t point : directory) {
    if (!Step(states, point, next)) return false;
    states.swap(next);
  }
  return Step(states, '/', next);
}

}  // namespace guard::builder

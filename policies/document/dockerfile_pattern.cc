// Tested by tests/unit/document/dockerfile_words_test.cc.
#include "policies/document/dockerfile_pattern.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "policies/document/dockerfile_chars.h"

namespace guard {

namespace {

constexpr uint32_t kAnyText = 0xFFFFFFFF;
constexpr uint32_t kAnyOne = 0xFFFFFFFE;
constexpr uint64_t kMostSteps = uint64_t{1} << 27;
constexpr size_t kNone = static_cast<size_t>(-1);

using Tokens = std::vector<uint32_t>;

// A value as code points, with the byte at which each begins (and, last, the end).
struct Points {
  Tokens values;
  std::vector<uint32_t> bytes;
};

Points Decode(std::string_view text) {
  Points points;
  for (size_t at = 0; at < text.size();) {
    CodePoint point = DecodeCodePoint(text, at);
    points.values.push_back(point.value);
    points.bytes.push_back(static_cast<uint32_t>(at));
    at += point.size;
  }
  points.bytes.push_back(static_cast<uint32_t>(text.size()));
  return points;
}

bool Takes(uint32_t token, uint32_t point) {
  return token == kAnyText || token == kAnyOne ? point != '\n' : token == point;
}

// How many code points of the value's begin the tokens match; kNone for no match.
size_t MatchPrefix(const Tokens& tokens, const Tokens& value, bool longest) {
  std::vector<char> states(tokens.size() + 1), next(tokens.size() + 1);
  states[0] = 1;
  size_t found = kNone;
  for (size_t at = 0;; ++at) {
    bool alive = false;
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (!states[i]) continue;
      alive = true;
      if (tokens[i] == kAnyText) states[i + 1] = 1;
    }
    if (states[tokens.size()]) {
      found = at;
      if (!longest) return found;
    }
    if (!alive || at == value.size()) return found;
    std::fill(next.begin(), next.end(), 0);
    for (size_t i = 0; i < tokens.size(); ++i)
      if (states[i] && Takes(tokens[i], value[at])) next[tokens[i] == kAnyText ? i : i + 1] = 1;
    states.swap(next);
  }
}

struct Match {
  size_t begin, end;
};

// The leftmost match from `from` on, the longest there. A state holds the leftmost begin that leads to it.
std::optional<Match> Find(const Tokens& tokens, const Tokens& value, size_t from, uint64_t& steps) {
  std::vector<size_t> states(tokens.size() + 1, kNone), next(tokens.size() + 1, kNone);
  std::optional<Match> best;
  for (size_t at = from;; ++at) {
    if (!best) states[0] = std::min(states[0], at);
    bool alive = false;
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (states[i] == kNone) continue;
      alive = true;
      if (tokens[i] == kAnyText) states[i + 1] = std::min(states[i + 1], states[i]);
    }
    if (size_t begin = states[tokens.size()]; begin != kNone && (!best || begin <= best->begin)) {
      best = Match{begin, at};
      for (size_t& state : states)
        if (state > begin) state = kNone;
    }
    steps += tokens.size() + 1;
    if (at == value.size() || (best && !alive) || steps > kMostSteps) return best;
    std::fill(next.begin(), next.end(), kNone);
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (states[i] == kNone || !Takes(tokens[i], value[at])) continue;
      size_t& to = next[tokens[i] == kAnyText ? i : i + 1];
      to = std::min(to, states[i]);
    }
    states.swap(next);
  }
}

std::unexpected<std::string> TooMuch() {
  return std::unexpected<std::string>("the pattern and the value are too long");
}

}  // namespace

std::expected<WordPattern, std::string> WordPattern::Parse(std::string_view text) {
  WordPattern pattern;
  for (size_t at = 0; at < text.size();) {
    CodePoint point = DecodeCodePoint(text, at);
    at += point.size;
    if (point.value == '*') {
      if (pattern.tokens_.empty() || pattern.tokens_.back() != kAnyText) pattern.tokens_.push_back(kAnyText);
      continue;
    }
    if (point.value == '?') {
      pattern.tokens_.push_back(kAnyOne);
      continue;
    }
    if (point.value == '\\') {
      if (at == text.size()) return std::unexpected<std::string>("the pattern ends in an escape");
      point = DecodeCodePoint(text, at);
      if (std::string_view("}/*?\\").find(text[at]) == std::string_view::npos)
        return std::unexpected<std::string>("invalid escape '\\" + std::string(text.substr(at, point.size)) +
                                            "' in the pattern");
      at += point.size;
    }
    pattern.tokens_.push_back(point.value);
  }
  return pattern;
}

std::expected<std::string, std::string> WordPattern::TrimPrefix(std::string_view value, bool longest) const {
  if (uint64_t{value.size() + 1} * (tokens_.size() + 1) > kMostSteps) return TooMuch();
  Points points = Decode(value);
  size_t matched = MatchPrefix(tokens_, points.values, longest);
  return std::string(matched == kNone ? value : value.substr(points.bytes[matched]));
}

std::expected<std::string, std::string> WordPattern::TrimSuffix(std::string_view value, bool longest) const {
  if (uint64_t{value.size() + 1} * (tokens_.size() + 1) > kMostSteps) return TooMuch();
  Points points = Decode(value);
  Tokens reversed(tokens_.rbegin(), tokens_.rend());
  std::reverse(points.values.begin(), points.values.end());
  size_t matched = MatchPrefix(reversed, points.values, longest);
  return std::string(matched == kNone ? value
                                      : value.substr(0, points.bytes[points.values.size() - matched]));
}

std::expected<std::string, std::string> WordPattern::Replace(std::string_view value, std::string_view with,
                                                             bool all) const {
  Points points = Decode(value);
  uint64_t steps = 0;
  std::string result;
  size_t last_end = 0;
  for (size_t search = 0; search <= points.values.size();) {
    std::optional<Match> match = Find(tokens_, points.values, search, steps);
    if (steps > kMostSteps || result.size() > kMostSteps) return TooMuch();
    if (!match) break;
    result += value.substr(points.bytes[last_end], points.bytes[match->begin] - points.bytes[last_end]);
    if (match->end > last_end || match->begin == 0) result += with;  // no empty match right behind a match
    last_end = match->end;
    if (!all) break;
    search = std::max(match->end, search + 1);
  }
  result += value.substr(points.bytes[last_end]);
  return result;
}

}  // namespace guard

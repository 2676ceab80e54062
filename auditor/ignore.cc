// Tested by tests/unit/auditor/ignore_test.cc.
#include "auditor/ignore.h"

#include <algorithm>

namespace guard {

namespace {

// Matches one [...] at pattern[*at] against c; moves *at behind it. An unclosed bracket matches nothing.
bool MatchClass(std::string_view pattern, size_t* at, char c) {
  size_t i = *at + 1;
  bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool matched = false, first = true;
  for (; i < pattern.size() && (first || pattern[i] != ']'); ++i, first = false) {
    char low = pattern[i];
    if (low == '\\' && i + 1 < pattern.size()) low = pattern[++i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    auto byte = [](char x) { return static_cast<unsigned char>(x); };
    matched = matched || (byte(low) <= byte(c) && byte(c) <= byte(high));
  }
  if (i >= pattern.size()) {
    *at = pattern.size();
    return false;
  }
  *at = i + 1;
  return matched != negated && c != '/';
}

}  // namespace

bool WildMatch(std::string_view pattern, std::string_view path) {
  size_t p = 0, s = 0;
  // Where to go on after a mismatch: one star within a segment, and one ** across segments. A later **
  // replaces both, which is what keeps this from being exponential.
  size_t star_p = std::string_view::npos, star_s = 0, deep_p = std::string_view::npos, deep_s = 0;
  while (true) {
    bool matched = false;
    if (p < pattern.size() && pattern[p] == '*') {
      size_t stars = p;
      while (stars < pattern.size() && pattern[stars] == '*') ++stars;
      bool whole = stars - p >= 2 && (p == 0 || pattern[p - 1] == '/') &&
                   (stars == pattern.size() || pattern[stars] == '/');
      if (whole && stars == pattern.size()) return true;  // trailing **: whatever is left
      if (whole) {                                        // "**/": also nothing at all
        deep_p = stars + 1, deep_s = s;
        star_p = std::string_view::npos;
        p = deep_p;
        continue;
      }
      star_p = stars, star_s = s;
      p = stars;
      continue;
    }
    if (p == pattern.size() && s == path.size()) return true;
    if (p < pattern.size() && s < path.size()) {
      size_t next = p;
      if (pattern[p] == '?') {
        matched = path[s] != '/';
        next = p + 1;
      } else if (pattern[p] == '[') {
        matched = MatchClass(pattern, &next, path[s]);
      } else {
        bool escaped = pattern[p] == '\\' && p + 1 < pattern.size();
        matched = pattern[p + (escaped ? 1 : 0)] == path[s];
        next = p + (escaped ? 2 : 1);
      }
      if (matched) {
        p = next, ++s;
        continue;
      }
    }
    if (star_p != std::string_view::npos && star_s < path.size() && path[star_s] != '/') {
      s = ++star_s, p = star_p;
      continue;
    }
    if (deep_p == std::string_view::npos) return false;
    size_t slash = path.find('/', deep_s);
    if (slash == std::string_view::npos) return false;
    deep_s = slash + 1;
    s = deep_s, p = deep_p;
    star_p = std::string_view::npos;
  }
}

IgnoreRules::IgnoreRules(std::string_view text) {
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    Rule rule;
    if (line.starts_with('!')) {
      rule.include = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      rule.directory_only = true;
      line.remove_suffix(1);
    }
    rule.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    rule.pattern = line;
    rule.literal = line.find_first_of("*?[\\") == std::string_view::npos;
    rules_.push_back(std::move(rule));
  }
}

IgnoreRules::Verdict IgnoreRules::Judge(std::string_view path, bool is_directory) const {
  std::string_view name = path.substr(path.rfind('/') + 1);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->directory_only && !is_directory) continue;
    std::string_view subject = rule->anchored ? path : name;
    if (rule->literal ? subject == rule->pattern : WildMatch(rule->pattern, subject))
      return rule->include ? Verdict::kInclude : Verdict::kIgnore;
  }
  return Verdict::kNone;
}

}  // namespace guard

// The last pattern that matches decides, so patterns are asked from the end, the cheap kinds through tables.
// Tested by tests/unit/dockerfile/ignore_test.cc.
#include "rootless-builder/dockerfile/ignore.h"

#include <algorithm>
#include <unordered_map>

#include "policies/document/dockerfile_chars.h"
#include "rootless-builder/dockerfile/ignore_pattern.h"

namespace guard::builder {

namespace {

constexpr size_t kLargestFile = size_t{4} << 20;
constexpr size_t kMostPatterns = 20'000;

struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
// A literal, and the number of the last pattern with it.
using Table = std::unordered_map<std::string, size_t, Hash, std::equal_to<>>;

// Go's filepath.Clean: no "." and "..", no doubled and no trailing slashes.
std::string Clean(std::string_view path) {
  bool rooted = path.starts_with('/');
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string_view part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != ".." || (parts.empty() && !rooted) || (!parts.empty() && parts.back() == "..")) {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string clean = rooted ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) (clean += i > 0 ? "/" : "") += parts[i];
  return clean.empty() ? "." : clean;
}

}  // namespace

struct IgnoreRules::Rules {
  struct Pattern {
    IgnorePattern pattern;
    bool exception = false;  // "!"
  };
  std::vector<Pattern> patterns;
  std::vector<size_t> general;     // numbers of the patterns that no table holds, last first
  std::vector<size_t> exceptions;  // numbers, last first
  Table paths, components, suffixes;

  Result<void> Add(std::string_view text) {
    text = TrimSpace(text);
    if (text.empty()) return {};
    std::string clean = Clean(text);
    std::string_view rest = clean;
    bool exception = rest.starts_with('!');
    if (exception) rest.remove_prefix(1);
    if (exception && rest.empty())
      return Fail("there is no pattern behind the '!'", "write !path for what is not to be ignored");
    if (patterns.size() == kMostPatterns) return Fail("there are more than 20000 patterns");
    patterns.push_back({TRY(IgnorePattern::Compile(rest)), exception});
    return {};
  }

  void Index() {
    for (size_t i = patterns.size(); i-- > 0;) {
      const IgnorePattern& pattern = patterns[i].pattern;
      if (patterns[i].exception) exceptions.push_back(i);
      switch (pattern.kind()) {
        case IgnorePattern::Kind::kPath: paths.try_emplace(pattern.literal(), i); break;
        case IgnorePattern::Kind::kComponent: components.try_emplace(pattern.literal(), i); break;
        case IgnorePattern::Kind::kSuffix: suffixes.try_emplace(pattern.literal(), i); break;
        case IgnorePattern::Kind::kGeneral: general.push_back(i);
      }
    }
  }

  // One more than the number of the last pattern that matches the path or a parent; 0 for none.
  size_t Last(std::string_view path, const Points& points) const {
    size_t last = 0;
    auto look = [&](const Table& table, std::string_view literal) {
      if (table.empty()) return;
      auto found = table.find(literal);
      if (found != table.end()) last = std::max(last, found->second + 1);
    };
    for (size_t begin = 0; begin <= path.size();) {
      size_t end = std::min(path.find('/', begin), path.size());
      std::string_view component = path.substr(begin, end - begin);
      look(paths, path.substr(0, end));
      look(components, component);
      if (!suffixes.empty()) {
        for (size_t dot = component.find('.'); dot != std::string_view::npos;
             dot = component.find('.', dot + 1))
          look(suffixes, component.substr(dot));
      }
      begin = end + 1;
    }
    for (size_t number : general) {
      if (number < last) break;
      const IgnorePattern& pattern = patterns[number].pattern;
      if (path.find(pattern.literal()) == std::string_view::npos) continue;
      if (pattern.Matches(points)) return number + 1;
    }
    return last;
  }
};

IgnoreRules::IgnoreRules() = default;
IgnoreRules::~IgnoreRules() = default;
IgnoreRules::IgnoreRules(IgnoreRules&&) noexcept = default;
IgnoreRules& IgnoreRules::operator=(IgnoreRules&&) noexcept = default;

Result<IgnoreRules> IgnoreRules::FromPatterns(const std::vector<std::string>& patterns) {
  IgnoreRules rules;
  rules.rules_ = std::make_unique<Rules>();
  for (const std::string& pattern : patterns) TRY_VOID(rules.rules_->Add(pattern));
  rules.rules_->Index();
  return rules;
}

Result<IgnoreRules> IgnoreRules::Parse(std::string_view text, std::string_view name) {
  IgnoreRules rules;
  rules.rules_ = std::make_unique<Rules>();
  Error error;
  error.place.file = name;
  if (text.size() > kLargestFile) {
    error.message = "the file is larger than 4 MiB";
    return Fail(std::move(error));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  uint32_t number = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.starts_with('#')) continue;
    std::string_view pattern = TrimSpace(line);
    bool exception = pattern.starts_with('!');
    if (exception) pattern = TrimSpace(pattern.substr(1));
    // Below the context every path is relative.
    std::string clean = pattern.empty() ? std::string() : Clean(pattern);
    if (clean.size() > 1 && clean[0] == '/') clean.erase(0, 1);
    if (exception) clean.insert(0, "!");
    Result<void> added = rules.rules_->Add(clean);
    if (added) continue;
    error.message = std::move(added.error().message);
    error.hint = std::move(added.error().hint);
    error.place.line = number;
    error.place.column = 1;
    error.line_text = line.substr(0, 1000);
    return Fail(std::move(error));
  }
  rules.rules_->Index();
  return rules;
}

bool IgnoreRules::empty() const { return !rules_ || rules_->patterns.empty(); }

bool IgnoreRules::Ignored(std::string_view path) const {
  if (empty()) return false;
  size_t last = rules_->Last(path, rules_->general.empty() ? Points() : ToPoints(path));
  return last > 0 && !rules_->patterns[last - 1].exception;
}

bool IgnoreRules::CanSkip(std::string_view directory) const {
  if (empty()) return false;
  Points points = ToPoints(directory);
  size_t last = rules_->Last(directory, points);
  if (last == 0 || rules_->patterns[last - 1].exception) return false;
  for (size_t number : rules_->exceptions) {
    if (number < last) break;  // what decided for the directory decides below it too
    if (rules_->patterns[number].pattern.MayMatchBelow(points)) return false;
  }
  return true;
}

}  // namespace guard::builder

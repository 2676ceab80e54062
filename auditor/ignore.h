// .gitignore as git reads it (gitignore(5)), so that what is not in the repository is not audited either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace guard {

// Whether `path` matches a pattern with git's wildcards: * and ? stop at '/', [a-z] and [!a-z], ** spans
// directories. Linear in the length of both but for **, which is bounded by their product.
bool WildMatch(std::string_view pattern, std::string_view path);

// The rules of one .gitignore file. Paths are relative to the file's own directory, without a leading '/'.
class IgnoreRules {
 public:
  IgnoreRules() = default;
  explicit IgnoreRules(std::string_view text);

  enum class Verdict { kNone, kIgnore, kInclude };
  // The last rule that matches decides; kNone when none does (then the directory above is asked).
  Verdict Judge(std::string_view path, bool is_directory) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    std::string pattern;
    bool include = false;         // !pattern
    bool directory_only = false;  // pattern/
    bool anchored = false;        // has a '/' before its end: matches from the file's directory only
    bool literal = false;         // no wildcards: compared as text
  };
  std::vector<Rule> rules_;
};

}  // namespace guard

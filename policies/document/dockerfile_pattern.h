// The patterns of ${name#pattern} and its kin: '*' and '?' only. They match as BuildKit's do, which makes
// regular expressions of them: neither of the two matches a line break.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace guard {

class WordPattern {
 public:
  // An error is a sentence about the pattern.
  static std::expected<WordPattern, std::string> Parse(std::string_view text);

  // `value` without the shortest or longest match at its begin, or at its end. The work is bounded by the
  // product of the two lengths, and refused when that is absurd.
  std::expected<std::string, std::string> TrimPrefix(std::string_view value, bool longest) const;
  std::expected<std::string, std::string> TrimSuffix(std::string_view value, bool longest) const;
  // The first match from the left (the longest there), or each, replaced.
  std::expected<std::string, std::string> Replace(std::string_view value, std::string_view with,
                                                  bool all) const;

 private:
  std::vector<uint32_t> tokens_;  // code points, or the two below
};

}  // namespace guard

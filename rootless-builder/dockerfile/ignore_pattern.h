// One pattern of a .dockerignore, compiled to a small automaton over code points. Internal to the ignore
// rules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

using Points = std::vector<uint32_t>;
Points ToPoints(std::string_view text);

class IgnorePattern {
 public:
  // A clean pattern without '!'; the error has no place.
  static Result<IgnorePattern> Compile(std::string_view pattern);

  // Most patterns are of three kinds that tables answer faster than automata.
  enum class Kind : uint8_t {
    kPath,       // no wildcards: `literal` is a path
    kComponent,  // **/literal
    kSuffix,     // **/*.literal, with the dot
    kGeneral,
  };
  Kind kind() const { return kind_; }
  // Of kGeneral: the longest text that every path it matches holds.
  const std::string& literal() const { return literal_; }

  // Whether it matches the path or one of its parents.
  bool Matches(const Points& path) const;
  // Whether it might match something below the directory.
  bool MayMatchBelow(const Points& directory) const;

 private:
  enum class Op : uint8_t {
    kPoint,      // this code point
    kOne,        // any but '/'
    kClass,      // one of a class
    kStar,       // any number but of '/'
    kDeepBegin,  // nothing, or what kDeepRest takes
    kDeepRest,   // anything that ends with '/'
    kAnything,   // anything
  };
  struct Token {
    Op op;
    uint32_t value = 0;  // the code point, or the class's number
  };
  struct Class {
    bool negated = false;
    std::vector<std::pair<uint32_t, uint32_t>> ranges;
  };
  using States = std::vector<uint64_t>;

  Result<void> ParseClass(const Points& pattern, size_t& at);
  void Classify();
  bool Takes(const Token& token, uint32_t point) const;
  // States after a code point, closed over what may be empty; false when none is left.
  bool Step(const States& from, uint32_t point, States& to) const;
  void Close(States& states, size_t state) const;

  std::vector<Token> tokens_;
  std::vector<Class> classes_;
  size_t literal_prefix_ = 0;  // this many tokens at the begin are kPoint
  Kind kind_ = Kind::kGeneral;
  std::string literal_;
};

}  // namespace guard::builder

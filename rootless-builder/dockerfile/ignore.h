// .dockerignore: which files of the build context are not there, by the rules of moby/patternmatcher. The
// same patterns serve COPY --exclude.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

class IgnoreRules {
 public:
  IgnoreRules();  // ignores nothing
  ~IgnoreRules();
  IgnoreRules(IgnoreRules&&) noexcept;
  IgnoreRules& operator=(IgnoreRules&&) noexcept;

  // The text of a .dockerignore; `name` is the file's, for errors.
  static Result<IgnoreRules> Parse(std::string_view text, std::string_view name);
  // Patterns as they are: no comments, one each (--exclude, and lines already cleaned).
  static Result<IgnoreRules> FromPatterns(const std::vector<std::string>& patterns);

  bool empty() const;

  // Whether a path ("a/b", relative, clean, without a leading slash) is ignored: the last pattern that
  // matches it or one of its parent directories decides. Thread-safe.
  bool Ignored(std::string_view path) const;

  // Whether nothing below an ignored directory can come back by a "!" pattern, so that a walker need not
  // enter it. Never true for a directory that holds something that is not ignored; may be false for some that
  // do not.
  bool CanSkip(std::string_view directory) const;

 private:
  struct Rules;
  std::unique_ptr<Rules> rules_;
};

}  // namespace guard::builder

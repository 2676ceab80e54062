// COPY --chmod: octal, or symbolic as chmod(1) takes it.
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

class ModeChange {
 public:
  // "755", "0644", "u+x,go-w", "a=rX", "g=u". An error says what is wrong with it.
  static Result<ModeChange> Parse(std::string_view text);
  // The permissions (07777) of a file that had `mode`.
  mode_t Apply(mode_t mode, bool directory) const;

 private:
  struct Clause {
    mode_t who = 0;  // 0700, 0070, 0007 and the special bits that go with them
    char op = '+';
    mode_t bits = 0;  // rwx of all three
    bool conditional_x = false;
    char copy_from = 0;  // u, g or o
    bool sticky = false, set_id = false;
  };
  bool octal_ = false;
  mode_t mode_ = 0;
  std::vector<Clause> clauses_;
};

}  // namespace guard::builder

// --chmod of COPY and ADD: an octal mode, or a symbolic one ("u=rwX,go-w").
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "policies/base/error.h"

namespace guard::builder {

class FileMode {
 public:
  // The error has no place: the caller knows it.
  static Result<FileMode> Parse(std::string_view text);

  // The mode (0..07777) of a file that had `mode` before.
  uint32_t Apply(uint32_t mode, bool is_directory) const;

 private:
  struct Step {
    char operation = '=';
    uint32_t who = 0;         // the bits of these classes, among 07777
    uint32_t bits = 0;        // rwxst given by letter, for all classes
    bool execute_if = false;  // X
    char copy_from = 0;       // u, g or o: that class's bits
  };
  bool octal_ = false;
  uint32_t value_ = 0;
  std::vector<Step> steps_;
};

}  // namespace guard::builder

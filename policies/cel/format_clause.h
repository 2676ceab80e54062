// The syntax of string.format, and which types a clause takes: what formatting at run time and checking at
// load time share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policies/base/error.h"
#include "policies/cel/format.h"
#include "policies/cel/type.h"

namespace guard::cel {

inline constexpr int kDefaultPrecision = 6;

struct Clause {
  char verb = 0;  // one of sdfebxXo
  int precision = kDefaultPrecision;
  uint32_t argument = 0;  // its index
};

// Goes through a format's text and clauses in turn.
class ClauseReader {
 public:
  ClauseReader(std::string_view format, FormatStyle style, uint32_t arguments)
      : format_(format), style_(style), arguments_(arguments) {}

  bool done() const { return at_ == format_.size(); }
  // The text up to the next clause, %% included as %.
  std::string ReadText();
  // The clause here; none at the end. Fails when there is no argument for it, or no such clause.
  Result<std::optional<Clause>> ReadClause();
  uint32_t used() const { return used_; }

 private:
  Result<int> ReadPrecision();

  std::string_view format_;
  FormatStyle style_;
  uint32_t arguments_;
  size_t at_ = 0;
  uint32_t used_ = 0;
};

struct VerbRule {
  std::string_view text;  // "decimal clause can only be used on integers"
  uint32_t kinds = 0;     // a bit a TypeKind

  bool Takes(TypeKind kind) const { return (kinds >> static_cast<uint32_t>(kind) & 1) != 0; }
};

VerbRule RuleOf(char verb, FormatStyle style);

}  // namespace guard::cel

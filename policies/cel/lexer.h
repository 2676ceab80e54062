// Text to tokens of CEL (cel-spec, "Syntax"). Literals arrive as values; what is wrong is reported and
// stepped over.
#pragma once

#include <string_view>
#include <vector>

#include "policies/base/arena.h"
#include "policies/cel/ast.h"

namespace guard::cel {

enum class TokenKind : uint8_t {
  kEnd,
  kBad,          // something that was reported already: the parser stays silent about it
  kIdent,        // reserved words too; the parser knows where they are allowed
  kQuotedIdent,  // `a-b`; the name without its backticks is `value`
  kInt,          // magnitude as a kUint in `value`, the sign is the parser's
  kLiteral,      // any other literal, its value in `value`
  kIn,
  kDot,
  kComma,
  kColon,
  kQuestion,
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
  Value value;
};

// More issues than this help nobody: reading ends.
inline constexpr size_t kMostIssues = 20;

struct Lexed {
  std::vector<Token> tokens;  // the last one is kEnd
  // From here on the tokens mean nothing (a string was not closed): no error beyond is worth reporting.
  uint32_t unreliable_from = UINT32_MAX;
};

Lexed Lex(std::string_view text, Arena& arena, std::vector<Issue>& issues);

}  // namespace guard::cel

// The tables of the grammar: operators, reserved words, and the words of other languages that people write
// for them.
#pragma once

#include <string_view>

#include "policies/cel/lexer.h"

namespace guard::cel {

struct BinaryOperator {
  int precedence = 0;  // 0: none; higher binds tighter
  std::string_view function;
};

inline constexpr int kRelation = 1;

// && and || are no rows here: they come in chains.
constexpr BinaryOperator Binary(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual: return {kRelation, "_==_"};
    case TokenKind::kNotEqual: return {kRelation, "_!=_"};
    case TokenKind::kLess: return {kRelation, "_<_"};
    case TokenKind::kLessEqual: return {kRelation, "_<=_"};
    case TokenKind::kGreater: return {kRelation, "_>_"};
    case TokenKind::kGreaterEqual: return {kRelation, "_>=_"};
    case TokenKind::kIn: return {kRelation, "@in"};
    case TokenKind::kPlus: return {2, "_+_"};
    case TokenKind::kMinus: return {2, "_-_"};
    case TokenKind::kStar: return {3, "_*_"};
    case TokenKind::kSlash: return {3, "_/_"};
    case TokenKind::kPercent: return {3, "_%_"};
    default: return {};
  }
}

// Whatever may stand between two operands.
constexpr bool IsOperator(TokenKind kind) {
  return Binary(kind).precedence > 0 || kind == TokenKind::kAnd || kind == TokenKind::kOr ||
         kind == TokenKind::kQuestion;
}

// Where an operator is due, these words stand for one.
struct ForeignOperator {
  std::string_view word;
  TokenKind meant;
  std::string_view hint;
};
inline constexpr ForeignOperator kForeignOperators[] = {
    {"and", TokenKind::kAnd, "write '&&'"},     {"or", TokenKind::kOr, "write '||'"},
    {"AND", TokenKind::kAnd, "write '&&'"},     {"OR", TokenKind::kOr, "write '||'"},
    {"is", TokenKind::kEqual, "write '=='"},    {"eq", TokenKind::kEqual, "write '=='"},
    {"ne", TokenKind::kNotEqual, "write '!='"}, {"mod", TokenKind::kPercent, "write '%'"},
};

// Words that no name may be, kept free for languages that CEL is embedded in (cel-spec); and what who writes
// them may want.
struct ReservedWord {
  std::string_view word, hint;
};
inline constexpr std::string_view kUseConditional = "a conditional is written condition ? a : b";
inline constexpr std::string_view kUseBind = "a value gets a name with cel.bind(name, value, expression)";
inline constexpr std::string_view kUseMacro =
    "lists and maps have all, exists, map and filter, as in list.all(x, x > 0)";
inline constexpr ReservedWord kReservedWords[] = {
    {"as", ""},
    {"break", ""},
    {"const", kUseBind},
    {"continue", ""},
    {"else", kUseConditional},
    {"for", kUseMacro},
    {"function", ""},
    {"if", kUseConditional},
    {"import", ""},
    {"let", kUseBind},
    {"loop", kUseMacro},
    {"package", ""},
    {"namespace", ""},
    {"return", ""},
    {"var", kUseBind},
    {"void", ""},
    {"while", kUseMacro},
};

}  // namespace guard::cel

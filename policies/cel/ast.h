// The tree of a CEL expression: what the parser makes, macros expand, the checker annotates and the planner
// reads.
//
// Operators are calls of the functions that cel-spec names: _&&_, _||_, !_, -_, _?_:_, _[_], _[?_], _?._,
// _==_, _!=_,
// _<_, _<=_, _>_, _>=_, @in, _+_, _-_, _*_, _/_, _%_, @not_strictly_false.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/arena.h"
#include "policies/cel/type.h"
#include "policies/cel/value.h"

namespace guard::cel {

struct Overload;  // function.h

enum class ExprKind : uint8_t { kConstant, kIdent, kSelect, kCall, kList, kMap, kStruct, kComprehension };

// Which macro a comprehension came from: the planner runs the common ones without the general accumulator.
enum class MacroKind : uint8_t {
  kNone,
  kAll,
  kExists,
  kExistsOne,
  kMap,
  kMapFilter,
  kFilter,
  kTransformList,
  kTransformMap,
  kTransformMapEntry,
  kBind,
  kOther
};

struct Expr {
  ExprKind kind = ExprKind::kConstant;
  Span span;  // in the expression's text; for a call of an operator: the operator's operands included

  Value constant;    // kConstant; bytes live in the Ast's arena
  std::string name;  // kIdent, kSelect (field), kCall (function), kStruct (type); a leading dot is kept
  Span name_span;    // of the name itself (of an operator: its sign), for carets
  // Levels of the tree from here down, at most ParseOptions::max_height: walks may recurse.
  uint32_t height = 1;
  Expr* target = nullptr;   // kSelect operand; kCall receiver, or nullptr for f(x)
  std::vector<Expr*> args;  // kCall arguments; kList elements; kMap keys and values in turn; kStruct values
  std::vector<std::string> fields;  // kStruct
  std::vector<bool> optional;       // kList per element, kMap and kStruct per entry: written with ?
  bool test_only = false;           // kSelect made by has()

  // kComprehension (cel-spec: fold). iter_var2 is empty for one-variable forms. A form with a filter
  // (kMapFilter, kFilter, kTransform... with one) has the call _?_:_(filter, step, accu_var) as its
  // loop_step, the others never. kBind: accu_var is the name, accu_init its value, result the body; the loop
  // runs over [] and does nothing.
  MacroKind macro = MacroKind::kNone;
  std::string iter_var, iter_var2, accu_var;
  Expr* iter_range = nullptr;
  Expr* accu_init = nullptr;
  Expr* loop_condition = nullptr;
  Expr* loop_step = nullptr;
  Expr* result = nullptr;

  // Filled in by the checker.
  const Type* type = nullptr;              // nullptr: not checked
  std::vector<const Overload*> overloads;  // kCall: what it may dispatch to; empty when not checked
  std::string resolved;           // kIdent, kSelect: the declared (qualified) name it stands for, if any
  bool is_variable = false;       // `resolved` names a declared variable
  const Type* denoted = nullptr;  // `resolved` names a type
};

// Owns its nodes and its text. Node pointers stay valid while the Ast lives.
struct Ast {
  std::string text;
  Expr* root = nullptr;
  std::deque<Expr> nodes;
  std::unique_ptr<Arena> arena = std::make_unique<Arena>(512);

  Expr* New(ExprKind kind, Span span) {
    Expr& e = nodes.emplace_back();
    e.kind = kind, e.span = span;
    return &e;
  }
};

// Something wrong with an expression, at a place in its text.
struct Issue {
  Span span;
  std::string message;
  std::string hint;
};

// Where lines and columns of `text` are turned into an Error of the named source (for the command line and
// tests; the engine maps spans into the guardrail's file instead).
Error ToError(const Issue& issue, std::string_view text, std::string_view source_name);

// The tree as an S-expression: _&&_(a.b, has(x.y)), comprehensions spelt out. With types when checked: x^int.
std::string Print(const Expr& expr);

}  // namespace guard::cel

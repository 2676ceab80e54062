// Macros: calls that are written like functions and mean another tree (cel-spec, "Macros"; cel-go parser and
// ext).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "policies/cel/ast.h"
#include "policies/cel/builder.h"
#include "policies/cel/parser.h"

namespace guard::cel {

// A call as it is written. No part of it is Missing.
struct MacroCall {
  std::string_view name;
  Expr* target = nullptr;
  std::vector<Expr*> args;
  Span span;       // all of it
  Span name_span;  // the name
};

struct MacroContext {
  TreeBuilder& build;
  std::vector<Issue>& issues;

  // Reports, and gives what stands for the failed expansion.
  Expr* Fail(Span span, std::string message, std::string hint = {}) {
    issues.push_back({span, std::move(message), std::move(hint)});
    return build.Missing(span);
  }
};

// One macro: a row of a table.
struct Macro {
  std::string_view name;
  std::string_view space;  // "cel", "math": the receiver is this very name; "*": any receiver; "": none
  uint32_t min_args, max_args;
  bool ParseOptions::* option;
  Expr* (*expand)(MacroContext& context, MacroCall& call);
};

// macros_*.cc, one family each.
std::span<const Macro> ComprehensionMacros();
std::span<const Macro> TwoVariableMacros();
std::span<const Macro> ExtensionMacros();

// What the call expands to; nullptr when no macro has its name, receiver and number of arguments, or its
// option is off. A macro that is misused is reported.
Expr* ExpandMacro(MacroContext& context, MacroCall& call, const ParseOptions& options);

// For the families.

inline constexpr std::string_view kAccumulator = "@result";
inline constexpr uint32_t kAnyCount = UINT32_MAX;

// The name of an iteration variable; empty, with an issue, when the argument cannot be one.
std::string_view IterationVariable(MacroContext& context, const Expr& argument);

struct Fold {
  MacroKind macro;
  std::string_view iter_var, iter_var2, accu_var;
  Expr *range, *init, *condition, *step, *result;
};
Expr* MakeFold(MacroContext& context, const MacroCall& call, const Fold& fold);
// cel.bind(name, value, body)
Expr* MakeBind(MacroContext& context, const MacroCall& call, std::string_view name, Expr* value, Expr* body);

}  // namespace guard::cel

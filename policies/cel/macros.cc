// Finds the macro a call is, and builds the one tree that comprehension macros share.
//
// Tested by tests/unit/cel/macros_test.cc.
#include "policies/cel/macros.h"

namespace guard::cel {

namespace {

bool Matches(const Macro& macro, const MacroCall& call, const ParseOptions& options) {
  if (macro.name != call.name || call.args.size() < macro.min_args || call.args.size() > macro.max_args)
    return false;
  if (!(options.*macro.option)) return false;
  if (macro.space.empty()) return call.target == nullptr;
  if (call.target == nullptr) return false;
  return macro.space == "*" || (call.target->kind == ExprKind::kIdent && call.target->name == macro.space);
}

}  // namespace

Expr* ExpandMacro(MacroContext& context, MacroCall& call, const ParseOptions& options) {
  if (!options.macros) return nullptr;
  for (std::span<const Macro> family : {ComprehensionMacros(), TwoVariableMacros(), ExtensionMacros()})
    for (const Macro& macro : family)
      if (Matches(macro, call, options)) return macro.expand(context, call);
  return nullptr;
}

std::string_view IterationVariable(MacroContext& context, const Expr& argument) {
  if (argument.kind != ExprKind::kIdent || argument.name.starts_with('.')) {
    context.Fail(argument.span, "this argument names the iteration variable, so it must be a simple name",
                 "as in list.all(x, x > 0)");
    return {};
  }
  // cel-go's accumulator has been called __result__ as well, and it refuses both.
  if (argument.name == kAccumulator || argument.name == "__result__") {
    context.Fail(argument.span,
                 "the iteration variable '" + argument.name + "' hides the macro's own result");
    return {};
  }
  return argument.name;
}

Expr* MakeFold(MacroContext& context, const MacroCall& call, const Fold& fold) {
  Expr* e = context.build.Aggregate(ExprKind::kComprehension, call.span);
  e->name_span = call.name_span;
  e->macro = fold.macro;
  e->iter_var = fold.iter_var;
  e->iter_var2 = fold.iter_var2;
  e->accu_var = fold.accu_var;
  e->iter_range = fold.range;
  e->accu_init = fold.init;
  e->loop_condition = fold.condition;
  e->loop_step = fold.step;
  e->result = fold.result;
  return context.build.Measure(e);
}

Expr* MakeBind(MacroContext& context, const MacroCall& call, std::string_view name, Expr* value, Expr* body) {
  TreeBuilder& build = context.build;
  return MakeFold(context, call,
                  {.macro = MacroKind::kBind,
                   .iter_var = "#unused",
                   .iter_var2 = {},
                   .accu_var = name,
                   .range = build.List({}, call.name_span),
                   .init = value,
                   .condition = build.Constant(Value::Bool(false), call.name_span),
                   .step = build.Ident(name, call.name_span),
                   .result = body});
}

}  // namespace guard::cel

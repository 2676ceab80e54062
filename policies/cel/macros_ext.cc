// The macros of the extensions: cel.bind, cel.block, optMap, optFlatMap, math.greatest, math.least, sortBy
// (cel-go ext/bindings.go, cel/library.go, ext/math.go, ext/lists.go).
//
// Tested by tests/unit/cel/macros_test.cc.
#include <string>

#include "policies/cel/macros.h"

namespace guard::cel {

namespace {

Expr* Bind(MacroContext& context, MacroCall& call) {
  const Expr& name = *call.args[0];
  if (name.kind != ExprKind::kIdent || name.name.starts_with('.'))
    return context.Fail(name.span,
                        "cel.bind() gives a value a name, so its first argument must be a simple name",
                        "as in cel.bind(x, a.b.c, x + x)");
  return MakeBind(context, call, name.name, call.args[1], call.args[2]);
}

// The non-negative literal that cel.index and its like number their variables with.
bool ReadNumber(const Expr& argument, std::string* digits) {
  if (argument.kind != ExprKind::kConstant || !argument.constant.is(Tag::kInt) ||
      argument.constant.integer < 0)
    return false;
  *digits = std::to_string(argument.constant.integer);
  return true;
}

Expr* Index(MacroContext& context, MacroCall& call) {
  std::string number;
  if (!ReadNumber(*call.args[0], &number))
    return context.Fail(call.args[0]->span,
                        "cel.index() needs a number that is written out and not negative");
  return context.build.Ident("@index" + number, call.span);
}

Expr* ComprehensionVariable(MacroContext& context, MacroCall& call, std::string_view prefix) {
  std::string depth, unique;
  for (auto [argument, digits] : {std::pair(call.args[0], &depth), std::pair(call.args[1], &unique)})
    if (!ReadNumber(*argument, digits))
      return context.Fail(argument->span, "cel." + std::string(call.name) +
                                              "() needs numbers that are written out and not negative");
  return context.build.Ident(std::string(prefix) + ":" + depth + ":" + unique, call.span);
}

Expr* IterVar(MacroContext& context, MacroCall& call) { return ComprehensionVariable(context, call, "@it"); }
Expr* AccuVar(MacroContext& context, MacroCall& call) { return ComprehensionVariable(context, call, "@ac"); }

// cel.block([a, b], body): a is @index0 in b and body, b is @index1 in body.
Expr* Block(MacroContext& context, MacroCall& call) {
  const Expr& list = *call.args[0];
  if (list.kind != ExprKind::kList)
    return context.Fail(list.span, "cel.block() needs its values as a list that is written out",
                        "as in cel.block([a, cel.index(0) + 1], cel.index(1))");
  Expr* body = call.args[1];
  for (size_t i = list.args.size(); i-- > 0;) {
    if (list.optional[i]) return context.Fail(list.args[i]->span, "cel.block() takes no optional values");
    body = MakeBind(context, call, "@index" + std::to_string(i), list.args[i], body);
  }
  return body;
}

// target.optMap(x, f): target.hasValue() ? optional.of(f with x = target.value()) : optional.none(). The
// target is evaluated once: it gets a name of its own unless it is one.
Expr* MapOptional(MacroContext& context, MacroCall& call, bool flat) {
  TreeBuilder& build = context.build;
  const Expr& variable = *call.args[0];
  if (variable.kind != ExprKind::kIdent || variable.name.starts_with('.'))
    return context.Fail(
        variable.span,
        std::string(call.name) + "() names the value, so its first argument must be a simple name",
        "as in a.?b." + std::string(call.name) + "(x, ...)");
  bool named = call.target->kind == ExprKind::kIdent;
  std::string name = named ? call.target->name : "@target";
  auto target = [&] { return build.Ident(name, call.target->span); };
  auto method = [&](std::string_view function) {
    return build.MemberCall(target(), function, {}, call.target->span, call.name_span);
  };
  Expr* mapped = MakeBind(context, call, variable.name, method("value"), call.args[1]);
  if (!flat) mapped = build.Call("optional.of", {mapped}, call.args[1]->span, call.name_span);
  Expr* none = build.Call("optional.none", {}, call.name_span, call.name_span);
  Expr* choice = build.Call("_?_:_", {method("hasValue"), mapped, none}, call.span, call.name_span);
  return named ? choice : MakeBind(context, call, name, call.target, choice);
}

Expr* OptMap(MacroContext& context, MacroCall& call) { return MapOptional(context, call, false); }
Expr* OptFlatMap(MacroContext& context, MacroCall& call) { return MapOptional(context, call, true); }

// Whether this may be a number as far as one can see before types are known.
bool MayBeNumber(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kConstant:
      return e.constant.is(Tag::kInt) || e.constant.is(Tag::kUint) || e.constant.is(Tag::kDouble);
    case ExprKind::kList:
    case ExprKind::kMap:
    case ExprKind::kStruct: return false;
    default: return true;
  }
}

bool MayBeNumbers(const Expr& e) {
  if (e.kind != ExprKind::kList || e.args.empty()) return false;
  for (const Expr* item : e.args)
    if (!MayBeNumber(*item)) return false;
  return true;
}

Expr* Extreme(MacroContext& context, MacroCall& call, std::string_view function) {
  std::string macro = "math." + std::string(call.name) + "()";
  if (call.args.empty()) return context.Fail(call.span, macro + " needs at least one argument");
  if (call.args.size() == 1) {
    const Expr& only = *call.args[0];
    if (!MayBeNumber(only) && !MayBeNumbers(only))
      return context.Fail(only.span, macro + " needs a number or a list of numbers that is not empty");
  } else {
    for (const Expr* argument : call.args)
      if (!MayBeNumber(*argument)) return context.Fail(argument->span, macro + " compares numbers only");
  }
  std::vector<Expr*> args = call.args;
  if (args.size() > 2) args = {context.build.List(std::move(args), call.span)};
  return context.build.Call(function, std::move(args), call.span, call.name_span);
}

Expr* Greatest(MacroContext& context, MacroCall& call) { return Extreme(context, call, "math.@max"); }
Expr* Least(MacroContext& context, MacroCall& call) { return Extreme(context, call, "math.@min"); }

// list.sortBy(x, key): the list beside the list of its keys, sorted together by @sortByAssociatedKeys.
Expr* SortBy(MacroContext& context, MacroCall& call) {
  constexpr std::string_view kInput = "@__sortBy_input__";
  if (call.target->kind == ExprKind::kConstant || call.target->kind == ExprKind::kMap ||
      call.target->kind == ExprKind::kStruct)
    return context.Fail(call.target->span, "sortBy() sorts lists only");
  auto input = [&] { return context.build.Ident(kInput, call.target->span); };
  MacroCall keys = call;
  keys.name = "map";
  keys.target = input();
  ParseOptions options;
  Expr* mapped = ExpandMacro(context, keys, options);
  if (TreeBuilder::IsMissing(*mapped)) return mapped;
  Expr* sorted =
      context.build.MemberCall(input(), "@sortByAssociatedKeys", {mapped}, call.span, call.name_span);
  return MakeBind(context, call, kInput, call.target, sorted);
}

constexpr Macro kExtension[] = {
    {"bind", "cel", 3, 3, &ParseOptions::bind_macro, Bind},
    {"block", "cel", 2, 2, &ParseOptions::block_macro, Block},
    {"index", "cel", 1, 1, &ParseOptions::block_macro, Index},
    {"iterVar", "cel", 2, 2, &ParseOptions::block_macro, IterVar},
    {"accuVar", "cel", 2, 2, &ParseOptions::block_macro, AccuVar},
    {"optMap", "*", 2, 2, &ParseOptions::optional_syntax, OptMap},
    {"optFlatMap", "*", 2, 2, &ParseOptions::optional_syntax, OptFlatMap},
    {"greatest", "math", 0, kAnyCount, &ParseOptions::math_macros, Greatest},
    {"least", "math", 0, kAnyCount, &ParseOptions::math_macros, Least},
    {"sortBy", "*", 2, 2, &ParseOptions::sort_macro, SortBy},
};

}  // namespace

std::span<const Macro> ExtensionMacros() { return kExtension; }

}  // namespace guard::cel

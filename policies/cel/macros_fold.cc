// The comprehension macros: has, all, exists, exists_one, map, filter, and their forms with two variables.
//
// Each is a fold over a list or map: the accumulator starts as `init`, `step` takes in one element after the
// other while `condition` holds, `result` is what is made of it.
//
// Tested by tests/unit/cel/macros_test.cc.
#include "policies/cel/macros.h"

namespace guard::cel {

namespace {

// The variables of a call, and the arguments behind them.
struct Variables {
  std::string_view first, second;
  std::span<Expr* const> rest;
  bool ok = false;
};

Variables ReadVariables(MacroContext& context, const MacroCall& call, uint32_t count) {
  Variables variables;
  variables.first = IterationVariable(context, *call.args[0]);
  if (variables.first.empty()) return variables;
  if (count == 2) {
    variables.second = IterationVariable(context, *call.args[1]);
    if (variables.second.empty()) return variables;
    if (variables.first == variables.second) {
      context.Fail(call.args[1]->span, "both iteration variables are called '" + call.args[1]->name + "'");
      return variables;
    }
  }
  variables.rest = std::span(call.args).subspan(count);
  variables.ok = true;
  return variables;
}

// The trees of one call's fold. Nodes that nobody wrote get the place of the macro's name; a step gets the
// place of the argument it takes in, which is where its type error is.
struct FoldBuilder {
  MacroContext& context;
  const MacroCall& call;
  Variables variables;

  Expr* Accumulator() { return context.build.Ident(kAccumulator, call.name_span); }
  Expr* Literal(Value value) { return context.build.Constant(value, call.name_span); }
  Expr* Operator(std::string_view name, std::vector<Expr*> args, Span span) {
    return context.build.Call(name, std::move(args), span, span);
  }
  Expr* NotStrictlyFalse(Expr* e) { return Operator("@not_strictly_false", {e}, call.name_span); }

  // filter ? step : @result
  Expr* Filtered(Expr* filter, Expr* step) {
    return Operator("_?_:_", {filter, step, Accumulator()}, filter->span);
  }

  Expr* Make(MacroKind kind, Expr* init, Expr* condition, Expr* step, Expr* result) {
    return MakeFold(context, call,
                    {.macro = kind,
                     .iter_var = variables.first,
                     .iter_var2 = variables.second,
                     .accu_var = kAccumulator,
                     .range = call.target,
                     .init = init,
                     .condition = condition,
                     .step = step,
                     .result = result});
  }

  Expr* All() {
    Expr* predicate = variables.rest[0];
    return Make(MacroKind::kAll, Literal(Value::Bool(true)), NotStrictlyFalse(Accumulator()),
                Operator("_&&_", {Accumulator(), predicate}, predicate->span), Accumulator());
  }

  Expr* Exists() {
    Expr* predicate = variables.rest[0];
    return Make(MacroKind::kExists, Literal(Value::Bool(false)),
                NotStrictlyFalse(Operator("!_", {Accumulator()}, call.name_span)),
                Operator("_||_", {Accumulator(), predicate}, predicate->span), Accumulator());
  }

  Expr* ExistsOne() {
    Expr* predicate = variables.rest[0];
    Expr* step = Operator("_+_", {Accumulator(), Literal(Value::Int(1))}, predicate->span);
    return Make(MacroKind::kExistsOne, Literal(Value::Int(0)), Literal(Value::Bool(true)),
                Filtered(predicate, step),
                Operator("_==_", {Accumulator(), Literal(Value::Int(1))}, call.name_span));
  }

  // @result + [item], for the items that pass the filter if there is one.
  Expr* Collect(MacroKind kind, Expr* filter, Expr* item) {
    Expr* step = Operator("_+_", {Accumulator(), context.build.List({item}, item->span)}, item->span);
    if (filter) step = Filtered(filter, step);
    return Make(kind, context.build.List({}, call.name_span), Literal(Value::Bool(true)), step,
                Accumulator());
  }

  // cel.@mapInsert(@result, ...): a key and a value, or a map of new entries.
  Expr* Insert(MacroKind kind, Expr* filter, std::vector<Expr*> what) {
    Span span = what.back()->span;
    what.insert(what.begin(), Accumulator());
    Expr* step = Operator("cel.@mapInsert", std::move(what), span);
    if (filter) step = Filtered(filter, step);
    Expr* empty = context.build.Measure(context.build.Aggregate(ExprKind::kMap, call.name_span));
    return Make(kind, empty, Literal(Value::Bool(true)), step, Accumulator());
  }
};

template <uint32_t kVariables, class Expansion>
Expr* Expand(MacroContext& context, MacroCall& call, Expansion expansion) {
  Variables variables = ReadVariables(context, call, kVariables);
  if (!variables.ok) return context.build.Missing(call.span);
  FoldBuilder fold{context, call, variables};
  return expansion(fold, variables.rest);
}

using Rest = std::span<Expr* const>;

Expr* Has(MacroContext& context, MacroCall& call) {
  const Expr& argument = *call.args[0];
  if (argument.kind != ExprKind::kSelect)
    return context.Fail(
        argument.span, "has() needs the field it asks for, as in has(a.b)",
        argument.kind == ExprKind::kCall && argument.name == "_[_]" ? "write key in map instead" : "");
  Expr* e = context.build.Select(argument.target, argument.name, call.span, argument.name_span);
  e->test_only = true;
  return e;
}

template <uint32_t kVariables>
Expr* All(MacroContext& context, MacroCall& call) {
  return Expand<kVariables>(context, call, [](FoldBuilder& fold, Rest) { return fold.All(); });
}

template <uint32_t kVariables>
Expr* Exists(MacroContext& context, MacroCall& call) {
  return Expand<kVariables>(context, call, [](FoldBuilder& fold, Rest) { return fold.Exists(); });
}

template <uint32_t kVariables>
Expr* ExistsOne(MacroContext& context, MacroCall& call) {
  return Expand<kVariables>(context, call, [](FoldBuilder& fold, Rest) { return fold.ExistsOne(); });
}

Expr* Map(MacroContext& context, MacroCall& call) {
  return Expand<1>(context, call, [](FoldBuilder& fold, Rest rest) {
    return rest.size() == 1 ? fold.Collect(MacroKind::kMap, nullptr, rest[0])
                            : fold.Collect(MacroKind::kMapFilter, rest[0], rest[1]);
  });
}

Expr* Filter(MacroContext& context, MacroCall& call) {
  return Expand<1>(context, call, [](FoldBuilder& fold, Rest rest) {
    return fold.Collect(MacroKind::kFilter, rest[0],
                        fold.context.build.Ident(fold.variables.first, fold.call.args[0]->span));
  });
}

Expr* TransformList(MacroContext& context, MacroCall& call) {
  return Expand<2>(context, call, [](FoldBuilder& fold, Rest rest) {
    return fold.Collect(MacroKind::kTransformList, rest.size() == 2 ? rest[0] : nullptr, rest.back());
  });
}

Expr* TransformMap(MacroContext& context, MacroCall& call) {
  return Expand<2>(context, call, [](FoldBuilder& fold, Rest rest) {
    Expr* key = fold.context.build.Ident(fold.variables.first, fold.call.args[0]->span);
    return fold.Insert(MacroKind::kTransformMap, rest.size() == 2 ? rest[0] : nullptr, {key, rest.back()});
  });
}

Expr* TransformMapEntry(MacroContext& context, MacroCall& call) {
  return Expand<2>(context, call, [](FoldBuilder& fold, Rest rest) {
    return fold.Insert(MacroKind::kTransformMapEntry, rest.size() == 2 ? rest[0] : nullptr, {rest.back()});
  });
}

constexpr Macro kComprehension[] = {
    {"has", "", 1, 1, &ParseOptions::macros, Has},
    {"all", "*", 2, 2, &ParseOptions::macros, All<1>},
    {"exists", "*", 2, 2, &ParseOptions::macros, Exists<1>},
    {"exists_one", "*", 2, 2, &ParseOptions::macros, ExistsOne<1>},
    {"existsOne", "*", 2, 2, &ParseOptions::macros, ExistsOne<1>},
    {"map", "*", 2, 3, &ParseOptions::macros, Map},
    {"filter", "*", 2, 2, &ParseOptions::macros, Filter},
};

constexpr Macro kTwoVariable[] = {
    {"all", "*", 3, 3, &ParseOptions::two_var_macros, All<2>},
    {"exists", "*", 3, 3, &ParseOptions::two_var_macros, Exists<2>},
    {"exists_one", "*", 3, 3, &ParseOptions::two_var_macros, ExistsOne<2>},
    {"existsOne", "*", 3, 3, &ParseOptions::two_var_macros, ExistsOne<2>},
    {"transformList", "*", 3, 4, &ParseOptions::two_var_macros, TransformList},
    {"transformMap", "*", 3, 4, &ParseOptions::two_var_macros, TransformMap},
    {"transformMapEntry", "*", 3, 4, &ParseOptions::two_var_macros, TransformMapEntry},
};

}  // namespace

std::span<const Macro> ComprehensionMacros() { return kComprehension; }
std::span<const Macro> TwoVariableMacros() { return kTwoVariable; }

}  // namespace guard::cel

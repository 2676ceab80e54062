// Macros: what they expand to, and what is said when they are misused.
#include "policies/cel/macros.h"

#include <gtest/gtest.h>

#include <string>

namespace guard::cel {
namespace {

std::string Parsed(std::string_view text, const ParseOptions& options = {}) {
  auto ast = Parse(text, options);
  if (ast) return Print(*(*ast)->root);
  std::string out;
  for (const Issue& issue : ast.error())
    out += (out.empty() ? "" : "\n") + ToString(ToError(issue, text, ""));
  return out;
}

struct Case {
  std::string_view text, tree;
};

TEST(Macros, Comprehensions) {
  const Case kCases[] = {
      {"has(a.b)", "has(a.b)"},
      {"has(a.b.`c-d`)", "has(a.b.`c-d`)"},
      {"l.all(x, x > 0)",
       "all{x in l; @result = true; while @not_strictly_false(@result); do _&&_(@result, _>_(x, 0)); "
       "@result}"},
      {"l.exists(x, p)",
       "exists{x in l; @result = false; while @not_strictly_false(!_(@result)); do _||_(@result, p); "
       "@result}"},
      {"l.exists_one(x, p)",
       "exists_one{x in l; @result = 0; while true; do _?_:_(p, _+_(@result, 1), @result); _==_(@result, "
       "1)}"},
      {"l.map(x, f)", "map{x in l; @result = []; while true; do _+_(@result, [f]); @result}"},
      {"l.map(x, p, f)",
       "map_filter{x in l; @result = []; while true; do _?_:_(p, _+_(@result, [f]), @result); @result}"},
      {"l.filter(x, p)",
       "filter{x in l; @result = []; while true; do _?_:_(p, _+_(@result, [x]), @result); @result}"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text), c.tree) << c.text;
}

TEST(Macros, TwoVariables) {
  const Case kCases[] = {
      {"m.all(k, v, p)",
       "all{k, v in m; @result = true; while @not_strictly_false(@result); do _&&_(@result, p); @result}"},
      {"m.exists(k, v, p)",
       "exists{k, v in m; @result = false; while @not_strictly_false(!_(@result)); do _||_(@result, p); "
       "@result}"},
      {"m.existsOne(k, v, p)",
       "exists_one{k, v in m; @result = 0; while true; do _?_:_(p, _+_(@result, 1), @result); _==_(@result, "
       "1)}"},
      {"m.transformList(k, v, f)",
       "transform_list{k, v in m; @result = []; while true; do _+_(@result, [f]); @result}"},
      {"m.transformList(k, v, p, f)",
       "transform_list{k, v in m; @result = []; while true; do _?_:_(p, _+_(@result, [f]), @result); "
       "@result}"},
      {"m.transformMap(k, v, f)",
       "transform_map{k, v in m; @result = {}; while true; do cel.@mapInsert(@result, k, f); @result}"},
      {"m.transformMap(k, v, p, f)",
       "transform_map{k, v in m; @result = {}; while true; do _?_:_(p, cel.@mapInsert(@result, k, f), "
       "@result); "
       "@result}"},
      {"m.transformMapEntry(k, v, {v: k})",
       "transform_map_entry{k, v in m; @result = {}; while true; do cel.@mapInsert(@result, {v: k}); "
       "@result}"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text), c.tree) << c.text;
  EXPECT_EQ(Parsed("m.all(k, v, p)", {.two_var_macros = false}), "m.all(k, v, p)");
  EXPECT_EQ(Parsed("m.exists_one(k, v, p)"), Parsed("m.existsOne(k, v, p)"));
  EXPECT_EQ(Parsed("l.exists_one(k, p)"), Parsed("l.existsOne(k, p)"));
}

TEST(Macros, Bindings) {
  const Case kCases[] = {
      {"cel.bind(x, a, x + x)", "bind{x = a; _+_(x, x)}"},
      {"cel.bind(x, a, cel.bind(y, x, y))", "bind{x = a; bind{y = x; y}}"},
      {"cel.block([a, cel.index(0) + 1], cel.index(1))",
       "bind{@index0 = a; bind{@index1 = _+_(@index0, 1); @index1}}"},
      {"cel.block([], a)", "a"},
      {"cel.block([l], cel.index(0).filter(cel.iterVar(0, 1), cel.iterVar(0, 1)))",
       "bind{@index0 = l; filter{@it:0:1 in @index0; @result = []; while true; do _?_:_(@it:0:1, "
       "_+_(@result, "
       "[@it:0:1]), @result); @result}}"},
      {"cel.accuVar(1, 2)", "@ac:1:2"},
      {"a.optMap(x, x + 1)",
       "_?_:_(a.hasValue(), optional.of(bind{x = a.value(); _+_(x, 1)}), optional.none())"},
      {"a.optFlatMap(x, x.?y)", "_?_:_(a.hasValue(), bind{x = a.value(); _?._(x, \"y\")}, optional.none())"},
      {"f().optMap(x, x)",
       "bind{@target = f(); _?_:_(@target.hasValue(), optional.of(bind{x = @target.value(); x}), "
       "optional.none())}"},
      {"l.sortBy(x, -x)",
       "bind{@__sortBy_input__ = l; @__sortBy_input__.@sortByAssociatedKeys(map{x in @__sortBy_input__; "
       "@result = []; "
       "while true; do _+_(@result, [-_(x)]); @result})}"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text, {.block_macro = true}), c.tree) << c.text;
  EXPECT_EQ(Parsed("cel.block([a], b)"), "cel.block([a], b)");
  EXPECT_EQ(Parsed("a.optMap(x, y)", {.optional_syntax = false}), "a.optMap(x, y)");
}

TEST(Macros, MathIsCheckedAtOnce) {
  const Case kCases[] = {
      {"math.greatest(a)", "math.@max(a)"},
      {"math.greatest(1, 2.0)", "math.@max(1, 2.0)"},
      {"math.least(1, 2u, a)", "math.@min([1, 2u, a])"},
      {"math.least([1, a])", "math.@min([1, a])"},
      {"math.least()", "1:1: math.least() needs at least one argument"},
      {"math.least([])", "1:12: math.least() needs a number or a list of numbers that is not empty"},
      {"math.least('a')", "1:12: math.least() needs a number or a list of numbers that is not empty"},
      {"math.least([1, 'a'])", "1:12: math.least() needs a number or a list of numbers that is not empty"},
      {"math.greatest(1, {})", "1:18: math.greatest() compares numbers only"},
      {"math.greatest(1, [2], 3)", "1:18: math.greatest() compares numbers only"},
      {"other.greatest('a')", "other.greatest(\"a\")"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text), c.tree) << c.text;
}

TEST(Macros, Misuse) {
  const Case kCases[] = {
      {"has(a)", "1:5: has() needs the field it asks for, as in has(a.b)"},
      {"has(a['b'])", "1:5: has() needs the field it asks for, as in has(a.b)"},
      {"has(a.?b)", "1:5: has() needs the field it asks for, as in has(a.b)"},
      {"l.all(a.b, true)", "1:7: this argument names the iteration variable, so it must be a simple name"},
      {"l.map(.x, x)", "1:7: this argument names the iteration variable, so it must be a simple name"},
      {"l.map('x', x)", "1:7: this argument names the iteration variable, so it must be a simple name"},
      {"l.all(__result__, true)", "1:7: the iteration variable '__result__' hides the macro's own result"},
      {"m.all(k, k, true)", "1:10: both iteration variables are called 'k'"},
      {"m.transformMap(k, 1, true)",
       "1:19: this argument names the iteration variable, so it must be a simple name"},
      {"cel.bind(a.b, 1, 2)",
       "1:10: cel.bind() gives a value a name, so its first argument must be a simple name"},
      {"a.optMap(1, 2)", "1:10: optMap() names the value, so its first argument must be a simple name"},
      {"'a'.sortBy(x, x)", "1:1: sortBy() sorts lists only"},
      {"cel.index(-1)", "1:11: cel.index() needs a number that is written out and not negative"},
      {"cel.iterVar(0, a)", "1:16: cel.iterVar() needs numbers that are written out and not negative"},
      {"cel.block(a, b)", "1:11: cel.block() needs its values as a list that is written out"},
      {"cel.block([?a], b)", "1:13: cel.block() takes no optional values"},
      {"l.all(1, true) || has(b) || l.map(2, 3)",
       "1:7: this argument names the iteration variable, so it must be a simple name\n"
       "1:23: has() needs the field it asks for, as in has(a.b)\n"
       "1:35: this argument names the iteration variable, so it must be a simple name"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text, {.block_macro = true}), c.tree) << c.text;
}

// Expansion never copies an argument, so a chain of macros grows with its text.
TEST(Macros, ChainsGrowLinearly) {
  std::string chain = "a.?b";
  for (int i = 0; i < 100; ++i) chain += ".optMap(x, x.c).sortBy(x, x)";
  auto ast = Parse(chain);
  ASSERT_TRUE(ast);
  EXPECT_LT((*ast)->nodes.size(), 100u * 60);
}

TEST(Macros, OtherShapesStayCalls) {
  for (std::string_view text :
       {"has(a, b)", "a.has(b)", "all(a, b)", "a.all(b)", "a.map(x)", "a.bind(x, y, z)", "a.least(b)"})
    EXPECT_EQ(Parsed(text), text);
  EXPECT_EQ(Parsed("has(a.b) && a.all(x, x)", {.macros = false}), "_&&_(has(a.b), a.all(x, x))");
}

}  // namespace
}  // namespace guard::cel

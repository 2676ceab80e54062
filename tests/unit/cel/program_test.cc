#include "policies/cel/program.h"

#include "tests/unit/cel/evaluator.h"

namespace guard::cel {
namespace {

TEST(Program, KnowsItsTypeAndText) {
  Environment env(Dialect::kStandard);
  auto program = Compile("[1, 2].map(x, x > 1)", env);
  ASSERT_TRUE(program);
  EXPECT_EQ(ToString(*program->result_type()), "list(bool)");
  EXPECT_EQ(program->text(), "[1, 2].map(x, x > 1)");
  EXPECT_TRUE(*program);
  EXPECT_FALSE(Program());
}

TEST(Program, TheExpectedTypeIsAskedFor) {
  Environment env(Dialect::kStandard);
  env.Declare("any", &kDynType);
  EXPECT_TRUE(Compile("1 < 2", env, {.expected_result = &kBoolType}));
  EXPECT_TRUE(Compile("any.x", env, {.expected_result = &kBoolType}));
  auto program = Compile("1 + 2", env, {.expected_result = &kBoolType});
  ASSERT_FALSE(program);
  ASSERT_EQ(program.error().size(), 1u);
  EXPECT_EQ(program.error()[0].message, "the expression is of type int where bool is expected");
}

TEST(Program, IssuesOfAllStagesComeOut) {
  Environment env(Dialect::kStandard);
  for (const char* text : {"1 +", "nobody", "1 + 'a'", "nothing(1)", "Nobody{}"}) {
    auto program = Compile(text, env);
    ASSERT_FALSE(program) << text;
    EXPECT_FALSE(program.error().empty()) << text;
  }
  EXPECT_FALSE(Compile("has(a)", env, {.check = false, .macros = false})->text().empty());
}

TEST(Evaluation, SlotsAreBoundAndForgotten) {
  Environment env(Dialect::kStandard);
  uint32_t x = env.Declare("x", &kDynType), y = env.Declare("y", &kDynType);
  auto program = Compile("x + y", env);
  ASSERT_TRUE(program);
  Evaluation ev;
  EXPECT_EQ(ToString(ev.Run(*program)), "error: no such attribute(s): x");
  ev.Bind(x, Value::Int(1));
  ev.Bind(y, Value::Int(2));
  EXPECT_EQ(ToString(ev.Run(*program)), "3");
  ev.Unbind(y);
  EXPECT_EQ(ToString(ev.Run(*program)), "error: no such attribute(s): y");
  ev.Reset();
  EXPECT_EQ(ToString(ev.Run(*program)), "error: no such attribute(s): x");
}

TEST(Evaluation, LazyVariablesAreComputedOnce) {
  Environment base(Dialect::kStandard);
  uint32_t x = base.Declare("x", &kIntType);
  Environment env(base, nullptr);
  uint32_t a = env.Declare("variables.a", &kDynType), b = env.Declare("variables.b", &kDynType);
  auto program_a = Compile("[x, x + 1].map(i, i * 10)", env),
       program_b = Compile("variables.a.map(j, j + 1)", env);
  auto use = Compile("[7].map(k, variables.b[0] + variables.b[1] + k)", env);
  auto ignore = Compile("true || variables.b == 1", env);
  ASSERT_TRUE(program_a && program_b && use && ignore);

  Evaluation ev;
  ev.Bind(x, Value::Int(1));
  ev.BindLazy(a, &*program_a);
  ev.BindLazy(b, &*program_b);
  EXPECT_EQ(ToString(ev.Run(*ignore)), "true");
  uint64_t nothing = ev.cost();
  EXPECT_EQ(ToString(ev.Run(*use)), "[39]");
  uint64_t first = ev.cost() - nothing;
  EXPECT_EQ(ToString(ev.Run(*use)), "[39]");
  EXPECT_LT(ev.cost() - nothing - first, first);
}

TEST(Evaluation, LazyVariablesMayNotDependOnThemselves) {
  Environment env(Dialect::kStandard);
  uint32_t a = env.Declare("a", &kDynType), b = env.Declare("b", &kDynType), c = env.Declare("c", &kDynType);
  auto program_a = Compile("b + 1", env), program_b = Compile("a + 1", env), program_c = Compile("c", env);
  auto use = Compile("a == 1", env), absorb = Compile("a == 1 || true", env), self = Compile("c", env);
  Evaluation ev;
  ev.BindLazy(a, &*program_a);
  ev.BindLazy(b, &*program_b);
  ev.BindLazy(c, &*program_c);
  EXPECT_EQ(ToString(ev.Run(*use)), "error: the variable depends on itself");
  EXPECT_EQ(ToString(ev.Run(*absorb)), "true");
  EXPECT_EQ(ToString(ev.Run(*self)), "error: the variable depends on itself");
}

TEST(Evaluation, LongChainsOfVariablesEnd) {
  Environment env(Dialect::kStandard);
  std::vector<Program> programs;
  constexpr int kCount = 5000;
  for (int i = 0; i < kCount; ++i) env.Declare("v" + std::to_string(i), &kDynType);
  for (int i = 0; i < kCount; ++i)
    programs.push_back(*Compile(i == 0 ? "[0]" : "[[[v" + std::to_string(i - 1) + "]]]", env));
  Evaluation ev;
  for (int i = 0; i < kCount; ++i) ev.BindLazy(static_cast<uint32_t>(i), &programs[static_cast<size_t>(i)]);
  EXPECT_EQ(ToString(ev.Run(programs.back())), "error: variables refer to each other too deeply");
  // One after the other, they are only nested values: even those are compared and printed without harm.
  for (const Program& program : programs) EXPECT_FALSE(ev.Run(program).is_error());
  auto same = Compile("v4999 == [[[v4998]]]", env);
  EXPECT_EQ(ToString(ev.Run(*same)), "true");
}

TEST(Evaluation, ResetLetsMemoryBeUsedAgain) {
  Evaluator evaluate(R"({"list": [1, 2, 3, 4, 5, 6, 7, 8]})");
  Program program = evaluate.Compile("list.map(x, list.map(y, string(x * y)))");
  Value list = evaluate.ev.Slot(0);
  evaluate.ev.Reset();
  size_t footprint = 0;
  for (int i = 0; i < 100; ++i) {
    evaluate.ev.Reset();
    evaluate.ev.Bind(0, list);
    EXPECT_FALSE(evaluate.ev.Run(program).is_error());
    if (i == 5) footprint = evaluate.ev.arena().footprint();
  }
  EXPECT_EQ(evaluate.ev.arena().footprint(), footprint);
}

TEST(Program, RunsOnManyEvaluations) {
  Environment env(Dialect::kStandard);
  uint32_t x = env.Declare("x", &kDynType);
  auto program = Compile("x.matches('^a+$') ? [x].map(y, y + '!')[0] : 'no'", env);
  ASSERT_TRUE(program);
  Program moved = std::move(*program);
  Evaluation one, two;
  one.Bind(x, Value::String("aaa"));
  two.Bind(x, Value::String("b"));
  EXPECT_EQ(ToString(one.Run(moved)), R"("aaa!")");
  EXPECT_EQ(ToString(two.Run(moved)), R"("no")");
}

}  // namespace
}  // namespace guard::cel

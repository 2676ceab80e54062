#include "tests/unit/cel/evaluator.h"

namespace guard::cel {
namespace {

TEST(Optionals, SelectAndAsk) {
  Evaluator evaluate(R"({"a": {"b": {"c": true}, "list": [1], "nil": null}, "key": "b"})");
  struct {
    const char* expression;
    const char* value;
  } cases[] = {
      {"a.?b.?c", "optional.of(true)"},
      {"a.?b.c", "optional.of(true)"},
      {"a.?nope.c", "optional.none()"},
      {"a.?b.?c.orValue(false)", "true"},
      {"a.?b.?nope.orValue(false)", "false"},
      {"a.?nope.?c.orValue(1 / 0 == 1)", "error: division by zero"},
      {"a.?b.?c.orValue(1 / 0 == 1)", "true"},
      {"a[?'b'].c.hasValue()", "true"},
      {"a[?key].?nope.hasValue()", "false"},
      {"a.list[?0]", "optional.of(1)"},
      {"a.list[?1]", "optional.none()"},
      {"a.?list[0].orValue(7)", "1"},
      {"a.?list[5].orValue(7)", "7"},
      {"a.?nil", "optional.of(null)"},
      {"a.?nil.deeper", "error: no such key: deeper"},
      {"a.list.?x", "error: unsupported index type 'string' in list"},
      {"has(a.?b.c) && !has(a.?nope.c)", "true"},
      {"a.nope.?c", "error: no such key: nope"},
      {"a.?nope.or(a.?b.c).value()", "true"},
      {"a.?b.or(1 / 0 == 1 ? a.?b : a.?b).hasValue()", "true"},
      {"optional.none().orValue(3)", "3"},
      {"optional.of(4).orValue(3)", "4"},
      {"optional.of({'x': 1}).x", "optional.of(1)"},
      {"optional.of([1, 2])[1].value()", "2"},
      {"optional.none().value()", "error: optional.none() dereference"},
      {"optional.of(1).hasValue(1) && !optional.of(1).hasValue(2) && !optional.none().hasValue(1)", "true"},
      {"optional.of(optional.of(1)).hasValue(optional.of(1))", "true"},
      {"[optional.of(1), optional.none(), optional.of(3)].unwrapOpt()", "[1, 3]"},
      {"optional.unwrap([optional.of(1)])", "[1]"},
      {"a.?b.optMap(b, b.c)", "optional.of(true)"},
      {"a.?nope.optMap(b, b.c)", "optional.none()"},
      {"a.?b.optFlatMap(b, b.?nope)", "optional.none()"},
      {"[1, ?a.?nope, ?optional.of(2)]", "[1, 2]"},
      {"{'x': 1, ?'y': a.?nope, ?'z': optional.of(2)}", R"({"x": 1, "z": 2})"},
      {"type(a.?b) == optional_type", "true"},
      {"optional.of(1) == optional.of(dyn(1.0)) && optional.of(1) != optional.none()", "true"},
  };
  for (const auto& c : cases) EXPECT_EQ(evaluate(c.expression), c.value) << c.expression;
}

TEST(Optionals, NonZeroValues) {
  Evaluator evaluate;
  for (const char* zero : {"null", "false", "0", "0u", "0.0", "''", "b''", "[]", "{}", "duration('0s')"})
    EXPECT_EQ(evaluate(std::string("optional.ofNonZeroValue(") + zero + ")"), "optional.none()") << zero;
  for (const char* some : {"true", "1", "-0.5", "' '", "[0]", "{0: 0}", "duration('1ns')", "timestamp(0)"})
    EXPECT_EQ(evaluate(std::string("optional.ofNonZeroValue(") + some + ").hasValue()"), "true") << some;
}

TEST(Optionals, NotOnesAreRefused) {
  Evaluator evaluate(R"({"two": 2})");
  EXPECT_EQ(evaluate("[?two]"), "error: cannot initialize optional list element from non-optional value 2");
  EXPECT_EQ(evaluate("{?'a': two}"), "error: cannot initialize optional entry from non-optional value 2");
  EXPECT_EQ(evaluate("two.orValue(1)"), "error: no such overload");
  EXPECT_EQ(evaluate("two.or(optional.of(1))"), "error: no such overload");
  EXPECT_EQ(evaluate("two.hasValue()"), "error: no such overload");
  EXPECT_EQ(evaluate("[two].unwrapOpt()"), "error: no such overload");
}

TEST(Optionals, PathsMakeNothingInMemory) {
  Evaluator evaluate(R"({"a": {"b": {"c": true}}})");
  Program program =
      evaluate.Compile("a.?b.?c.orValue(false) && !a.?x.?y.orValue(false) && a.?b.c.hasValue()");
  evaluate.ev.Run(program);
  size_t before = evaluate.ev.arena().footprint();
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(evaluate.ev.Run(program).is_true());
  EXPECT_EQ(evaluate.ev.arena().footprint(), before);
}

}  // namespace
}  // namespace guard::cel

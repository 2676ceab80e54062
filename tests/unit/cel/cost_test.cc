#include <string>

#include "tests/unit/cel/evaluator.h"

namespace guard::cel {
namespace {

struct Case {
  const char* expression;
  uint64_t cost;
};

void Check(Evaluator& evaluate, std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    std::string value = evaluate(c.expression);
    EXPECT_EQ(evaluate.cost, c.cost) << c.expression << " -> " << value;
  }
}

std::string Letters(size_t count) { return std::string(count, 'x'); }

// The figures of cel-go's interpreter/runtimecost_test.go.
TEST(Cost, IsThatOfCelGo) {
  std::string json = R"({"input": [1, 2], "map": {"key": "v"}, "nested": {"testAttr": {"nestedAttr": "0"}},
    "a": false, "b": false, "c": false, "d": false, "x": 1, "input1": [{}], "input2": [{}], "empty": [], "none": {},
    "long": ")" + Letters(500) +
                     R"(", "arg1": ")" + Letters(500) + R"(", "idc": "idc",
    "objects": {"val": {"single_int32": 0}}, "str1": "val1", "str2": "val2222222"})";
  Evaluator evaluate(json);
  Check(evaluate, {
                      {"\"Hello World!\"", 0},
                      {"input", 1},
                      {"map['key']", 2},
                      {"input[0]", 2},
                      {"nested.testAttr", 2},
                      {"map['ke' + 'y']", 3},
                      {"input[3-3]", 3},
                      {"has(nested.testAttr)", 2},
                      {"has(nested.testAttr.nestedAttr)", 3},
                      {"[1, 2, 3]", 10},
                      {"{'a': 1, 'b': 2, 'c': 3}", 30},
                      {"empty.all(x, true)", 2},
                      {"empty.all(x, x.all(y, true))", 2},
                      {"[1, 2, 3].all(x, true)", 20},
                      {"long.matches('[0-9]')", 103},
                      {"'123'.matches('[0-9]')", 2},
                      {"false || false", 0},
                      {"true || false", 0},
                      {"a || b || c || d", 4},
                      {"true && false", 0},
                      {"!a && !b && !c && !d", 8},
                      {"1 < 2", 1},
                      {"1 <= 2", 1},
                      {"1 == 2", 1},
                      {"2 > 1", 1},
                      {"2 >= 1", 1},
                      {"2 in [1, 2, 3]", 13},
                      {"1 + 1", 1},
                      {"1 - 1", 1},
                      {"1 / 1", 1},
                      {"1 * 1", 1},
                      {"1 % 1", 1},
                      {"true ? 1 : 2", 0},
                      {"size('123')", 1},
                      {"'12345678901234567890' == '123456789012345678901234567890'", 2},
                      {"string(bytes(long))", 101},
                      {"bytes(long)", 51},
                      {"string(1)", 1},
                      {"long.contains(arg1)", 2502},
                      {"long.matches('\\\\d+a\\\\d+b')", 103},
                      {"matches(long, '\\\\d+a\\\\d+b')", 103},
                      {"idc.startsWith(arg1)", 52},
                      {"idc.endsWith(arg1)", 52},
                      {"idc.size()", 2},
                      {"size(idc)", 2},
                      {"(x > 2 ? input1 : input2).all(y, true)", 6},
                      {"true ? false : 1 > 3", 0},
                      {"false ? false : 1 > 3", 1},
                      {"objects.all(k, objects[k].single_int32 > 3)", 9},
                      {"none.all(k, none[k].all(x, true))", 2},
                      {"none.all(k, k.contains(k))", 2},
                      {"none.all(k, none[k].all(k, true) && k.contains(k))", 2},
                      {"(empty + empty).all(x, true)", 4},
                      {"\"abcdefg\".contains(str1 + str2)", 6},
                      {"(1 > 2 ? 5 : 3) > 1", 2},
                      {"(1 > 2 || 2 > 1) == true", 3},
                      {"[{'k1': 1}, {'k2': 2}].all(x, true)", 77},
                      {"[1,2,3,4,5].filter(x, x % 2 == 0)", 62},
                      {"[1,2,3,4,5].map(x, x)", 86},
                      {"[1,2,3,4,5].map(x, x).filter(x, x % 2 == 0)", 138},
                      {"[1,2,3,4,5].map(x, x).exists(x, x == 5) == true", 118},
                      {"[1,2,3,4,5].map(x, x).map(x, x)", 162},
                      {"[1,2,3,4,5].map(x, [x, x]).filter(z, z.size() == 2)", 232},
                      {"[1,2,3,4,5].map(x, [x, x]).all(y, y.all(y, y == 1))", 171},
                      {"[1,2,3,4,5].map(x, x).map(x, x) + [1]", 173},
                      {"[1,2,3].all(i, i in [1,2,3].map(j, j + j))", 86},
                  });
}

TEST(Cost, OfWhatItsTestsLeaveOut) {
  Evaluator evaluate(R"({"m": {"a": {"b": "x"}, "k": "a"}, "l": [1, 2, 3], "t": true})");
  Check(evaluate,
        {
            {"m[m.k].b", 4},         // an index pays for its own qualifiers only
            {"t ? m.a.b : m.k", 3},  // so does a branch, and ?: nothing
            {"(t ? m.a : m).b", 3},
            {"m.?a.?b", 3},
            {"m.?nope.?b", 2},            // ends where it is absent
            {"m.?a.?b.orValue('y')", 3},  // orValue itself is free
            {"m.?nope.?b.orValue(m.k)", 4},
            {"m.?a.hasValue()", 3},
            {"{'a': 1}.a", 32},
            {"cel.bind(x, m.a.b, x + x)", 16},  // 10 for the empty list of the macro, the value once
            {"cel.bind(x, m.a.b, true)", 10},
            {"l.exists_one(x, x == 2)", 11},
            {"l.exists(x, x == 1)", 11},
            {"l.transformList(i, x, x)", 51},
            {"{'a': 1}.transformMap(k, v, v)", 65},
            {"m.a.b == '' || '' == m.a.b", 6},
            {"[] == []", 20},
            {"dyn(1)", 1},
            {"!t", 2},
            {"-l[0]", 3},
        });
}

TEST(Cost, KubernetesFoldsConstantsAndAsksForPresenceFreely) {
  Evaluator evaluate(R"({"m": {"a": {"b": "x"}}, "l": [1, 2, 3]})", Dialect::kKubernetes);
  Check(evaluate, {
                      {"has(m.a.b)", 2},
                      {"m.a.b in ['x', 'y']", 3},
                      {"l[0] in []", 0},
                      {"[1, 2, 3].all(x, true)", 10},
                      {"{'a': [1, 2]}.a", 2},
                      {"l.map(x, 1)", 8},
                      {"l.map(x, x)", 41},
                      {"duration('1h') == duration('60m')", 1},
                      {"l.filter(x, x > 1)", 34},
                  });
}

TEST(Cost, IsLimited) {
  Evaluator evaluate(R"({"str1": "val1", "str2": "val2222222", "l": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]})");
  evaluate.limit = 6;
  EXPECT_EQ(evaluate("\"abcdefg\".contains(str1 + str2)"), "false");
  evaluate.limit = 5;
  const std::string over = "error: the expression costs more than it may";
  EXPECT_EQ(evaluate("\"abcdefg\".contains(str1 + str2)"), over);
  // Nothing absorbs it.
  EXPECT_EQ(evaluate("'abcdefg'.contains(str1 + str2 + str1) || true"), over);
  for (const char* expression :
       {"l.all(x, x > 0) || true", "false && l.all(x, x > 0) || true || l == l",
        "l.map(x, l.map(y, y)).size() > 0", "true || false ? l.exists(x, x == 11) || true : true",
        "[l.all(x, true)].exists(x, true)", "l.all(x, l.all(y, y / 0 == 1)) || true",
        "cel.bind(x, l.map(y, y), true || x.size() == 1) && l.map(x, x) == l"})
    EXPECT_TRUE(evaluate(expression) == over || evaluate(expression) == "true") << expression;
  EXPECT_EQ(evaluate("l.all(x, x > 0) || true"), over);
  EXPECT_TRUE(evaluate.ev.over_cost());
}

TEST(Cost, APolicyHasABudget) {
  Evaluator evaluate(R"({"l": [1, 2, 3]})");
  Program program = evaluate.Compile("l.all(x, x > 0)");
  evaluate.ev.ResetCost(40);
  EXPECT_EQ(ToString(evaluate.ev.Run(program)), "true");
  EXPECT_EQ(evaluate.ev.cost(), 17u);
  EXPECT_EQ(ToString(evaluate.ev.Run(program)), "true");
  EXPECT_EQ(ToString(evaluate.ev.Run(program)), "error: the expression costs more than it may");
  EXPECT_EQ(ToString(evaluate.ev.Run(program)), "error: the expression costs more than it may");
  evaluate.ev.ResetCost();
  EXPECT_EQ(ToString(evaluate.ev.Run(program)), "true");
}

TEST(Cost, WhatCostsNothingIsBoundedToo) {
  std::string items;
  for (int i = 0; i < 3000; ++i) items += (i ? "," : "") + std::to_string(i);
  Evaluator evaluate(R"({"l": [)" + items + "]}");
  const std::string over = "error: the expression costs more than it may";
  CompileOptions fast;
  auto run = [&](const std::string& text) {
    Program program = evaluate.Compile(text);
    evaluate.ev.ResetCost();
    return ToString(evaluate.ev.Run(program));
  };
  // A loop whose rounds are free, in loops.
  EXPECT_EQ(run("l.all(a, l.all(b, l.filter(c, false) == []))"), over);
  // Lists and texts that double.
  std::string doubled = "l", text = "'0123456789'";
  for (int i = 0; i < 40; ++i) {
    doubled = "cel.bind(x" + std::to_string(i) + ", " + doubled + ", x" + std::to_string(i) + " + x" +
              std::to_string(i) + ")";
    text = "cel.bind(x" + std::to_string(i) + ", " + text + ", x" + std::to_string(i) + " + x" +
           std::to_string(i) + ")";
  }
  EXPECT_EQ(run(doubled + ".size() > 0"), "error: result is too large");
  EXPECT_TRUE(run(text + ".size() > 0").starts_with("error: "));
  // Values that are small and have an enormous number of parts.
  std::string shared = "[1]";
  for (int i = 0; i < 60; ++i)
    shared = "cel.bind(x" + std::to_string(i) + ", " + shared + ", [x" + std::to_string(i) + ", x" +
             std::to_string(i) + "])";
  EXPECT_EQ(run(shared + " == " + shared + " || true"), over);
  EXPECT_EQ(run(shared + " in [" + shared + "] || true"), over);
  EXPECT_EQ(run(shared + ".size() == 2"), "true");
}

}  // namespace
}  // namespace guard::cel

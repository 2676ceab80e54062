#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policies/cel/environment.h"
#include "policies/cel/parser.h"
#include "tests/support/golden.h"
#include "tests/unit/cel/check_env.h"

namespace guard::cel {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Checked {
  std::unique_ptr<Ast> ast;
  std::unique_ptr<TypePool> types = std::make_unique<TypePool>();
  std::vector<Issue> issues;

  // The inferred type, or the first issue.
  std::string answer() const { return issues.empty() ? ToString(*ast->root->type) : issues[0].message; }
};

Checked CheckText(std::string_view text, const Environment& env) {
  Checked checked;
  auto parsed = Parse(text, env.parse_options());
  if (!parsed) {
    checked.issues = parsed.error();
    return checked;
  }
  checked.ast = std::move(*parsed);
  checked.issues = Check(*checked.ast, env, *checked.types);
  return checked;
}

class CheckTest : public testing::Test {
 protected:
  CheckTest() { DeclareForTests(env_); }
  std::string Answer(std::string_view text) { return CheckText(text, env_).answer(); }

  Environment env_{Dialect::kStandard};
};

struct Case {
  std::string_view text, answer;
};

#define EXPECT_ANSWERS(...) \
  for (const Case& c : std::initializer_list<Case>{__VA_ARGS__}) EXPECT_EQ(Answer(c.text), c.answer) << c.text

TEST_F(CheckTest, Literals) {
  EXPECT_ANSWERS({"1", "int"}, {"1u", "uint"}, {"1.0", "double"}, {"'a'", "string"}, {"b'a'", "bytes"},
                 {"true", "bool"}, {"null", "null"});
}

TEST_F(CheckTest, Aggregates) {
  EXPECT_ANSWERS(
      {"[1, 2]", "list(int)"}, {"[]", "list(dyn)"}, {"[1, 'a']", "list(dyn)"},
      {"{'a': 1}", "map(string, int)"}, {"{}", "map(dyn, dyn)"}, {"{'a': 1, 'b': 'c'}", "map(string, dyn)"},
      {"[[], [1]]", "list(list(int))"}, {"[{}, {'a': 1u}]", "list(map(string, uint))"},
      {"[t, null]", "list(timestamp)"}, {"[null, t]", "list(timestamp)"}, {"[1, null]", "list(dyn)"},
      {"[any, 1]", "list(dyn)"}, {"[[], [[]], [[[]]], [[[[]]]]]", "list(list(list(list(list(dyn)))))"},
      {"[[[[[]]]], [], [[[]]]]", "list(list(list(list(list(dyn)))))"}, {"[?maybe, 1]", "list(int)"},
      {"{?'a': maybe}", "map(string, int)"}, {"[?i]", "expected type 'optional_type(int)' but found 'int'"});
}

TEST_F(CheckTest, Operators) {
  EXPECT_ANSWERS(
      {"1 + 2", "int"}, {"i + any", "int"}, {"any + any", "dyn"}, {"ints + [1]", "list(int)"},
      {"[] + ints + []", "list(int)"}, {"t - t", "duration"}, {"t - span", "timestamp"},
      {"any - span", "dyn"}, {"b && any", "bool"}, {"!any", "bool"}, {"-i", "int"}, {"i in ints", "bool"},
      {"'a' in labels", "bool"}, {"b ? 1 : 2", "int"}, {"b ? 1 : any", "dyn"}, {"b ? [] : [1]", "list(int)"},
      {"b ? optional.of(1) : optional.none()", "optional_type(int)"}, {"ints[0]", "int"},
      {"labels['a']", "string"}, {"any[0]", "dyn"}, {"any.a[0].b", "dyn"},
      {"i == null", "found no matching overload for '_==_' applied to '(int, null)'"}, {"t == null", "bool"},
      {"null == t", "bool"}, {"any == null", "bool"},
      {"1 + 'a'", "found no matching overload for '_+_' applied to '(int, string)'"},
      {"1 == 1u", "found no matching overload for '_==_' applied to '(int, uint)'"}, {"dyn(1) == 1u", "bool"},
      {"1 < 1u", "bool"}, {"i >= 1.5", "bool"}, {"1 && true", "expected type 'bool' but found 'int'"},
      {"1 ? 2 : 3", "expected type 'bool' but found 'int'"},
      {"b ? 1 : 'a'", "found no matching overload for '_?_:_' applied to '(bool, int, string)'"});
}

TEST_F(CheckTest, TypesAreValues) {
  EXPECT_ANSWERS({"int", "type(int)"}, {"type(1)", "type(int)"}, {"type(i) == int", "bool"},
                 {"type(any) == list", "bool"}, {"google.protobuf.Timestamp == type(t)", "bool"},
                 {"type", "type(type(dyn))"}, {"dyn", "undeclared reference to 'dyn'"});
}

TEST_F(CheckTest, Objects) {
  EXPECT_ANSWERS(
      {"pod.name", "string"}, {"pod.containers[0].image", "string"}, {"pod.owner.owner.labels.a", "string"},
      {"has(pod.name)", "bool"}, {"pod.owner == null", "bool"}, {"resource.kind", "string"},
      {"resource.spec.x", "dyn"}, {"pod.containers.all(c, !c.privileged)", "bool"},
      {"pod.containers.map(c, c.image)", "list(string)"}, {"resource.exists(k, k == 'spec')", "bool"},
      {"'spec' in resource", "bool"}, {"resource == {'kind': 'Pod'}", "bool"},
      {"pod.?owner.name", "optional_type(string)"}, {"pod.?name.orValue('')", "string"},
      {"[pod, resource]", "list(dyn)"}, {"pod.nmae", "undefined field 'nmae' of Pod"},
      {"has(pod.containerz)", "undefined field 'containerz' of Pod"},
      {"pod.?nmae", "undefined field 'nmae' of Pod"},
      {"pod.name.first", "type 'string' does not support field selection"});
}

TEST_F(CheckTest, Optionals) {
  EXPECT_ANSWERS({"optional.of(1)", "optional_type(int)"},
                 {"[optional.none(), optional.of(1)]", "list(optional_type(int))"},
                 {"[optional.of(1), optional.none()]", "list(optional_type(int))"},
                 {"[optional.of(1), optional.of(dyn(1))]", "list(optional_type(dyn))"},
                 {"[optional.of(dyn(1)), optional.of(1)]", "list(optional_type(dyn))"},
                 {"true ? optional.of(dyn(1)) : optional.of(1)", "optional_type(dyn)"},
                 {"[optional.of(1), null][0]", "optional_type(int)"},
                 {"maybe_labels.a", "optional_type(string)"}, {"maybe_labels.?a", "optional_type(string)"},
                 {"labels[?'a']", "optional_type(string)"}, {"ints[?0]", "optional_type(int)"},
                 {"maybe_labels['a']", "optional_type(string)"}, {"any.?a.b", "optional_type(dyn)"},
                 {"maybe.orValue(1)", "int"}, {"maybe.optMap(x, x + 1)", "optional_type(int)"},
                 {"maybe.optFlatMap(x, optional.of('a'))", "optional_type(string)"},
                 {"maybe.orValue('a')",
                  "found no matching overload for 'orValue' applied to 'optional_type(int).(string)'"});
}

TEST_F(CheckTest, Comprehensions) {
  EXPECT_ANSWERS({"ints.all(x, x > 0)", "bool"}, {"ints.map(x, string(x))", "list(string)"},
                 {"ints.filter(x, x > 1)", "list(int)"}, {"labels.exists(k, k.startsWith('a'))", "bool"},
                 {"labels.map(k, labels[k])", "list(string)"}, {"any.map(x, x.y)", "list(dyn)"},
                 {"([].map(x, x))[0].foo", "dyn"}, {"ints.exists_one(x, x == 1)", "bool"},
                 {"ints.transformList(i, v, i + v)", "list(int)"},
                 {"labels.transformList(k, v, k + v)", "list(string)"},
                 {"ints.transformMap(i, v, string(v))", "map(int, string)"},
                 {"labels.transformMap(k, v, size(v))", "map(string, int)"},
                 {"labels.transformMapEntry(k, v, {v: k})", "map(string, string)"},
                 {"labels.all(k, v, k != v)", "bool"}, {"cel.bind(x, 1, [x, x])", "list(int)"},
                 {"i.all(x, true)",
                  "expression of type 'int' cannot be the range of a comprehension: that is a list or a map"},
                 {"ints.all(x, x)", "expected type 'bool' but found 'int'"},
                 {"ints.filter(x, x)", "expected type 'bool' but found 'int'"},
                 {"ints.map(x, x.a)", "type 'int' does not support field selection"});
}

TEST_F(CheckTest, Calls) {
  EXPECT_ANSWERS(
      {"('a' + s).startsWith('b')", "bool"}, {"size(s) + size(ints) + labels.size()", "int"},
      {"i.scale(2)", "int"}, {"test.f(1)", "int"}, {"test.f('a')", "string"}, {"test.f(any)", "dyn"},
      {"[test.pair(1, 2u), test.pair(any, any)][0]", "pair(dyn, dyn)"},
      {"test.twins(test.pair(1, any))", "dyn"}, {"test.pair(1, any) == test.pair(any, 1u)", "bool"},
      {"test.twins(test.pair(1, 'a'))",
       "found no matching overload for 'test.twins' applied to '(pair(int, string))'"},
      {"test.f(1, 2)", "found no matching overload for 'test.f' applied to '(int, int)'"},
      {"s.startsWith(1)", "found no matching overload for 'startsWith' applied to 'string.(int)'"},
      {"startsWith(s, 'a')", "found no matching overload for 'startsWith' applied to '(string, string)'"},
      {"s.f(1)", "undeclared reference to 'f'"}, {"nothing(1)", "undeclared reference to 'nothing'"},
      {"tets.f(1)", "undeclared reference to 'tets.f'"},
      {"unheard.of(1)", "undeclared reference to 'unheard'"});
}

TEST_F(CheckTest, NothingHasAMessageType) {
  EXPECT_ANSWERS(
      {"google.protobuf.Timestamp{seconds: 1}", "'google.protobuf.Timestamp' is not a message type"},
      {"Foo{a: 1}", "undeclared reference to 'Foo'"});
}

TEST_F(CheckTest, Names) {
  EXPECT_ANSWERS({"variables.replicas + 1", "int"}, {"Level.HIGH", "int"},
                 {"Level", "undeclared reference to 'Level'"},
                 {"variables", "undeclared reference to 'variables'"},
                 {"variables.replcas.x", "undeclared reference to 'variables.replcas'"},
                 {"google.protobuf.Timestmp", "undeclared reference to 'google.protobuf.Timestmp'"},
                 {"has(variables.replicas)", "undeclared reference to 'variables'"});
}

TEST_F(CheckTest, ContainersAndShadowing) {
  env_.Declare("x.y.a.b", &kIntType);
  env_.Declare("x.a", env_.types().Map(&kStringType, &kBoolType));
  env_.Declare("a", env_.types().Map(&kStringType, &kDoubleType));
  env_.Declare("x.y.v", &kBytesType);
  env_.set_container("x.y");
  EXPECT_ANSWERS({"a.b", "int"}, {"a.c", "bool"}, {".a.b", "double"}, {"a", "map(string, bool)"},
                 {".x.a.b", "bool"}, {"v", "bytes"}, {"['s'].map(v, v)", "list(string)"},
                 {"['s'].map(v, .x.y.v)", "list(bytes)"}, {"[{'b': 's'}].map(a, a.b)", "list(string)"},
                 {"cel.bind(v, 1, v)", "int"}, {"[1].map(v, ['s'].map(v, v))", "list(list(string))"},
                 {"nothing", "undeclared reference to 'nothing' (in container 'x.y')"});
  env_.Add({"x.y.g", "g", false, {&kIntType}, &kStringType});
  EXPECT_ANSWERS({"g(1)", "string"}, {"y.g(1)", "string"}, {".x.y.g(1)", "string"});
}

TEST_F(CheckTest, AnnotatesTheTree) {
  Checked checked = CheckText("variables.replicas", env_);
  EXPECT_EQ(checked.ast->root->resolved, "variables.replicas");
  EXPECT_TRUE(checked.ast->root->is_variable);

  checked = CheckText("google.protobuf.Duration", env_);
  EXPECT_EQ(checked.ast->root->denoted, &kDurationType);

  checked = CheckText("test.f(any)", env_);
  EXPECT_EQ(checked.ast->root->target, nullptr);
  EXPECT_EQ(checked.ast->root->name, "test.f");
  ASSERT_EQ(checked.ast->root->overloads.size(), 2u);
  EXPECT_EQ(checked.ast->root->overloads[0]->id, "f_int");

  checked = CheckText("labels.a", env_);
  EXPECT_TRUE(checked.ast->root->resolved.empty());
  EXPECT_EQ(checked.ast->root->target->resolved, "labels");
}

TEST_F(CheckTest, AllMistakesAtOnceInOrder) {
  Checked checked = CheckText("nope + 1 == 2 && pod.nmae == 'a' && 1 + 'b' == 3 && s.nope()", env_);
  std::vector<std::string> messages;
  for (const Issue& issue : checked.issues) messages.push_back(issue.message);
  EXPECT_THAT(messages,
              testing::ElementsAre("undeclared reference to 'nope'", "undefined field 'nmae' of Pod",
                                   "found no matching overload for '_+_' applied to '(int, string)'",
                                   "undeclared reference to 'nope'"));
}

// As text grows, so may the work, but not faster; nor may the stack.
TEST_F(CheckTest, HostileExpressionsAreBounded) {
  std::string doubling = "[1]";
  for (int i = 0; i < 60; ++i) doubling = "[" + doubling + "].map(x, {'a': x, 'b': [x]})";
  EXPECT_THAT(CheckText(doubling, env_).issues.size(), testing::Le(1u));

  std::string twins = "cel.bind(a0, [], ";
  std::string end = "a60)";
  for (int i = 1; i <= 60; ++i) {
    std::string before = "a" + std::to_string(i - 1);
    twins += "cel.bind(a" + std::to_string(i) + ", {" + before + ": " + before + "}, ";
    end += ")";
  }
  EXPECT_THAT(CheckText(twins + end, env_).issues.size(), testing::Le(1u));

  std::string chain = "any";
  for (int i = 0; i < 5000; ++i) chain += ".a";
  EXPECT_THAT(CheckText(chain, env_).issues.size(), testing::Le(1u));

  std::string wrong = "nope";
  for (int i = 0; i < 2000; ++i) wrong += ", nope" + std::to_string(i);
  EXPECT_THAT(CheckText("[" + wrong + "]", env_).issues.size(), testing::Le(101u));
}

TEST_F(CheckTest, UncheckedNamesResolveAlike) {
  env_.Declare("a.b.c", &kStringType);
  env_.Declare("a.b", env_.types().Map(&kStringType, &kStringType));
  auto parsed =
      Parse("[a.b.c, a.b.x, int, Level.HIGH, nope, test.f(1), [1].map(i, i), .i]", env_.parse_options());
  ASSERT_TRUE(parsed);
  ResolveNames(**parsed, env_);
  const std::vector<Expr*>& items = (*parsed)->root->args;
  EXPECT_EQ(items[0]->resolved, "a.b.c");
  EXPECT_TRUE(items[1]->resolved.empty());
  EXPECT_EQ(items[1]->target->resolved, "a.b");
  EXPECT_EQ(items[2]->denoted, &kIntType);
  EXPECT_EQ(items[3]->resolved, "Level.HIGH");
  EXPECT_FALSE(items[3]->is_variable);
  EXPECT_TRUE(items[4]->resolved.empty());
  EXPECT_EQ(items[5]->name, "test.f");
  EXPECT_EQ(items[5]->target, nullptr);
  EXPECT_EQ(items[7]->resolved, "i");
  EXPECT_TRUE(items[7]->is_variable);
  for (const Expr& expr : (*parsed)->nodes) {
    EXPECT_EQ(expr.type, nullptr);
    EXPECT_FALSE(expr.name == "i" && expr.is_variable);
  }
}

// tests/golden/cel/check/NAME.cel is an expression; NAME.txt what is said about it. kubernetes_NAME.cel is
// checked in that dialect.
TEST(CheckGolden, Issues) {
  for (const std::filesystem::path& input : test::GoldenInputs("cel/check", ".cel")) {
    Environment env(input.filename().string().starts_with("kubernetes_") ? Dialect::kKubernetes
                                                                         : Dialect::kStandard);
    DeclareForTests(env);
    std::string text = test::ReadFile(input);
    while (text.ends_with('\n')) text.pop_back();
    std::string out;
    for (const Issue& issue : CheckText(text, env).issues)
      out += Render(ToError(issue, text, "expression")) + "\n";
    std::filesystem::path golden = std::filesystem::path("cel/check") / input.filename();
    test::ExpectGolden(golden.replace_extension(".txt"), out);
  }
}

}  // namespace
}  // namespace guard::cel

#include "policies/cel/validate.h"

#include <gtest/gtest.h>

#include "policies/cel/environment.h"
#include "policies/cel/parser.h"
#include "tests/unit/cel/check_env.h"

namespace guard::cel {
namespace {

struct Case {
  std::string_view text;
  std::string_view issues;  // "text: message", one a line
};

class ValidateTest : public testing::Test {
 protected:
  ValidateTest() { DeclareForTests(env_); }

  std::string Issues(std::string_view text) {
    auto ast = Parse(text, env_.parse_options());
    if (!ast) return "does not parse: " + ast.error()[0].message;
    TypePool types;
    std::string out;
    for (const Issue& issue : Check(**ast, env_, types)) {
      if (!out.empty()) out += "\n";
      out += std::string(text.substr(issue.span.begin, issue.span.size())) + ": " + issue.message;
    }
    return out;
  }

  void Expect(std::initializer_list<Case> cases) {
    for (const Case& c : cases) EXPECT_EQ(Issues(c.text), c.issues) << c.text;
  }

  Environment env_{Dialect::kKubernetes};
};

TEST_F(ValidateTest, Durations) {
  Expect({{"duration('1h30m') < span", ""},
          {"duration('1h30') < span", "'1h30': invalid duration argument"},
          {"duration('320000000000s') < span", "'320000000000s': invalid duration argument"},
          {"duration(s) < span", ""},
          {"any.all(x, duration('x') < x)", "'x': invalid duration argument"}});
}

TEST_F(ValidateTest, Timestamps) {
  Expect({{"timestamp('2023-12-24T18:00:00Z') < t", ""},
          {"timestamp('2023-12-24') < t", "'2023-12-24': invalid timestamp argument"},
          {"timestamp(0) < t", ""},
          {"timestamp(253402300800) < t", "253402300800: invalid timestamp argument"}});
}

TEST_F(ValidateTest, RegularExpressions) {
  Expect({{"s.matches('^a+$')", ""},
          {"s.matches('a(b')", "'a(b': invalid matches argument"},
          {"matches(s, 'a(b')", "'a(b': invalid matches argument"},
          {"matches('a(b', s)", ""},
          {"s.matches('(?<=a)b')", "'(?<=a)b': invalid matches argument"},
          {"s.matches('a(' + s)", ""}});
}

TEST_F(ValidateTest, LiteralsHaveOneType) {
  Expect({{"[1, 2] == ints", ""},
          {"[1, 'a'] == anys", "'a': expected type 'int' but found 'string'"},
          {"[1, 'a', 'b', true] == anys", "'a': expected type 'int' but found 'string'"},
          {"[i, any] == anys", "any: expected type 'int' but found 'dyn'"},
          {"[any, any] == anys", ""},
          {"[?maybe, 1] == ints", ""},
          {"[?maybe, 'a'] == anys", "'a': expected type 'int' but found 'string'"},
          {"[[], [1]] == [ints]", ""},
          {"{'a': 1, 'b': 2} == any", ""},
          {"{'a': 1, 2: 'b'} == any",
           "2: expected type 'string' but found 'int'\n'b': expected type 'int' but found 'string'"},
          {"{?'a': maybe, 'b': 1} == any", ""},
          {"'%s %d'.format(['a', 1]) == s", ""},
          {"'%s'.format([{'a': 1, 'b': ['c', 1]}]) == s", ""},
          {"'%s'.format([[1, 'a'] == anys]) == s", "'a': expected type 'int' but found 'string'"}});
}

TEST_F(ValidateTest, WhatDoesNotCheckIsNotValidated) {
  Expect({{"duration('x') + 1 == span",
           "duration('x') + 1: found no matching overload for '_+_' applied to '(duration, int)'"}});
}

TEST(Validate, TheStandardDialectLeavesLiteralsToTheEvaluation) {
  Environment env(Dialect::kStandard);
  auto ast = Parse("[1, 'a'] == [duration('x')]", env.parse_options());
  ASSERT_TRUE(ast);
  TypePool types;
  EXPECT_TRUE(Check(**ast, env, types).empty());
}

}  // namespace
}  // namespace guard::cel

// The grammar: what a text parses to, and what is said about a text that does not parse.
#include "policies/cel/parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "tests/support/golden.h"

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

TEST(Parser, Trees) {
  const Case kCases[] = {
      {"a", "a"},
      {".a", ".a"},
      {".a.b", ".a.b"},
      {"a.b.c", "a.b.c"},
      {"a.`b-c/d e`.f", "a.`b-c/d e`.f"},
      {"a.as.break.namespace", "a.as.break.namespace"},
      {"a.b(1, 2)", "a.b(1, 2)"},
      {"a.as()", "a.as()"},
      {"f()", "f()"},
      {".f(x)", ".f(x)"},
      {"a[0]", "_[_](a, 0)"},
      {"a.?b", "_?._(a, \"b\")"},
      {"a.?`b-c`", "_?._(a, \"b-c\")"},
      {"a[?'b']", "_[?_](a, \"b\")"},
      {"[1, ?a, 2,]", "[1, ?a, 2]"},
      {"[]", "[]"},
      {"{}", "{}"},
      {"{'a': 1, ?'b': c,}", "{\"a\": 1, ?\"b\": c}"},
      {"A{}", "A{}"},
      {".a.b.C{d: 1, ?e: f, `g-h`: 2,}", ".a.b.C{d: 1, ?e: f, `g-h`: 2}"},
      {"A{in: 1}", "1:3: 'in' is a keyword and cannot be used as a field name"},
      {"A{as: 1}.b", "A{as: 1}.b"},
      {"(a)", "a"},
      {"a ? b : c", "_?_:_(a, b, c)"},
      {"a ? b : c ? d : e", "_?_:_(a, b, _?_:_(c, d, e))"},
      {"a || b && c", "_||_(a, _&&_(b, c))"},
      {"a && b && c && d", "_&&_(_&&_(a, b), _&&_(c, d))"},
      {"a || b || c", "_||_(_||_(a, b), c)"},
      {"a < b == c", "_==_(_<_(a, b), c)"},
      {"a in b", "@in(a, b)"},
      {"a == b != c", "_!=_(_==_(a, b), c)"},
      {"a <= b >= c > d", "_>_(_>=_(_<=_(a, b), c), d)"},
      {"a + b * c - d", "_-_(_+_(a, _*_(b, c)), d)"},
      {"a * b / c % d", "_%_(_/_(_*_(a, b), c), d)"},
      {"a - b - c", "_-_(_-_(a, b), c)"},
      {"!a", "!_(a)"},
      {"!!a", "a"},
      {"!!!a", "!_(a)"},
      {"-a", "-_(a)"},
      {"--a", "a"},
      {"-1", "-1"},
      {"- 1", "-1"},
      {"--1", "1"},
      {"---1", "-_(1)"},
      {"!-1", "!_(-1)"},
      {"-1.f()", "-1.f()"},
      {"-1u", "-_(1u)"},
      {"-1.5", "-1.5"},
      {"1-1", "_-_(1, 1)"},
      {"1 - -1", "_-_(1, -1)"},
      {"42.f(1)", "42.f(1)"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-0x8000000000000000", "-9223372036854775808"},
      {"a // comment\n + b", "_+_(a, b)"},
      {"\"a\" + 'b'", "_+_(\"a\", \"b\")"},
      {"[null, true, false]", "[null, true, false]"},
      {"not(a)", "not(a)"},
      {"and", "and"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text), c.tree) << c.text;
}

}  // namespace
}  // namespace guard::cel

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

std::string Repeat(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

// Each tests/golden/cel/parse/*.cel is one mistake, or several; the .txt beside it is what is said about it.
TEST(Parser, Mistakes) {
  for (const std::filesystem::path& file : test::GoldenInputs("cel/parse", ".cel")) {
    std::string text = test::ReadFile(file);
    if (text.ends_with('\n')) text.pop_back();
    auto ast = Parse(text);
    ASSERT_FALSE(ast) << file << " parses";
    std::string out;
    for (const Issue& issue : ast.error())
      out += Render(ToError(issue, text, file.filename().string())) + "\n";
    test::ExpectGolden(std::filesystem::path("cel/parse") / file.filename().replace_extension(".txt"), out);
  }
}

TEST(Parser, Spans) {
  auto ast = Parse("(a + b).c[0] && x.all(i, i > 0)");
  ASSERT_TRUE(ast);
  auto text = [&](Span span) { return (*ast)->text.substr(span.begin, span.size()); };
  const Expr& both = *(*ast)->root;
  EXPECT_EQ(text(both.span), "(a + b).c[0] && x.all(i, i > 0)");
  EXPECT_EQ(text(both.name_span), "&&");
  const Expr& index = *both.args[0];
  EXPECT_EQ(text(index.span), "(a + b).c[0]");
  const Expr& select = *index.args[0];
  EXPECT_EQ(text(select.span), "(a + b).c");
  EXPECT_EQ(text(select.name_span), "c");
  EXPECT_EQ(text(select.target->span), "a + b");
  EXPECT_EQ(text(select.target->name_span), "+");
  const Expr& all = *both.args[1];
  EXPECT_EQ(text(all.span), "x.all(i, i > 0)");
  EXPECT_EQ(text(all.name_span), "all");
  EXPECT_EQ(text(all.loop_step->span), "i > 0");
}

TEST(Parser, OptionsSwitchSyntaxOff) {
  const Case kCases[] = {
      {"a.?b", "1:2: optional fields (a.?b) are not supported here"},
      {"a[?b]", "1:2: optional indexing (a[?b]) is not supported here"},
      {"[?a]", "1:2: optional elements (?) are not supported here"},
      {"{?a: b}", "1:2: optional elements (?) are not supported here"},
      {"A{?a: b}", "1:3: optional elements (?) are not supported here"},
      {"a.`b`", "1:3: field names in backticks are not supported here"},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(Parsed(c.text, {.optional_syntax = false, .quoted_fields = false}), c.tree) << c.text;
}

TEST(Parser, NestingIsBounded) {
  for (auto [open, close] :
       {std::pair("(", ")"), std::pair("[", "]"), std::pair("{1:", "}"), std::pair("f(", ")"),
        std::pair("a[", "]"), std::pair("A{b:", "}"), std::pair("-(", ")"), std::pair("a.all(x, ", ")")}) {
    EXPECT_TRUE(Parse(Repeat(open, 100) + "1" + Repeat(close, 100))) << open;
    std::string deep = Repeat(open, 5000) + "1" + Repeat(close, 5000);
    EXPECT_NE(Parsed(deep).find("nested too deeply"), std::string::npos) << open;
    EXPECT_NE(Parsed(Repeat(open, 10'000)).find("nested too deeply"), std::string::npos) << open;
  }
  EXPECT_NE(Parsed(Repeat("!-", 10'000) + "a").find("cannot follow"), std::string::npos);
  EXPECT_NE(Parsed(Repeat("a?", 10'000) + "a").find("needs brackets"), std::string::npos);
}

TEST(Parser, LongFlatChainsWork) {
  for (std::string_view link : {"1+", "a.b.", "a[0]+", "!", "-", "a?b:", "a==", "a.b().", "'a'+"})
    EXPECT_TRUE(Parse(Repeat(link, 400) + "a")) << link;
  EXPECT_TRUE(Parse(Repeat("a && ", 15'000) + "a"));
  EXPECT_TRUE(Parse(Repeat("a || ", 15'000) + "a"));
  EXPECT_TRUE(Parse("[" + Repeat("1, ", 30'000) + "]"));
  EXPECT_TRUE(Parse("f(" + Repeat("1, ", 30'000) + "1)"));
  EXPECT_TRUE(Parse(Repeat("!", 90'000) + "a"));
}

TEST(Parser, HeightIsBounded) {
  for (std::string_view link : {"1+", "a.", "a?b:", "a==", "a.b()."}) {
    std::string parsed = Parsed(Repeat(link, 10'000) + "a");
    EXPECT_NE(parsed.find("nested too deeply"), std::string::npos) << link << parsed.substr(0, 200);
  }
  // Every node knows its height, macros included.
  auto ast = Parse(Repeat("a.map(x, ", 50) + "1" + Repeat(")", 50) + Repeat(" + 1", 50));
  ASSERT_TRUE(ast);
  std::function<uint32_t(const Expr*)> measure = [&](const Expr* e) -> uint32_t {
    if (!e) return 0;
    uint32_t below = 0;
    for (const Expr* child : e->args) below = std::max(below, measure(child));
    for (const Expr* child :
         {e->target, e->iter_range, e->accu_init, e->loop_condition, e->loop_step, e->result})
      below = std::max(below, measure(child));
    EXPECT_EQ(e->height, below + 1);
    return below + 1;
  };
  measure((*ast)->root);
}

TEST(Parser, SizeIsBounded) {
  EXPECT_EQ(Parsed(Repeat(" ", 100'001)), "1:1: the expression is longer than 100000 bytes");
  EXPECT_EQ(Parsed(Repeat(" ", 100'000) + ""), "1:100001: the expression is empty");
}

TEST(Parser, IssuesAreInOrderAndNotTooMany) {
  auto ast = Parse(Repeat("f(a b), ", 1000));
  ASSERT_FALSE(ast);
  auto list = Parse("[" + Repeat("(a b), ", 1000) + "@]");
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().size(), 20u);
  EXPECT_TRUE(std::is_sorted(list.error().begin(), list.error().end(),
                             [](const Issue& a, const Issue& b) { return a.span.begin < b.span.begin; }));
}

TEST(Parser, PlacesCountCodePoints) {
  std::string text = "'\xC3\xA9\xC3\xA9' + '\xF0\x9F\x98\xAC' +\r\n  '\xC3\xA9' * @\r\n";
  auto ast = Parse(text);
  ASSERT_FALSE(ast);
  Error error = ToError(ast.error()[0], text, "rule.cel");
  EXPECT_EQ(ToString(error), "rule.cel:2:9: unexpected character '@'");
  EXPECT_EQ(error.line_text, "  '\xC3\xA9' * @");
  EXPECT_EQ(error.caret_length, 1u);
}

}  // namespace
}  // namespace guard::cel

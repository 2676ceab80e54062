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

TEST(Macros, OtherShapesStayCalls) {
  for (std::string_view text :
       {"has(a, b)", "a.has(b)", "all(a, b)", "a.all(b)", "a.map(x)", "a.bind(x, y, z)", "a.least(b)"})
    EXPECT_EQ(Parsed(text), text);
  EXPECT_EQ(Parsed("has(a.b) && a.all(x, x)", {.macros = false}), "_&&_(has(a.b), a.all(x, x))");
}

}  // namespace
}  // namespace guard::cel

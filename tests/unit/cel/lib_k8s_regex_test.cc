#include "run_expression.h"

namespace guard::cel::test {
namespace {

TEST(LibKubernetesRegex, Find) {
  ExpectAll(
      {
          {"'abc 123'.find('[0-9]+')", "\"123\""},
          {"'abc 123'.find('[0-9]*')", "\"\""},
          {"'abc 123'.find('xyz')", "\"\""},
          {"''.find('^$')", "\"\""},
          {"'123 abc 456'.findAll('[0-9]+')", "[\"123\", \"456\"]"},
          {"'123 abc 456'.findAll('[0-9]*')", "[\"123\", \"\", \"\", \"\", \"\", \"456\"]"},
          {"'123 abc 456'.findAll('[0-9]+', 1)", "[\"123\"]"},
          {"'123 abc 456'.findAll('[0-9]+', 0)", "[]"},
          {"'123 abc 456'.findAll('[0-9]+', -1)", "[\"123\", \"456\"]"},
          {"'123 abc 456'.findAll('xyz')", "[]"},
          {"'baaab'.findAll('a*')", "[\"\", \"aaa\", \"\"]"},
          {"'äö'.findAll('')", "[\"\", \"\", \"\"]"},
          {"'äöü'.findAll('.')", "[\"ä\", \"ö\", \"ü\"]"},
          {"'ab'.findAll('^.')", "[\"a\"]"},
          {"'a(b'.find('a' + '(')", "error: "},
          {"dyn('a').findAll('a' + '[')", "error: "},
      },
      Dialect::kKubernetes);
}

TEST(LibKubernetesRegex, Costs) {
  for (const char* expression : {"'abc 123 def 123'.find('123')", "'abc 123 def 123'.findAll('123')",
                                 "'abc 123 def 123'.findAll('123', 1)"})
    EXPECT_EQ(RunExpression(expression, EnvironmentOf(Dialect::kKubernetes)).cost, 2u) << expression;
}

}  // namespace
}  // namespace guard::cel::test

#include <gtest/gtest.h>

#include "policies/document/document.h"

namespace guard {
namespace {

struct Case {
  const char* text;
  const char* error;  // line:column: message
  const char* hint;   // a part of it
};

TEST(YamlError, SaysWhatIsWrongAndWhatToDo) {
  const Case kCases[] = {
      {"a:\n\tb: 1\n", "2:1: a tab is used for indentation", "spaces only"},
      {"a:\n  b: 1\n\tc: 1\n", "3:1: a tab is used for indentation", "spaces only"},
      {"a: {{ .Values.x }}\n", "1:5: a map or list cannot be a key", "helm template"},
      {"{{- if .Values.x }}\na: 1\n{{- end }}\n", "1:2: a map or list cannot be a key", "helm template"},
      {"a: 1\n{{- if .Values.x }}\nb: 1\n{{- end }}\n", "2:1: a key without ':'", "helm"},
      {"a: 1\nb:c\nd: 1\n", "2:1: a key without ':'", "and a space"},
      {"a: b: c\n", "1:5: a key and its ':' are not possible here", "quote"},
      {"a:\n  b: 1\n c: 2\n", "3:2: expected a key here (in a map that begins at line 1)", "same column"},
      {"a: [1, 2\nb: 3\n", "2:2: expected ',' or ']' here (in a list in brackets that begins at line 1)",
       "still open"},
      {"a: {b: 1\nc: 3\n", "2:2: expected ',' or '}' here (in a map in braces that begins at line 1)",
       "still open"},
      {"a: 'x\nb: y\n", "1:4: a quoted string is never closed", ""},
      {"a: \"x\n---\nb\"\n", "1:4: a quoted string is never closed", "inside a quoted string"},
      {"a: \"\\d\"\n", "1:5: unknown escape in a double-quoted string", "backslash"},
      {"a: @x\n", "1:4: a value cannot begin with '@'", "quote it"},
      {"a: `x`\n", "1:4: a value cannot begin with '`'", "quote it"},
      {"a: %x\n", "1:4: a value cannot begin with '%'", "quote it"},
      {"- a\nb: 1\n", "2:1: expected a list item ('- ') here (in a list that begins at line 1)",
       "same column"},
      {"a: - b\n", "1:4: a list item is not possible here", "line of its own"},
      {"a: !x!y z\n", "1:4: a tag with an unknown prefix", ""},
      {"%YAML 3.0\n---\na\n", "1:1: this version of YAML is not supported", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    Source source("f", c.text);
    Documents read = ReadYaml(source, YamlSchema::kKubernetes);
    ASSERT_TRUE(read.error);
    EXPECT_EQ(ToString(*read.error), "f:" + std::string(c.error));
    EXPECT_NE(read.error->hint.find(c.hint), std::string::npos) << read.error->hint;
    EXPECT_FALSE(read.error->line_text.empty());
  }
}

TEST(YamlError, ExpressionsOfGithubAreNoTemplates) {
  Source source("f", "a: ${{ x }}\nb: [\n");
  Documents read = ReadYaml(source, YamlSchema::kCore12);
  ASSERT_TRUE(read.error);
  EXPECT_EQ(read.error->hint.find("template"), std::string::npos);
}

}  // namespace
}  // namespace guard

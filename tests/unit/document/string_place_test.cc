#include <gtest/gtest.h>

#include "policies/document/document.h"

namespace guard {
namespace {

// Each case is a YAML document with the string under `a`; every "@" in the value is asked for, and must be
// the next
// "@" of the source.
TEST(SourceOffset, FindsEveryMarkedByte) {
  const char* kCases[] = {
      "a: x@y@\n",
      "a: x @y\n  @z\n\n  @\n",
      "a: x\\n@\n  y\\@ '@\n",
      "a: '@it''s@ @'\n",
      "a: 'x @\n  y@  \n\n\n @z'\n",
      "a: \"@\\t@\\u00e9@\\x41@\\U0001F600@\\\\@ \\\"@é@\"\n",
      "a: \"x@ \\\n    @y\n  z@\n\n  @\"\n",
      "a: \"\\N@\\_@\\L@\\P@\\e@\"\n",
      "a: |\n  @x\n    y@\n\n  @z\n",
      "a: |2-\n    @x\n  y@\n",
      "a: |-  # comment\n\n\n  @x\r\n  y@\r\n",
      "a: >\n  x@\n  @y\n\n  @z\n    @more\n  @back\n\n\n  @end\n",
      "b:\n  - &x |\n    z@\n    q@\na: *x\n",
      "a: é@日本@\n",
  };
  for (const char* text : kCases) {
    SCOPED_TRACE(text);
    Source source("file", text);
    Documents read = ReadYaml(source, YamlSchema::kKubernetes);
    ASSERT_FALSE(read.error) << Render(*read.error);
    const Node* node = read.all[0].root.Find("a");
    if (source.text().starts_with("b:")) node = &read.all[0].root.Find("b")->list()[0];
    size_t place = 0;
    for (uint32_t offset = 0; offset < node->size; ++offset) {
      if (node->string()[offset] != '@') continue;
      place = source.text().find('@', place);
      EXPECT_EQ(SourceOffset(source, *node, offset), place) << "offset " << offset;
      ++place;
    }
    EXPECT_EQ(source.text().find('@', place), std::string_view::npos) << "not all were asked for";
  }
}

TEST(SourceOffset, FindsThemInJson) {
  Source source("file", R"({"a": "@\n@\u00e9@\ud83d\ude00@\/@"})");
  Documents read = ReadJson(source);
  const Node* node = read.all[0].root.Find("a");
  size_t place = 0;
  for (uint32_t offset = 0; offset < node->size; ++offset) {
    if (node->string()[offset] != '@') continue;
    place = source.text().find('@', place);
    EXPECT_EQ(SourceOffset(source, *node, offset), place++);
  }
}

TEST(SourceOffset, StaysInsideTheSpan) {
  Source source("file", "a: &x \"\\n\"\nb: *x\nc: 1\n");
  Documents read = ReadYaml(source, YamlSchema::kKubernetes);
  for (const Entry& entry : read.all[0].root.map())
    for (uint32_t offset : {0u, 1u, 2u, 1000u}) {
      uint32_t at = SourceOffset(source, entry.value, offset);
      EXPECT_TRUE(entry.value.span.begin <= at && at <= entry.value.span.end);
    }
}

}  // namespace
}  // namespace guard

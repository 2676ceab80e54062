#include "policies/document/value.h"

#include <gtest/gtest.h>

#include "policies/document/document.h"

namespace guard {
namespace {

const char* kStrings[] = {
    "plain",
    "two words",
    "",
    " ",
    "x ",
    " x",
    "yes",
    "y",
    "on",
    "null",
    "~",
    "12",
    "0x1F",
    "1e3",
    "22:22",
    ".inf",
    "<<",
    "=",
    "-",
    "- x",
    "--flag",
    "---",
    "...",
    "a: b",
    "a:b",
    "a:",
    "#x",
    "a #b",
    "a#b",
    "[x",
    "x]",
    "{",
    "a,b",
    "&a",
    "*a",
    "!t",
    "|",
    ">",
    "%x",
    "@x",
    "`x",
    "'",
    "it's",
    "\"q\"",
    "a\\b",
    "a\nb",
    "a\tb",
    "a\rb",
    "é日😀",
    "\xC2\x85",
    "\xE2\x80\xA8",
    "\xEF\xBB\xBF",
    "\x7F",
    "?",
    "? x",
    ":",
    ": x",
    ":x",
    "http://x:80/y",
    "2001-01-01",
    "1_000",
    "{{ x }}",
    "${{ x }}",
    "true",
    "!!str x",
};

// Whatever is written is read as the same string, by every schema, in every style, as a value and as a key.
TEST(StringText, ReadsBackAsItself) {
  for (std::string_view text : kStrings) {
    for (QuoteStyle quotes : {QuoteStyle::kNone, QuoteStyle::kSingle, QuoteStyle::kDouble}) {
      for (YamlSchema schema : {YamlSchema::kKubernetes, YamlSchema::kYaml11, YamlSchema::kCore12}) {
        std::string block = StringText(text, quotes, false, false),
                    flow = StringText(text, quotes, true, false);
        std::string key = StringText(text, QuoteStyle::kNone, false, false);
        Source source("f", key + ": " + block + "\nflow: [" + flow + ", {" + flow + ": " + flow + "}]\n");
        SCOPED_TRACE(source.text());
        Documents read = ReadYaml(source, schema);
        ASSERT_FALSE(read.error) << Render(*read.error);
        const Node& root = read.all[0].root;
        EXPECT_EQ(root.entries[0].key(), text);
        EXPECT_EQ(root.entries[0].value.string(), text);
        EXPECT_TRUE(root.entries[0].value.is_string());
        const Node& list = root.entries[1].value;
        EXPECT_EQ(list.items[0].string(), text);
        EXPECT_EQ(list.items[1].entries[0].key(), text);
        EXPECT_EQ(list.items[1].entries[0].value.string(), text);
      }
    }
    Arena arena;
    Result<Node> json = ReadJsonValues(StringText(text, QuoteStyle::kNone, true, true), arena);
    ASSERT_TRUE(json) << text;
    EXPECT_EQ(json->string(), text);
  }
}

TEST(StringText, QuotesOnlyWhereItMust) {
  EXPECT_EQ(StringText("registry.example.com/a:1.2", QuoteStyle::kNone, false, false),
            "registry.example.com/a:1.2");
  EXPECT_EQ(StringText("--flag=x", QuoteStyle::kNone, false, false), "--flag=x");
  EXPECT_EQ(StringText("on", QuoteStyle::kNone, false, false), "\"on\"");
  EXPECT_EQ(StringText("say \"x\": y", QuoteStyle::kNone, false, false), "'say \"x\": y'");
  EXPECT_EQ(StringText("a\nb", QuoteStyle::kSingle, false, false), "\"a\\nb\"");
}

TEST(BlockText, WritesTreesInTheAuthorsStyle) {
  Arena arena;
  Value value(*ReadJsonValues(R"({"a": {"b": [1, {"c": null, "d": [[2]]}], "e": {}}, "f": []})", arena));
  EXPECT_EQ(BlockText(value, 0, {"\n", 2, 0}),
            "a:\n  b:\n  - 1\n  - c: null\n    d:\n    - - 2\n  e: {}\nf: []");
  EXPECT_EQ(BlockText(value, 1, {"\n", 3, 2}),
            "a:\n    b:\n      - 1\n      - c: null\n        d:\n          - - 2\n    e: {}\n f: []");
}

TEST(FlowText, WritesJsonAndYaml) {
  Arena arena;
  Value value(*ReadJsonValues(R"({"a": [1, "x", {"b": true}], "c": {}})", arena));
  FlowLayout yaml;
  EXPECT_EQ(FlowText(value, yaml), "{a: [1, x, {b: true}], c: {}}");
  FlowLayout json;
  json.json = json.tight = true;
  EXPECT_EQ(FlowText(value, json), R"({"a":[1,"x",{"b":true}],"c":{}})");
  json.tight = false, json.many_lines = true, json.indent = " ";
  EXPECT_EQ(
      FlowText(value, json),
      "{\n   \"a\": [\n     1,\n     \"x\",\n     {\n       \"b\": true\n     }\n   ],\n   \"c\": {}\n }");
}

}  // namespace
}  // namespace guard

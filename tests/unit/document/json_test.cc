#include "policies/document/json.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

std::string ErrorOf(std::string_view text) {
  Source source("f", std::string(text));
  Documents read = ReadJson(source);
  Arena arena;
  Result<Node> values = ReadJsonValues(text, arena);
  EXPECT_EQ(values.has_value(), !read.error && read.all.size() == 1) << text;
  return read.error ? ToString(*read.error) : "";
}

TEST(Json, ReadsValuesWithPlaces) {
  Source source("f",
                "{\"a\": [1, -2.5e1, true,\n false, null, \"x\\n\\u00e9\\ud83d\\ude00\"],\n \"b c\": {}}");
  Documents read = ReadJson(source);
  ASSERT_FALSE(read.error) << Render(*read.error);
  const Node& root = read.all[0].root;
  const Node* list = root.Find("a");
  ASSERT_EQ(list->size, 6u);
  EXPECT_EQ(list->items[0].integer, 1);
  EXPECT_EQ(list->items[1].real, -25.0);
  EXPECT_TRUE(list->items[2].boolean);
  EXPECT_EQ(list->items[3].kind, NodeKind::kBool);
  EXPECT_TRUE(list->items[4].is_null());
  EXPECT_EQ(list->items[5].string(), "x\né😀");
  EXPECT_EQ(source.text(list->items[1].span), "-2.5e1");
  EXPECT_EQ(source.text(list->items[5].span), "\"x\\n\\u00e9\\ud83d\\ude00\"");
  EXPECT_EQ(source.text(root.FindEntry("b c")->key_span), "\"b c\"");
  EXPECT_EQ(source.text(root.Find("b c")->span), "{}");
  EXPECT_EQ(root.span, (Span{0, static_cast<uint32_t>(source.text().size())}));
}

TEST(Json, Numbers) {
  const struct {
    const char* text;
    NodeKind kind;
    double value;
  } kCases[] = {
      {"0", NodeKind::kInt, 0},
      {"-0", NodeKind::kInt, 0},
      {"9223372036854775807", NodeKind::kInt, 9223372036854775807.0},
      {"-9223372036854775808", NodeKind::kInt, -9223372036854775808.0},
      {"9223372036854775808", NodeKind::kDouble, 9223372036854775808.0},
      {"18446744073709551615", NodeKind::kDouble, 18446744073709551615.0},
      {"123456789012345678901234567890", NodeKind::kDouble, 123456789012345678901234567890.0},
      {"1.0", NodeKind::kDouble, 1},
      {"1e3", NodeKind::kDouble, 1000},
      {"1E-400", NodeKind::kDouble, 0},
  };
  for (const auto& c : kCases) {
    Arena arena;
    Result<Node> node = ReadJsonValues(c.text, arena);
    ASSERT_TRUE(node) << c.text;
    EXPECT_EQ(node->kind, c.kind) << c.text;
    EXPECT_EQ(node->kind == NodeKind::kInt ? static_cast<double>(node->integer) : node->real, c.value)
        << c.text;
  }
}

TEST(Json, Refuses) {
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"", "f:1:1: expected a value, but the text is empty"},
      {" \n", "f:1:1: expected a value, but the text is empty"},
      {"{", "f:1:1: this '{' is never closed"},
      {"{\"a\": [1, 2", "f:1:7: this '[' is never closed"},
      {"[1, 2", "f:1:1: this '[' is never closed"},
      {"[1,\n 2,\n]", "f:3:1: expected a value, found ']'"},
      {"{\"a\":1,}", "f:1:8: expected a key in double quotes, found '}'"},
      {"{a: 1}", "f:1:2: expected a key in double quotes, found 'a'"},
      {"{\"a\" 1}", "f:1:6: expected ':', found '1'"},
      {"{\"a\":}", "f:1:6: expected a value, found '}'"},
      {"[1 2]", "f:1:4: expected ',' or ']', found '2'"},
      {"{\"a\":1 \"b\":2}", "f:1:8: expected ',' or '}', found '\"'"},
      {"[01]", "f:1:2: '01' is no number"},
      {"[1.]", "f:1:2: '1.' is no number"},
      {"[.5]", "f:1:2: expected a value, found '.'"},
      {"[+1]", "f:1:2: expected a value, found '+'"},
      {"[-]", "f:1:2: '-' is no number"},
      {"[1e]", "f:1:2: '1e' is no number"},
      {"[1x]", "f:1:2: '1x' is no number"},
      {"[1\"a\"]", "f:1:2: '1\"a\"' is no number"},
      {"[1e999]", "f:1:2: the number is too large"},
      {"[tru]", "f:1:2: expected a value, found 't'"},
      {"[truee]", "f:1:2: expected a value, found 't'"},
      {"[NaN]", "f:1:2: expected a value, found 'N'"},
      {"['a']", "f:1:2: expected a value, found '\''"},
      {"[\"a", "f:1:2: the string is never closed"},
      {"[\"a\n\"]", "f:1:2: the string is not closed on its line"},
      {"[\"a\tb\"]", "f:1:4: a control character inside a string"},
      {"[\"é\\x\"]", "f:1:4: unknown escape in a string"},
      {"[\"\\u12\"]", "f:1:3: \\u takes four hexadecimal digits"},
      {"[\"\\ud800\"]", "f:1:3: half of a surrogate pair"},
      {"[\"\\ud800\\u0041\"]", "f:1:3: half of a surrogate pair"},
      {"[\"\\udc00\"]", "f:1:3: half of a surrogate pair"},
      {"[1] // c", "f:1:5: expected a value, found '/'"},
      {"{\"a\": 1, \"b\": 2,\n\"a\": 3}", "f:2:1: the key 'a' is already set at line 1, column 2"},
      {"{\"a\": 1, \"\\u0061\": 3}", "f:1:10: the key 'a' is already set at line 1, column 2"},
      {"[\"\xC3(\"]", "f:1:3: byte 0xC3 is not valid UTF-8 here"},
      {"]", "f:1:1: expected a value, found ']'"},
      {"[}", "f:1:2: expected a value, found '}'"},
      {"[1}", "f:1:3: expected ',' or ']', found '}'"},
  };
  for (const auto& c : kCases) EXPECT_EQ(ErrorOf(c.text), c.error) << c.text;
}

TEST(Json, ReadsLinesAsDocumentsAndKeepsThoseBeforeAnError) {
  Source source("f", "{\"a\":1}\n{\"b\":2}\n[3\n");
  Documents read = ReadJson(source);
  ASSERT_EQ(read.all.size(), 2u);
  EXPECT_EQ(read.all[1].root.Find("b")->integer, 2);
  EXPECT_EQ(read.all[1].index, 1u);
  EXPECT_EQ(ToString(*read.error), "f:3:1: this '[' is never closed");
  Arena arena;
  Result<Node> values = ReadJsonValues("1\n 2", arena);
  ASSERT_FALSE(values);
  EXPECT_EQ(ToString(values.error()), "2:2: something follows the value");
}

TEST(Json, AllowsAByteOrderMark) {
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{\"a\": \"\\n\"}"), "");
  EXPECT_EQ(ErrorOf("\xEF\xBB\xBF{\"a\" 1}"), "f:1:6: expected ':', found '1'");
}

TEST(Json, BoundsNesting) {
  EXPECT_EQ(ErrorOf(std::string(200, '[') + std::string(200, ']')), "");
  EXPECT_EQ(ErrorOf(std::string(10'000, '[') + std::string(10'000, ']')),
            "f:1:201: nested deeper than 200 levels");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(ErrorOf(objects), "f:1:1001: nested deeper than 200 levels");
}

TEST(Json, FindsADuplicateAmongVeryMany) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"key" + std::to_string(i) + "\":1,\n";
  EXPECT_EQ(ErrorOf(text + "\"x\":1}"), "");
  EXPECT_EQ(ErrorOf(text + "\"key77\":2}"),
            "f:100001:1: the key 'key77' is already set at line 78, column 1");
}

// Keys that collide in KeyHash by construction must not make maps slow, and never equal.
TEST(Json, KeysThatCollideAreTold) {
  std::vector<std::string> same;
  uint32_t wanted = KeyHash("collision");
  for (uint32_t i = 0; i < 200'000 && same.size() < 3; ++i) {
    std::string key = "k" + std::to_string(i);
    if ((KeyHash(key) & 0xFFFF) == (wanted & 0xFFFF)) same.push_back(key);
  }
  std::string text = "{";
  for (const std::string& key : same) text += "\"" + key + "\":1,";
  EXPECT_EQ(ErrorOf(text + "\"collision\":1}"), "");
}

TEST(Json, AReaderIsUsedAgainAfterAnError) {
  JsonReader reader;
  Arena arena;
  EXPECT_FALSE(reader.ReadValues("{\"a\": [[", arena));
  Result<Node> node = reader.ReadValues("{\"a\": [" + std::string(10'000, ' ') + "1]}", arena);
  ASSERT_TRUE(node);
  EXPECT_EQ(node->Find("a")->items[0].integer, 1);
  EXPECT_FALSE(reader.ReadValues("", arena));
}

TEST(Json, ValuesDoNotNeedTheirText) {
  Arena arena;
  Node node;
  {
    std::string text = "{\"key\": \"value\", \"b\": \"\\t\"}";
    node = *ReadJsonValues(text, arena);
    text.assign(text.size(), '!');
  }
  EXPECT_EQ(node.FindString("key"), "value");
  EXPECT_EQ(node.FindString("b"), "\t");
  EXPECT_EQ(node.Find("key")->span, Span{});
}

}  // namespace
}  // namespace guard

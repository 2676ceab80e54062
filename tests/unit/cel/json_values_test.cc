#include "policies/cel/json_values.h"

#include "gtest/gtest.h"
#include "policies/document/document.h"

namespace guard::cel {
namespace {

std::string RoundTrip(std::string_view json) {
  Arena arena;
  Result<Node> node = ReadJsonValues(json, arena);
  if (!node) return "no JSON: " + node.error().message;
  Result<Value> value = ReadTypedValue(*node, arena);
  if (!value) return "error: " + value.error().message;
  return WriteTypedValue(*value).value_or("cannot be written");
}

TEST(JsonValues, GoBothWays) {
  for (const char* json : {
           R"({"null":null})",
           R"({"bool":true})",
           R"({"int":"-9223372036854775808"})",
           R"({"uint":"18446744073709551615"})",
           R"({"double":"1.5"})",
           R"({"double":"NaN"})",
           R"({"double":"-Infinity"})",
           R"({"string":"a\"\\\n\u0001é"})",
           R"({"bytes":"AP8="})",
           R"({"timestamp":"2009-02-13T23:31:30.5Z"})",
           R"({"duration":"-1.000000001s"})",
           R"({"type":"list"})",
           R"({"type":"google.protobuf.Timestamp"})",
           R"({"optional":null})",
           R"({"optional":{"int":"1"}})",
           R"({"list":[{"int":"1"},{"list":[]}]})",
           R"({"map":[[{"string":"a"},{"uint":"1"}],[{"int":"2"},{"map":[]}]]})",
       })
    EXPECT_EQ(RoundTrip(json), json);
  EXPECT_EQ(RoundTrip(R"({"duration_parts":[123,321456789]})"), R"({"duration":"123.321456789s"})");
  EXPECT_EQ(RoundTrip(R"({"timestamp_parts":[0,5]})"), R"({"timestamp":"1970-01-01T00:00:00.000000005Z"})");
}

TEST(JsonValues, WhatIsNoneIsRefused) {
  for (const char* json : {
           "1",
           "[]",
           "{}",
           R"({"int":1})",
           R"({"int":"1.5"})",
           R"({"int":"9223372036854775808"})",
           R"({"uint":"-1"})",
           R"({"double":"x"})",
           R"({"bytes":"?"})",
           R"({"timestamp":"today"})",
           R"({"duration":"1"})",
           R"({"type":"nothing"})",
           R"({"int":"1","uint":"1"})",
           R"({"what":"1"})",
           R"({"list":{}})",
           R"({"list":[1]})",
           R"({"map":[[{"int":"1"}]]})",
           R"({"map":[[{"double":"1"},{"int":"1"}]]})",
           R"({"map":[[{"int":"1"},{"int":"1"}],[{"uint":"1"},{"int":"1"}]]})",
           R"({"null":1})",
           R"({"bool":"true"})",
           R"({"duration_parts":[1]})",
           R"({"duration_parts":[1,-1]})",
           R"({"timestamp_parts":[999999999999,0]})",
       })
    EXPECT_TRUE(RoundTrip(json).starts_with("error: ")) << json << " -> " << RoundTrip(json);
}

TEST(JsonValues, TooMuchIsRefused) {
  Arena arena;
  auto nest = [&](int depth, uint32_t width) {
    Value v = Value::Int(1);
    for (int i = 0; i < depth; ++i) {
      Value* items = arena.AllocateArray<Value>(width);
      std::fill_n(items, width, v);
      v = Value::Items(items, width);
    }
    return v;
  };
  EXPECT_TRUE(WriteTypedValue(nest(100, 1)));
  EXPECT_FALSE(WriteTypedValue(nest(1000, 1)));
  EXPECT_TRUE(WriteTypedValue(nest(10, 2)));
  EXPECT_FALSE(WriteTypedValue(nest(100, 2)));  // small in memory
}

TEST(Batch, AnswersEveryLine) {
  struct {
    const char* line;
    const char* answer;
  } cases[] = {
      {R"({"expr":"1 + 1"})", R"({"value":{"int":"2"}})"},
      {R"({"expr":"x.y","bindings":{"x.y":{"bool":true}}})", R"({"value":{"bool":true}})"},
      {R"({"expr":"y","container":"x","bindings":{"x.y":{"int":"1"},"y":{"int":"2"}}})",
       R"({"value":{"int":"1"}})"},
      {R"({"expr":"1 / 0"})", R"({"error":"division by zero"})"},
      {R"({"expr":"x || true","disable_check":true})", R"({"value":{"bool":true}})"},
      {R"({"expr":"[1, 'a'][0] + 1","check_only":true})", R"({"value":{"null":null}})"},
      {R"j({"expr":"optional.of('\u00e9')"})j", "{\"value\":{\"optional\":{\"string\":\"\xc3\xa9\"}}}"},
  };
  for (const auto& c : cases) EXPECT_EQ(RunBatchLine(c.line), c.answer) << c.line;
}

TEST(Batch, BadLinesAreErrors) {
  for (const char* line :
       {"", "1", "{", "null", "[]", "{}", R"({"expr":1})", R"({"expr":"1","what":1})", R"({"expr":"1 +"})",
        R"({"expr":"nobody"})", R"({"expr":"1","bindings":{"x":1}})", R"({"expr":"1","bindings":[]})",
        R"({"expr":"1","expr":"2"})", "{\"expr\":\"\xff\"}", R"({"expr":"\ud800"})", R"({"expr":"1"} x)",
        R"j({"expr":"has(a)","disable_macros":true})j"})
    EXPECT_TRUE(RunBatchLine(line).starts_with("{\"error\":\"")) << line << " -> " << RunBatchLine(line);
}

}  // namespace
}  // namespace guard::cel

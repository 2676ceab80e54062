#include "webhook/admission/json_patch.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace guard {
namespace {

using nlohmann::json;

json Parse(const std::string& text) { return json::parse(text); }

TEST(ApplyPatch, DoesWhatTheRfcSays) {
  struct Case {
    const char* object;
    const char* patch;
    const char* expected;
  };
  const Case cases[] = {
      {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])", R"({"baz":"qux","foo":"bar"})"},
      {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
       R"({"foo":["bar","qux","baz"]})"},
      {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc"]}])",
       R"({"foo":["bar",["abc"]]})"},
      {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/1","value":1}])", R"({"foo":["bar",1]})"},
      {R"({"a":1})", R"([{"op":"add","path":"/a","value":2}])", R"({"a":2})"},
      {R"({"a":1})", R"([{"op":"add","path":"","value":[]}])", R"([])"},
      {R"({"foo":["a","b","c"]})", R"([{"op":"remove","path":"/foo/1"}])", R"({"foo":["a","c"]})"},
      {R"({"a":1,"b":2})", R"([{"op":"replace","path":"/a","value":null}])", R"({"a":null,"b":2})"},
      {R"({"a":{"b":1},"c":{}})", R"([{"op":"move","from":"/a/b","path":"/c/d"}])",
       R"({"a":{},"c":{"d":1}})"},
      {R"({"l":[1,2,3]})", R"([{"op":"move","from":"/l/0","path":"/l/2"}])", R"({"l":[2,3,1]})"},
      {R"({"a":[1]})", R"([{"op":"copy","from":"/a","path":"/a/0"}])", R"({"a":[[1],1]})"},
      {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10},{"op":"remove","path":"/~1"}])",
       R"({"~1":10})"},
      {R"({"":1})", R"([{"op":"replace","path":"/","value":2}])", R"({"":2})"},
      {R"({"a":1})", R"([{"op":"remove","path":"/a","value":"unknown members do not matter"}])", R"({})"},
  };
  for (const Case& c : cases) {
    Result<json> after = ApplyPatch(Parse(c.object), Parse(c.patch));
    ASSERT_TRUE(after) << c.patch << ": " << after.error().message;
    EXPECT_EQ(*after, Parse(c.expected)) << c.patch;
  }
}

TEST(ApplyPatch, RefusesWhatTheRfcRefuses) {
  struct Case {
    const char* patch;
    const char* message;
  };
  const Case cases[] = {
      {R"({})", "list of operations"},
      {R"([1])", "operation 0: an operation is no map"},
      {R"([{"path":"/a"}])", "no text 'op'"},
      {R"([{"op":"remove"}])", "no text 'path'"},
      {R"([{"op":"Add","path":"/a","value":1}])", "no operation 'Add'"},
      {R"([{"op":"add","path":"/x"}])", "no 'value'"},
      {R"([{"op":"remove","path":"a"}])", "starts with '/'"},
      {R"([{"op":"remove","path":"/~2"}])", "~0"},
      {R"([{"op":"remove","path":"/a~"}])", "~0"},
      {R"([{"op":"remove","path":""}])", "whole document"},
      {R"([{"op":"remove","path":"/nope"}])", "no 'nope'"},
      {R"([{"op":"replace","path":"/nope","value":1}])", "no 'nope'"},
      {R"([{"op":"add","path":"/no/pe","value":1}])", "no 'no'"},
      {R"([{"op":"add","path":"/text/x","value":1}])", "neither map nor list"},
      {R"([{"op":"add","path":"/list/3","value":1}])", "no place '3'"},
      {R"([{"op":"add","path":"/list/01","value":1}])", "no place '01'"},
      {R"([{"op":"remove","path":"/list/-"}])", "no item '-'"},
      {R"([{"op":"remove","path":"/list/2"}])", "no item '2'"},
      {R"([{"op":"remove","path":"/list/+1"}])", "no item '+1'"},
      {R"([{"op":"remove","path":"/list/18446744073709551616"}])", "no item"},
      {R"([{"op":"test","path":"/text","value":"b"}])", "another one"},
      {R"([{"op":"move","from":"/map","path":"/map/x"}])", "into itself"},
      {R"([{"op":"add","path":"/ok","value":1},{"op":"remove","path":"/nope"}])", "operation 1"},
  };
  const json object = Parse(R"({"text":"a","list":[1,2],"map":{"k":1}})");
  for (const Case& c : cases) {
    Result<json> after = ApplyPatch(object, Parse(c.patch));
    ASSERT_FALSE(after) << c.patch;
    EXPECT_NE(after.error().message.find(c.message), std::string::npos)
        << c.patch << ": " << after.error().message;
  }
}

TEST(ApplyPatch, BoundsWhatAPatchMayAskFor) {
  json doubling = json::array();
  for (int i = 0; i < 64; ++i)
    doubling.push_back({{"op", "copy"}, {"from", ""}, {"path", "/" + std::to_string(i)}});
  Result<json> bomb = ApplyPatch(Parse(R"({"a":1})"), doubling);
  ASSERT_FALSE(bomb);
  EXPECT_NE(bomb.error().message.find("copies too much"), std::string::npos);
  json many = json::array();
  for (int i = 0; i < 10'001; ++i) many.push_back({{"op", "add"}, {"path", "/a"}, {"value", i}});
  EXPECT_FALSE(ApplyPatch(json::object(), many));
}

TEST(DiffPatch, WritesWhatAPersonWouldWrite) {
  struct Case {
    const char* before;
    const char* after;
    const char* patch;
  };
  const Case cases[] = {
      {R"({"a":1})", R"({"a":1})", R"([])"},
      {R"({"metadata":{"annotations":{"x":"1"}}})", R"({"metadata":{"annotations":{"x":"1","a/b~c":"2"}}})",
       R"([{"op":"add","path":"/metadata/annotations/a~1b~0c","value":"2"}])"},
      {R"({"metadata":{}})", R"({"metadata":{"annotations":{"a":"b"}}})",
       R"([{"op":"add","path":"/metadata/annotations","value":{"a":"b"}}])"},
      // Removed from the back, added to the front, and what stays is found where it then is.
      {R"({"volumes":[{"name":"a"},{"name":"b","x":1},{"name":"c"}]})",
       R"({"volumes":[{"name":"new"},{"name":"b","x":2}]})",
       R"([{"op":"remove","path":"/volumes/2"},{"op":"remove","path":"/volumes/0"},
           {"op":"add","path":"/volumes/0","value":{"name":"new"}},
           {"op":"replace","path":"/volumes/1/x","value":2}])"},
      {R"({"containers":[{"name":"c","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]}]})",
       R"({"containers":[{"name":"c","env":[{"name":"B","value":"2"}]}]})",
       R"([{"op":"remove","path":"/containers/0/env/0"}])"},
      {R"({"volumeMounts":[{"mountPath":"/a","name":"v"},{"mountPath":"/b","name":"v"}]})",
       R"({"volumeMounts":[{"mountPath":"/b","name":"v"}]})",
       R"([{"op":"remove","path":"/volumeMounts/0"}])"},
      {R"({"ports":[{"containerPort":1},{"containerPort":2,"hostPort":2}]})",
       R"({"ports":[{"containerPort":1},{"containerPort":2}]})",
       R"([{"op":"remove","path":"/ports/1/hostPort"}])"},
      // Two of one name cannot be told apart.
      {R"({"env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]})",
       R"({"env":[{"name":"A","value":"2"}]})",
       R"([{"op":"replace","path":"/env","value":[{"name":"A","value":"2"}]}])"},
      {R"({"containers":[{"name":"a"},{"name":"b"}]})", R"({"containers":[{"name":"b"},{"name":"a"}]})",
       R"([{"op":"replace","path":"/containers","value":[{"name":"b"},{"name":"a"}]}])"},
      {R"({"args":["a","b"]})", R"({"args":["a","c"]})",
       R"([{"op":"replace","path":"/args","value":["a","c"]}])"},
      {R"({"a":{"b":1}})", R"({"a":[1]})", R"([{"op":"replace","path":"/a","value":[1]}])"},
      {R"([1])", R"({})", R"([{"op":"replace","path":"","value":{}}])"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(DiffPatch(Parse(c.before), Parse(c.after)), Parse(c.patch)) << c.before;
}

// Objects in the shape of pods, small enough that names meet often.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  json Value(int depth) {
    switch (Below(depth <= 0 ? 4 : 7)) {
      case 0: return nullptr;
      case 1: return Below(3);
      case 2: return std::string(1, static_cast<char>('a' + Below(3)));
      case 3: return Below(2) == 0;
      case 4: return List(depth);
      default: return Map(depth);
    }
  }
  json Map(int depth) {
    static constexpr const char* kKeys[] = {"name",      "containers", "env", "volumeMounts",
                                            "mountPath", "a/b",        "~",   ""};
    json map = json::object();
    for (int i = Below(5); i > 0; --i) map[kKeys[Below(8)]] = Value(depth - 1);
    return map;
  }
  json List(int depth) {
    json list = json::array();
    for (int i = Below(5); i > 0; --i) {
      json item = Below(4) == 0 ? Value(depth - 1) : Map(depth - 1);
      if (item.is_object() && Below(8) != 0)
        item[Below(2) == 0 ? "name" : "mountPath"] = std::to_string(Below(6));
      list.push_back(std::move(item));
    }
    return list;
  }
  // A few changes to a copy.
  json Changed(json value, int depth) {
    if (Below(4) == 0) return Value(depth);
    if (value.is_object())
      for (auto& [key, child] : value.items())
        if (Below(3) == 0) child = Changed(child, depth - 1);
    if (value.is_array()) {
      for (json& child : value)
        if (Below(3) == 0) child = Changed(child, depth - 1);
      if (!value.empty() && Below(3) == 0)
        value.erase(static_cast<size_t>(Below(static_cast<int>(value.size()))));
      if (Below(3) == 0) value.insert(value.begin(), json{{"name", std::to_string(Below(9))}});
    }
    return value;
  }

 private:
  std::mt19937 engine_;
};

TEST(DiffPatch, AppliedGivesTheOther) {
  Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    json before = random.Map(4);
    json after = random.Changed(before, 4);
    json patch = DiffPatch(before, after);
    Result<json> applied = ApplyPatch(before, patch);
    ASSERT_TRUE(applied) << before << after << patch << applied.error().message;
    ASSERT_EQ(*applied, after) << before << patch;
  }
}

}  // namespace
}  // namespace guard

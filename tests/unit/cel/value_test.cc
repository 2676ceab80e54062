#include "policies/cel/value.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"
#include "policies/cel/value_map.h"

namespace guard::cel {
namespace {

constexpr int64_t kMaxInt = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinInt = std::numeric_limits<int64_t>::min();
constexpr uint64_t kMaxUint = std::numeric_limits<uint64_t>::max();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Value I(int64_t i) { return Value::Int(i); }
Value U(uint64_t u) { return Value::Uint(u); }
Value D(double d) { return Value::Double(d); }
Value S(std::string_view s) { return Value::String(s); }

TEST(Value, NumbersCompareAcrossTypes) {
  struct {
    Value a, b;
    int order;
  } cases[] = {
      {I(1), U(1), 0},
      {I(-1), U(kMaxUint), -1},
      {I(kMaxInt), U(kMaxUint), -1},
      {I(1), D(1.0), 0},
      {I(1), D(1.5), -1},
      {I(-1), D(-1.5), 1},
      {I(kMaxInt), D(0x1p63), 0},  // rounded, as in cel-go
      {I(kMaxInt), D(9223372036854774784.0), 1},
      {I(kMinInt), D(-0x1p63), 0},
      {I(kMinInt), D(-kInfinity), 1},
      {I((int64_t{1} << 53) + 2), D(0x1p53), 1},
      {U(kMaxUint), D(0x1.1p64), -1},
      {U(0), D(-0.5), 1},
      {U(0), D(-0.0), 0},
      {D(0.1), D(0.1), 0},
      {S("a"), S("b"), -1},
      {S("a"), S("a\xc3\xa9"), -1},
      {Value::Bool(false), Value::Bool(true), -1},
      {Value::Timestamp(5, 1), Value::Timestamp(5, 2), -1},
      {Value::Duration(-1, -5), Value::Duration(-1, 0), -1},
  };
  for (const auto& c : cases) {
    bool ordered = false;
    EXPECT_EQ(Compare(c.a, c.b, &ordered), c.order) << ToString(c.a) << " ? " << ToString(c.b);
    EXPECT_TRUE(ordered);
    EXPECT_EQ(Compare(c.b, c.a, &ordered), -c.order) << ToString(c.b) << " ? " << ToString(c.a);
    EXPECT_EQ(Equal(c.a, c.b), c.order == 0) << ToString(c.a) << " == " << ToString(c.b);
  }
}

TEST(Value, SomeThingsHaveNoOrder) {
  bool ordered = true;
  Compare(D(kNan), D(1), &ordered);
  EXPECT_FALSE(ordered);
  Compare(I(1), D(kNan), &ordered);
  EXPECT_FALSE(ordered);
  Compare(S("1"), I(1), &ordered);
  EXPECT_FALSE(ordered);
  Compare(Value::Null(), Value::Null(), &ordered);
  EXPECT_FALSE(ordered);
  EXPECT_FALSE(Equal(D(kNan), D(kNan)));
  EXPECT_FALSE(Equal(S("1"), I(1)));
  EXPECT_TRUE(Equal(Value::Null(), Value::Null()));
  EXPECT_FALSE(Equal(Value::Null(), Value::Bool(false)));
}

TEST(Value, ListsAndMapsCompareDeeply) {
  Arena arena;
  Value one[] = {I(1), S("x")}, same[] = {D(1), S("x")}, other[] = {I(1), S("y")};
  EXPECT_TRUE(Equal(Value::Items(one, 2), Value::Items(same, 2)));
  EXPECT_FALSE(Equal(Value::Items(one, 2), Value::Items(other, 2)));
  EXPECT_FALSE(Equal(Value::Items(one, 2), Value::Items(one, 1)));

  MapBuilder a(arena), b(arena);
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(a.Insert(I(i), I(i * i)));
  for (int i = 39; i >= 0; --i) EXPECT_TRUE(b.Insert(U(static_cast<uint64_t>(i)), D(i * i)));
  Value left = a.Finish(), right = b.Finish();
  EXPECT_TRUE(Equal(left, right));
  EXPECT_FALSE(Equal(left, Value::Items(one, 2)));
}

TEST(Value, DeeplyNestedAndSharedValuesCompareWithoutHarm) {
  Arena arena;
  auto nest = [&](int depth) {
    Value v = I(1);
    for (int i = 0; i < depth; ++i) {
      Value* item = arena.AllocateArray<Value>(1);
      item[0] = v;
      v = Value::Items(item, 1);
    }
    return v;
  };
  EXPECT_TRUE(Equal(nest(300'000), nest(300'000)));
  EXPECT_FALSE(Equal(nest(300'000), nest(299'999)));
  EXPECT_LT(ToString(nest(300'000)).size(), 1000u);

  auto share = [&](int depth) {  // 2^depth leaves
    Value v = I(1);
    for (int i = 0; i < depth; ++i) {
      Value* item = arena.AllocateArray<Value>(2);
      item[0] = item[1] = v;
      v = Value::Items(item, 2);
    }
    return v;
  };
  uint64_t budget = 10'000;
  EXPECT_FALSE(Equal(share(100), share(100), budget));
  EXPECT_EQ(budget, 0u);
  EXPECT_LT(ToString(share(100)).size(), 2u << 20);
}

TEST(Value, NodesAreViewedAsTheyStand) {
  Entry entries[2];
  entries[0].set_key("name");
  entries[0].value.kind = NodeKind::kString, entries[0].value.bytes = "web", entries[0].value.size = 3;
  entries[1].set_key("ports");
  Node ports[2];
  ports[0].kind = ports[1].kind = NodeKind::kInt;
  ports[0].integer = 80, ports[1].integer = 443;
  entries[1].value.kind = NodeKind::kList, entries[1].value.items = ports, entries[1].value.size = 2;
  Node root;
  root.kind = NodeKind::kMap, root.entries = entries, root.size = 2;

  Value map = Value::Of(root);
  EXPECT_EQ(ToString(map), R"({"name": "web", "ports": [80, 443]})");
  EXPECT_EQ(ToString(MapFind(map, S("name"))), R"("web")");
  EXPECT_EQ(ToString(MapFind(map, "ports", KeyHash("ports"))), "[80, 443]");
  EXPECT_TRUE(MapFind(map, S("nope")).is(Tag::kUnset));
  EXPECT_TRUE(MapFind(map, I(1)).is(Tag::kUnset));
  EXPECT_EQ(ToString(ListAt(MapFind(map, S("ports")), 1)), "443");
  EXPECT_EQ(ToString(MapAt(map, 0).key), R"("name")");

  Arena arena;
  MapBuilder same(arena);
  Value items[] = {I(80), I(443)};
  same.Insert(S("ports"), Value::Items(items, 2));
  same.Insert(S("name"), S("web"));
  EXPECT_TRUE(Equal(map, same.Finish()));
}

TEST(Value, MapKeysAreUniqueUnderEquality) {
  Arena arena;
  for (int others : {0, 100}) {  // without an index and with one
    MapBuilder builder(arena);
    for (int i = 0; i < others; ++i) builder.Insert(I(1000 + i), I(0));
    EXPECT_TRUE(builder.Insert(I(1), S("one")));
    EXPECT_FALSE(builder.Insert(U(1), S("again")));
    EXPECT_TRUE(builder.Insert(S("1"), S("text")));
    EXPECT_TRUE(builder.Insert(Value::Bool(true), S("yes")));
    EXPECT_TRUE(builder.Insert(U(kMaxUint), S("max")));
    EXPECT_TRUE(builder.Insert(I(-1), S("minus")));
    builder.Set(D(1), S("uno"));
    Value map = builder.Finish();
    EXPECT_EQ(map.size, 5u + static_cast<uint32_t>(others));
    EXPECT_EQ(ToString(MapFind(map, D(1.0))), "\"uno\"");
    EXPECT_EQ(ToString(MapFind(map, U(1))), "\"uno\"");
    EXPECT_EQ(ToString(MapFind(map, S("1"))), "\"text\"");
    EXPECT_EQ(ToString(MapFind(map, "1", KeyHash("1"))), "\"text\"");
    EXPECT_EQ(ToString(MapFind(map, Value::Bool(true))), "\"yes\"");
    EXPECT_EQ(ToString(MapFind(map, I(-1))), "\"minus\"");
    EXPECT_TRUE(MapFind(map, D(1.5)).is(Tag::kUnset));
    EXPECT_TRUE(MapFind(map, D(kNan)).is(Tag::kUnset));
    EXPECT_TRUE(MapFind(map, D(0x1p64)).is(Tag::kUnset));  // the greatest uint only when rounded
    EXPECT_TRUE(MapFind(map, Value::Null()).is(Tag::kUnset));
    EXPECT_TRUE(MapFind(map, Value::Bool(false)).is(Tag::kUnset));
  }
}

TEST(Value, TextReadsBack) {
  Value inner = I(1);
  Value some;
  some.tag = Tag::kOptional, some.optional = &inner;
  struct {
    Value value;
    const char* text;
  } cases[] = {
      {Value::Null(), "null"},
      {Value::Bool(true), "true"},
      {I(kMinInt), "-9223372036854775808"},
      {U(7), "7u"},
      {D(1), "1.0"},
      {D(1e6), "1e+06"},
      {D(-0.0), "-0.0"},
      {D(kNan), "double(\"NaN\")"},
      {S("a\"b\\c\n\x01\xc3\xa9"), "\"a\\\"b\\\\c\\n\\x01\xc3\xa9\""},
      {Value::Bytes(std::string_view("\0\xff", 2)), "b\"\\x00\\xff\""},
      {Value::Timestamp(1234567890, 0), "timestamp(\"2009-02-13T23:31:30Z\")"},
      {Value::Duration(-1, -500'000'000), "duration(\"-1.5s\")"},
      {Value::OfType(&kIntType), "int"},
      {Value::None(), "optional.none()"},
      {some, "optional.of(1)"},
      {Value::Items(nullptr, 0), "[]"},
  };
  for (const auto& c : cases) EXPECT_EQ(ToString(c.value), c.text);
}

TEST(Value, DoublesPrintAsGoDoes) {
  struct {
    double value;
    const char* text;
  } cases[] = {
      {0, "0"},
      {1, "1"},
      {-0.0045, "-0.0045"},
      {123.456, "123.456"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {100000, "100000"},
      {1e6, "1e+06"},
      {1234567, "1.234567e+06"},
      {1e100, "1e+100"},
      {kInfinity, "+Inf"},
      {-kInfinity, "-Inf"},
      {0.1 + 0.2, "0.30000000000000004"},
      {10.5, "10.5"},
  };
  for (const auto& c : cases) EXPECT_EQ(FormatDouble(c.value), c.text);
}

}  // namespace
}  // namespace guard::cel

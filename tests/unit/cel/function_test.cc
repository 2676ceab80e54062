#include "policies/cel/function.h"

#include <gtest/gtest.h>

namespace guard::cel {
namespace {

TEST(Accepts, ScalarsByTheirTag) {
  EXPECT_TRUE(Accepts(kIntType, Value::Int(1)));
  EXPECT_FALSE(Accepts(kIntType, Value::Uint(1)));
  EXPECT_FALSE(Accepts(kStringType, Value::Bytes("a")));
  EXPECT_FALSE(Accepts(kTimestampType, Value::Null()));
  EXPECT_TRUE(Accepts(kNullType, Value::Null()));
  EXPECT_TRUE(Accepts(kDynType, Value::Null()));
}

TEST(Accepts, ListsAndMapsByTheirFirstElement) {
  TypePool types;
  Value items[] = {Value::Int(1), Value::String("a")};
  EXPECT_TRUE(Accepts(*types.List(&kIntType), Value::Items(items, 2)));
  EXPECT_FALSE(Accepts(*types.List(&kStringType), Value::Items(items, 2)));
  EXPECT_TRUE(Accepts(*types.List(&kStringType), Value::Items(items, 0)));
  EXPECT_TRUE(Accepts(*types.List(types.Param("T")), Value::Items(items, 2)));
  EXPECT_FALSE(Accepts(*types.Map(&kStringType, &kIntType), Value::Items(items, 2)));

  Node child;
  child.kind = NodeKind::kInt;
  child.integer = 1;
  Entry entry;
  entry.set_key("a");
  entry.value = child;
  Node node;
  node.kind = NodeKind::kMap;
  node.size = 1;
  node.entries = &entry;
  EXPECT_TRUE(Accepts(*types.Map(&kStringType, &kIntType), Value::Of(node)));
  EXPECT_FALSE(Accepts(*types.Map(&kStringType, &kStringType), Value::Of(node)));
  EXPECT_FALSE(Accepts(*types.Map(&kIntType, &kDynType), Value::Of(node)));
  EXPECT_TRUE(Accepts(*types.Object("Pod"), Value::Of(node)));
}

TEST(Accepts, OptionalsByWhatTheyHold) {
  TypePool types;
  Value one = Value::Int(1);
  Value some = Value::None();
  some.optional = &one;
  EXPECT_TRUE(Accepts(*types.Optional(&kIntType), some));
  EXPECT_FALSE(Accepts(*types.Optional(&kStringType), some));
  EXPECT_TRUE(Accepts(*types.Optional(&kStringType), Value::None()));
}

TEST(Accepts, OpaqueValuesByTheirClass) {
  TypePool types;
  OpaqueClass ip{"net.IP", nullptr, nullptr};
  Opaque value{&ip};
  EXPECT_TRUE(Accepts(*types.Opaque("net.IP"), Value::OfOpaque(&value)));
  EXPECT_FALSE(Accepts(*types.Opaque("net.CIDR"), Value::OfOpaque(&value)));
}

}  // namespace
}  // namespace guard::cel

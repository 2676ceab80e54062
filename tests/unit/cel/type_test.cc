#include "policies/cel/type.h"

#include <gtest/gtest.h>

namespace guard::cel {
namespace {

TEST(TypePool, EqualTypesAreOnePointer) {
  TypePool pool;
  EXPECT_EQ(pool.List(&kIntType), pool.List(&kIntType));
  EXPECT_NE(pool.List(&kIntType), pool.List(&kUintType));
  EXPECT_EQ(pool.Map(&kStringType, pool.List(&kIntType)), pool.Map(&kStringType, pool.List(&kIntType)));
  EXPECT_EQ(pool.Opaque("net.IP"), pool.Opaque("net.IP"));
  EXPECT_NE(pool.Opaque("net.IP"), pool.Opaque("net.CIDR"));
  EXPECT_EQ(pool.Param("T"), pool.Param("T"));
  EXPECT_NE(pool.Variable(1), pool.Variable(2));
}

TEST(TypePool, AChildReusesItsParentsTypes) {
  TypePool parent;
  const Type* list = parent.List(&kIntType);
  TypePool child(&parent);
  EXPECT_EQ(child.List(&kIntType), list);
  EXPECT_EQ(child.List(list), child.List(child.List(&kIntType)));
}

TEST(TypePool, ObjectsAreNominal) {
  TypePool pool;
  Type* pod = pool.Object("Pod");
  pod->fields["owner"] = pod;
  EXPECT_NE(pod, pool.Object("Pod"));
  EXPECT_TRUE(Same(*pod, *pool.Object("Pod")));
  EXPECT_FALSE(Same(*pod, *pool.Object("Job")));
}

TEST(TypePool, KnowsWhetherATypeParameterOccurs) {
  TypePool pool;
  EXPECT_FALSE(pool.Map(&kStringType, pool.List(&kIntType))->generic);
  EXPECT_TRUE(pool.Map(&kStringType, pool.List(pool.Param("T")))->generic);
}

TEST(TypeText, ReadsAsInCelGo) {
  TypePool pool;
  EXPECT_EQ(ToString(*pool.List(pool.Map(&kStringType, &kDynType))), "list(map(string, dyn))");
  EXPECT_EQ(ToString(*pool.Optional(&kTimestampType)), "optional_type(timestamp)");
  EXPECT_EQ(ToString(*pool.TypeOf(&kNullType)), "type(null)");
  EXPECT_EQ(ToString(*pool.Object("Pod")), "Pod");
}

// A type can double at every level of an expression; its text must not.
TEST(TypeText, IsBounded) {
  TypePool pool;
  const Type* type = &kIntType;
  for (int i = 0; i < 200; ++i) type = pool.Map(type, type);
  EXPECT_LT(ToString(*type).size(), 1000u);
}

}  // namespace
}  // namespace guard::cel

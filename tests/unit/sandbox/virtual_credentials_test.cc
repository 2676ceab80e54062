#include "rootless-builder/sandbox/virtual_credentials.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace guard::builder {
namespace {

TEST(VirtualCredentials, RootMayBecomeAnyoneAndNotComeBack) {
  VirtualCredentials who;
  EXPECT_EQ(SetGroups(who, {100}), 0);
  EXPECT_EQ(SetResId(who, true, 65534, 65534, 65534), 0);
  EXPECT_EQ(SetResId(who, false, 42, 42, 42), 0);
  EXPECT_EQ(who.uid, (std::array<uint32_t, 4>{42, 42, 42, 42}));
  EXPECT_EQ(SetId(who, false, 0), EPERM);
  EXPECT_EQ(SetId(who, true, 0), EPERM);
  EXPECT_EQ(SetReId(who, false, 0, kUnchanged), EPERM);
  EXPECT_EQ(SetGroups(who, {}), EPERM);
  EXPECT_TRUE(who.InGroup(100));
  EXPECT_FALSE(who.InGroup(0));
}

TEST(VirtualCredentials, TheSavedIdLeadsBack) {
  VirtualCredentials who;
  EXPECT_EQ(SetResId(who, false, kUnchanged, 42, kUnchanged), 0);
  EXPECT_FALSE(who.Privileged());
  EXPECT_EQ(SetResId(who, false, kUnchanged, 0, kUnchanged), 0);
  EXPECT_TRUE(who.Privileged());
}

TEST(VirtualCredentials, SetreuidMovesTheSavedId) {
  VirtualCredentials who;
  EXPECT_EQ(SetReId(who, false, 7, 8), 0);
  EXPECT_EQ(who.uid, (std::array<uint32_t, 4>{7, 8, 8, 8}));
}

TEST(VirtualCredentials, FileSystemIdGivesTheFormerOne) {
  VirtualCredentials who;
  EXPECT_EQ(SetFsId(who, false, 9), 0u);
  EXPECT_EQ(SetFsId(who, false, kUnchanged), 9u);
}

TEST(CredentialTable, NumbersAreStableAndUnknownOnesAreTheFirst) {
  VirtualCredentials first, other;
  first.uid.fill(5);
  CredentialTable table(first);
  uint64_t number = table.NumberOf(other);
  EXPECT_EQ(number, 1u);
  EXPECT_EQ(table.NumberOf(other), number);
  EXPECT_EQ(table.Get(number), other);
  EXPECT_EQ(table.Get(~uint64_t{0}), first);
}

}  // namespace
}  // namespace guard::builder

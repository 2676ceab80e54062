// USER and --chown, against an image's own tables.
#include "rootless-builder/build/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "policies/base/files.h"

namespace guard::builder {
namespace {

class UsersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "users_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    top_ = name;
    ASSERT_TRUE(MakeDirectories(top_ + "/etc"));
    ASSERT_TRUE(WriteFileAtomically(top_ + "/etc/passwd",
                                    "root:x:0:0:root:/root:/bin/sh\n"
                                    "# a comment\nbroken line\n"
                                    "www:x:33:44:www:/var/www:/bin/sh\n"
                                    "toolarge:x:4294967295:0::/:\n"));
    ASSERT_TRUE(WriteFileAtomically(top_ + "/etc/group",
                                    "root:x:0:\nwww:x:44:\nlogs:x:50:alice,www\nmail:x:60:www\n"));
    root_ = *OpenDirectory(top_);
  }
  void TearDown() override { EXPECT_TRUE(RemoveTree(top_)); }
  std::string top_;
  Fd root_;
};

TEST_F(UsersTest, UserLines) {
  struct Case {
    const char* user;
    uid_t uid;
    gid_t gid;
    std::vector<gid_t> groups;
    const char* home;
  };
  const Case cases[] = {
      {"", 0, 0, {}, "/root"},
      {"www", 33, 44, {50, 60}, "/var/www"},
      {"33", 33, 44, {50, 60}, "/var/www"},
      {"www:logs", 33, 50, {}, "/var/www"},
      {"www:7", 33, 7, {}, "/var/www"},
      {"1000", 1000, 0, {}, "/"},
      {"1000:1000", 1000, 1000, {}, "/"},
      {"0:www", 0, 44, {}, "/root"},
  };
  for (const Case& item : cases) {
    auto user = ResolveUser(root_.get(), item.user);
    ASSERT_TRUE(user) << item.user;
    EXPECT_EQ(user->uid, item.uid) << item.user;
    EXPECT_EQ(user->gid, item.gid) << item.user;
    EXPECT_EQ(user->groups, item.groups) << item.user;
    EXPECT_EQ(user->home, item.home) << item.user;
  }
  for (const char* missing : {"nobody", "www:none", "toolarge", "-1", "4294967295"})
    EXPECT_FALSE(ResolveUser(root_.get(), missing)) << missing;
}

TEST_F(UsersTest, Owners) {
  using Owner = std::pair<uid_t, gid_t>;
  EXPECT_EQ(*ResolveOwner(root_.get(), "www"), Owner(33, 44));
  EXPECT_EQ(*ResolveOwner(root_.get(), "1000"), Owner(1000, 1000)) << "a number alone is its own group";
  EXPECT_EQ(*ResolveOwner(root_.get(), "33"), Owner(33, 33)) << "even where it has an entry";
  EXPECT_EQ(*ResolveOwner(root_.get(), "1:logs"), Owner(1, 50));
  EXPECT_EQ(*ResolveOwner(root_.get(), ":logs"), Owner(0, 50));
  EXPECT_FALSE(ResolveOwner(root_.get(), "nobody"));
  EXPECT_FALSE(ResolveOwner(root_.get(), "www:none"));
}

TEST_F(UsersTest, AnImageWithoutTablesHasNumbersOnly) {
  Fd empty = *OpenDirectory(top_ + "/etc");
  EXPECT_EQ(ResolveUser(empty.get(), "12")->uid, 12u);
  EXPECT_FALSE(ResolveUser(empty.get(), "root"));
  EXPECT_EQ(ResolveUser(empty.get(), "")->uid, 0u);
}

}  // namespace
}  // namespace guard::builder

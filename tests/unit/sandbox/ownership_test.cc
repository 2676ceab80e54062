#include "rootless-builder/sandbox/ownership.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rootless-builder/sandbox/remembered.h"
#include "tests/support/scratch.h"

namespace guard::builder {
namespace {

TEST(Remembered, ReadsWhatItWrites) {
  for (const RememberedOwner& owner : {RememberedOwner{0, 0, 0, 0},
                                       {33, 44, 0, 0},
                                       {1, 2, S_IFCHR, makedev(1, 3)},
                                       {1, 2, S_IFBLK, makedev(254, 70000)}}) {
    EXPECT_EQ(ParseRemembered(Format(owner)), owner);
  }
  for (const char* bad :
       {"", "1", "1:", "1:2:", "1:2:x:1:3", "1:2:c:1", "1:2:c:1:3:", "-1:2", "4294967296:1"}) {
    EXPECT_FALSE(ParseRemembered(bad)) << bad;
  }
}

class VirtualOwnershipTest : public testing::Test {
 protected:
  void SetUp() override {
    scratch_.Write("tree/file", "text");
    tree_ = open((scratch_ / "tree").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (setxattr((scratch_ / "tree").c_str(), "user.guard.probe", "1", 1, 0) != 0) {
      GTEST_SKIP() << "no user.* attributes on the temporary directory's file system";
    }
    ownership_ = std::move(*MakeVirtualOwnership(scratch_ / "state"));
  }
  void TearDown() override { close(tree_); }

  Attributes Get(const std::string& name) {
    struct stat status{};
    EXPECT_EQ(fstatat(tree_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW), 0);
    Result<Attributes> got = ownership_->Get(tree_, name, status);
    EXPECT_TRUE(got);
    return got ? *got : Attributes();
  }

  test::Scratch scratch_;
  std::unique_ptr<Ownership> ownership_;
  int tree_ = -1;
};

TEST_F(VirtualOwnershipTest, OursIsRoots) {
  EXPECT_EQ(Get("file").uid, 0u);
  EXPECT_EQ(Get("file").gid, 0u);
}

TEST_F(VirtualOwnershipTest, FilesDirectoriesLinksAndDevices) {
  mkdirat(tree_, "dir", 0755);
  EXPECT_EQ(symlinkat("file", tree_, "link"), 0);
  mkfifoat(tree_, "pipe", 0600);
  const std::pair<const char*, Attributes> cases[] = {{"file", {S_IFREG | 02755, 0, 101, 0, "caps"}},
                                                      {"dir", {S_IFDIR | 01777, 33, 44, 0, {}}},
                                                      {"link", {S_IFLNK | 0777, 5, 6, 0, {}}},
                                                      {"pipe", {S_IFIFO | 0640, 7, 8, 0, {}}}};
  for (const auto& [name, attributes] : cases) {
    ASSERT_TRUE(ownership_->Set(tree_, name, attributes)) << name;
    EXPECT_EQ(Get(name), attributes) << name;
  }
  Attributes device{S_IFCHR | 0666, 0, 5, makedev(1, 3), {}};
  ASSERT_TRUE(ownership_->MakeNode(tree_, "null", device));
  EXPECT_EQ(Get("null"), device);
}

TEST_F(VirtualOwnershipTest, BackToRootLeavesNothing) {
  ASSERT_TRUE(ownership_->Set(tree_, "file", {S_IFREG | 0644, 33, 33, 0, "caps"}));
  ASSERT_TRUE(ownership_->Set(tree_, "file", {S_IFREG | 0644, 0, 0, 0, {}}));
  char names[256];
  EXPECT_EQ(listxattr((scratch_ / "tree/file").c_str(), names, sizeof names), 0);
  EXPECT_TRUE(ownership_->IsOwnXattr("user.guard.owner"));
  EXPECT_FALSE(ownership_->IsOwnXattr("user.other"));
}

TEST_F(VirtualOwnershipTest, ALinkKeepsItsOwnerWhenItMovesAndANewOneHasNone) {
  EXPECT_EQ(symlinkat("file", tree_, "a"), 0);
  ASSERT_TRUE(ownership_->Set(tree_, "a", {S_IFLNK | 0777, 5, 6, 0, {}}));
  EXPECT_EQ(renameat(tree_, "a", tree_, "b"), 0);
  EXPECT_EQ(Get("b").uid, 5u);
  usleep(20'000);  // birth times have the clock's tick
  EXPECT_EQ(symlinkat("file", tree_, "c"), 0);
  EXPECT_EQ(Get("c").uid, 0u);
}

}  // namespace
}  // namespace guard::builder

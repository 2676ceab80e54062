// Paths stay below their root, trees go whatever their modes, texts are replaced whole.
#include "policies/base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace guard {
namespace {

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "files_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { EXPECT_TRUE(RemoveTree(root_)); }
  std::string root_;
};

TEST_F(FilesTest, SymlinksAndDotDotStayInside) {
  ASSERT_TRUE(WriteFileAtomically(root_ + "/passwd", "ours"));
  ASSERT_EQ(symlink("/passwd", (root_ + "/absolute").c_str()), 0);
  ASSERT_EQ(symlink("../../../../passwd", (root_ + "/up").c_str()), 0);
  ASSERT_EQ(symlink("/proc/self/root", (root_ + "/magic").c_str()), 0);
  Fd dir = *OpenDirectory(root_);
  for (const char* path : {"passwd", "/passwd", "absolute", "up", "../../passwd"}) {
    Fd file = OpenInRoot(dir.get(), path, O_RDONLY);
    ASSERT_TRUE(file) << path;
    EXPECT_EQ(*ReadWholeFile(file.get(), path, 100), "ours") << path;
  }
  EXPECT_FALSE(OpenInRoot(dir.get(), "magic/etc/passwd", O_RDONLY));
}

TEST_F(FilesTest, ATreeWithoutPermissionsGoes) {
  ASSERT_TRUE(MakeDirectories(root_ + "/tree/a/b/c"));
  ASSERT_TRUE(WriteFileAtomically(root_ + "/tree/a/b/file", "x", 0));
  ASSERT_EQ(symlink(root_.c_str(), (root_ + "/tree/link").c_str()), 0);
  ASSERT_EQ(chmod((root_ + "/tree/a/b").c_str(), 0), 0);
  ASSERT_EQ(chmod((root_ + "/tree/a").c_str(), 0500), 0);
  EXPECT_TRUE(RemoveTree(root_ + "/tree"));
  EXPECT_NE(access((root_ + "/tree").c_str(), F_OK), 0);
  EXPECT_TRUE(RemoveTree(root_ + "/tree")) << "nothing there is no error";
}

TEST_F(FilesTest, LimitsAndErrorsNameThePath) {
  ASSERT_TRUE(WriteFileAtomically(root_ + "/file", "12345"));
  EXPECT_EQ(*ReadWholeFile(root_ + "/file", 5), "12345");
  EXPECT_FALSE(ReadWholeFile(root_ + "/file", 4));
  auto missing = ReadWholeFile(root_ + "/none", 4);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot open " + root_ + "/none: No such file or directory");
  EXPECT_FALSE(MakeDirectories(root_ + "/file/below"));
}

}  // namespace
}  // namespace guard

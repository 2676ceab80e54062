// Which files COPY takes.
#include "rootless-builder/build/source_tree.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace guard::builder {
namespace {

using testing::ElementsAre;

class SourceTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "source_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    top_ = name;
    Write("a.txt");
    Write("b.txt");
    Write("dir/one");
    Write("dir/sub/two");
    Write("x/deep/main.go");
    Write("y/main.go");
    symlink("../dir", (top_ + "/y/link").c_str());
    symlink("a.txt", (top_ + "/alias").c_str());
    symlink("/etc", (top_ + "/escape").c_str());
    root_ = *OpenDirectory(top_);
    tree_.root = root_.get();
    tree_.label = "the build context";
  }
  void TearDown() override { EXPECT_TRUE(RemoveTree(top_)); }

  void Write(const std::string& path) {
    size_t slash = path.rfind('/');
    if (slash != std::string::npos) {
      ASSERT_TRUE(MakeDirectories(top_ + "/" + path.substr(0, slash)));
    }
    ASSERT_TRUE(WriteFileAtomically(top_ + "/" + path, path));
  }

  // "name:relative" of every file; a root's name is said once.
  std::vector<std::string> Select(SourceWish wish) {
    auto roots = SelectSources(tree_, wish);
    if (!roots) return {"error: " + roots.error().message};
    std::vector<std::string> out;
    for (const SourceRoot& root : *roots) {
      out.push_back(root.name + (root.directory ? "/" : ""));
      for (const SourceFile& file : root.files)
        if (!file.relative.empty()) out.push_back("  " + file.relative);
    }
    return out;
  }

  std::string top_;
  Fd root_;
  SourceTree tree_;
};

TEST_F(SourceTreeTest, FilesDirectoriesAndPatterns) {
  EXPECT_THAT(Select({.sources = {"a.txt"}}), ElementsAre("a.txt"));
  EXPECT_THAT(Select({.sources = {"/a.txt", "./b.txt"}}), ElementsAre("a.txt", "b.txt"));
  EXPECT_THAT(Select({.sources = {"dir"}}), ElementsAre("dir/", "  one", "  sub", "  sub/two"));
  EXPECT_THAT(Select({.sources = {"*.txt"}}), ElementsAre("a.txt", "b.txt"));
  EXPECT_THAT(Select({.sources = {"*/main.go"}}), ElementsAre("main.go"));
}

TEST_F(SourceTreeTest, NothingLeadsOut) {
  EXPECT_THAT(Select({.sources = {"../../../a.txt"}}), ElementsAre("a.txt"));
  EXPECT_THAT(Select({.sources = {"escape/passwd"}}),
              ElementsAre("error: 'escape/passwd' is not in the build context"));
  EXPECT_THAT(Select({.sources = {"escape"}}), ElementsAre("error: 'escape' is not in the build context"));
}

TEST_F(SourceTreeTest, ANamedSymlinkIsFollowedAFoundOneIsKept) {
  EXPECT_THAT(Select({.sources = {"alias"}}), ElementsAre("alias"));
  auto roots = SelectSources(tree_, {.sources = {"alias"}});
  EXPECT_EQ(roots->at(0).files[0].path, "a.txt");
  EXPECT_THAT(Select({.sources = {"y/link"}}), ElementsAre("link/", "  one", "  sub", "  sub/two"));
  roots = SelectSources(tree_, {.sources = {"y"}});
  EXPECT_EQ(roots->at(0).files[1].link, "../dir");
}

TEST_F(SourceTreeTest, WhatIsNotThereIsAnError) {
  EXPECT_THAT(Select({.sources = {"none"}}), ElementsAre("error: 'none' is not in the build context"));
  EXPECT_THAT(Select({.sources = {"*.none"}}), ElementsAre("error: '*.none' is not in the build context"));
  EXPECT_THAT(Select({.sources = {"a["}}), ElementsAre("error: the pattern 'a[' is malformed"));
}

TEST_F(SourceTreeTest, HiddenFilesAreNotThere) {
  tree_.hidden = [](const std::string& path, bool) { return path == "a.txt" || path.starts_with("dir/sub"); };
  tree_.may_hold_visible = [](const std::string&) { return false; };
  EXPECT_THAT(Select({.sources = {"a.txt"}}),
              ElementsAre("error: 'a.txt' is not in the build context: .dockerignore excludes it"));
  EXPECT_THAT(Select({.sources = {"dir"}}), ElementsAre("dir/", "  one"));
  EXPECT_THAT(Select({.sources = {"*.txt"}}), ElementsAre("b.txt"));
}

TEST_F(SourceTreeTest, ExcludedFilesAreLeftOut) {
  auto no_go = [](const std::string& path) { return path.ends_with(".go") || path.ends_with(".txt"); };
  EXPECT_THAT(Select({.sources = {"x"}, .excluded = no_go}), ElementsAre("x/", "  deep"));
  EXPECT_THAT(Select({.sources = {"*.txt", "dir/one"}, .excluded = no_go}),
              ElementsAre("a.txt", "b.txt", "one"));
}

TEST_F(SourceTreeTest, ParentsAreKept) {
  EXPECT_THAT(Select({.sources = {"dir/sub/two"}, .parents = true}),
              ElementsAre("two/", "  dir", "  dir/sub", "  dir/sub/two"));
  EXPECT_THAT(Select({.sources = {"dir/./sub/two"}, .parents = true}),
              ElementsAre("two/", "  sub", "  sub/two"));
  EXPECT_THAT(
      Select({.sources = {"**/main.go"}, .parents = true}),
      ElementsAre("main.go/", "  x", "  x/deep", "  x/deep/main.go", "main.go/", "  y", "  y/main.go"));
}

TEST(CleanRelativeTest, StaysBelow) {
  EXPECT_EQ(CleanRelative("a//b/./c/../d"), "a/b/d");
  EXPECT_EQ(CleanRelative("../../x"), "x");
  EXPECT_EQ(CleanRelative("/"), "");
  EXPECT_EQ(CleanRelative("./"), "");
}

}  // namespace
}  // namespace guard::builder

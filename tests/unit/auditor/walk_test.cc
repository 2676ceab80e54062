#include "auditor/walk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/scratch.h"

namespace guard {
namespace {

using test::Scratch;

// One line an item: kind and path relative to the scratch folder, with the note.
std::vector<std::string> Items(const Scratch& scratch, std::vector<std::string> roots,
                               WalkOptions options = {}) {
  static constexpr const char* kKinds[] = {"file", "stdin", "chart", "kustomize", "skipped", "failed"};
  for (std::string& root : roots)
    if (root != "-") root = root == "." ? scratch.root().string() : scratch / root;
  TreeWalk walk(roots, options);
  std::vector<std::string> items;
  WalkItem item;
  while (walk.Next(&item) && items.size() < 1000) {
    std::string path = item.path;
    if (path.starts_with(scratch.root().string())) path.erase(0, scratch.root().string().size() + 1);
    std::string line = std::string(kKinds[static_cast<int>(item.kind)]) + " " + path;
    if (item.named) line += " named";
    if (item.kind == WalkItem::Kind::kSkipped) line += ": " + item.note;
    items.push_back(line);
  }
  return items;
}

using Lines = std::vector<std::string>;

TEST(TreeWalk, GoesInByteOrderOfPaths) {
  Scratch scratch;
  for (const char* name : {"a/x.yaml", "a-b/x.yaml", "a.yaml", "b", "a/0/z"}) scratch.Write(name, "");
  EXPECT_EQ(Items(scratch, {"."}),
            (Lines{"file a-b/x.yaml", "file a.yaml", "file a/0/z", "file a/x.yaml", "file b"}));
}

TEST(TreeWalk, MeetsOverlappingRootsOnce) {
  Scratch scratch;
  for (const char* name : {"a/x.yaml", "a/y.yaml", "b.yaml"}) scratch.Write(name, "");
  EXPECT_EQ(Items(scratch, {"a", ".", "a/x.yaml", "a"}),
            (Lines{"file a/x.yaml named", "file a/y.yaml", "file b.yaml"}));
}

TEST(TreeWalk, LeavesOutWhatGitIgnores) {
  Scratch scratch;
  scratch.Write(".git/HEAD", "");
  scratch.Write(".gitignore", "node_modules/\n*.tmp\n!sub/keep.tmp\n");
  scratch.Write("node_modules/x.yaml", "");
  scratch.Write("a.tmp", "");
  scratch.Write("sub/keep.tmp", "");
  scratch.Write("sub/.gitignore", "secret.yaml\n");
  scratch.Write("sub/secret.yaml", "");
  scratch.Write("sub/web.yaml", "");
  EXPECT_EQ(Items(scratch, {"."}),
            (Lines{"file .gitignore", "skipped a.tmp: ignored by .gitignore",
                   "skipped node_modules/: ignored by .gitignore", "file sub/.gitignore", "file sub/keep.tmp",
                   "skipped sub/secret.yaml: ignored by .gitignore", "file sub/web.yaml"}));
  // Rules above the root count, and a file named on the command line is wanted whatever they say.
  EXPECT_EQ(Items(scratch, {"sub"}),
            (Lines{"file sub/.gitignore", "file sub/keep.tmp",
                   "skipped sub/secret.yaml: ignored by .gitignore", "file sub/web.yaml"}));
  EXPECT_EQ(Items(scratch, {"sub/secret.yaml"}), (Lines{"file sub/secret.yaml named"}));
  WalkOptions all;
  all.respect_gitignore = false;
  EXPECT_EQ(Items(scratch, {"sub"}, all).size(), 4u);
}

TEST(TreeWalk, ExpandsGlobs) {
  Scratch scratch;
  for (const char* name : {"a/x.yaml", "a/x.txt", "a/b/y.yaml", "z.yaml"}) scratch.Write(name, "");
  EXPECT_EQ(Items(scratch, {"**/*.yaml"}),
            (Lines{"file a/b/y.yaml named", "file a/x.yaml named", "file z.yaml named"}));
  EXPECT_EQ(Items(scratch, {"a/*.yaml"}), (Lines{"file a/x.yaml named"}));
}

TEST(TreeWalk, AFileMayHaveWildcardsInItsName) {
  Scratch scratch;
  scratch.Write("we[i]rd*.yaml", "");
  EXPECT_EQ(Items(scratch, {"we[i]rd*.yaml"}), (Lines{"file we[i]rd*.yaml named"}));
}

TEST(TreeWalk, ALoopOfLinksIsAnErrorAndEndsThere) {
  Scratch scratch;
  scratch.Write("a/x.yaml", "");
  std::filesystem::create_directory_symlink("..", scratch.root() / "a/up");
  std::filesystem::create_symlink("self", scratch.root() / "a/self");
  EXPECT_EQ(Items(scratch, {"."}), (Lines{"failed a/self", "failed a/up", "file a/x.yaml"}));
}

TEST(TreeWalk, LinksThatFanOutAreFollowedOnce) {
  Scratch scratch;
  scratch.Write("d0/leaf.yaml", "");
  for (int i = 1; i <= 40; ++i) {
    std::filesystem::path folder = scratch.root() / ("d" + std::to_string(i));
    std::filesystem::create_directory(folder);
    std::filesystem::create_directory_symlink("../d" + std::to_string(i - 1), folder / "l");
    std::filesystem::create_directory_symlink("../d" + std::to_string(i - 1), folder / "r");
  }
  EXPECT_LT(Items(scratch, {"."}).size(), 200u);
}

TEST(TreeWalk, SpecialFilesAreNotOpened) {
  Scratch scratch;
  ASSERT_EQ(mkfifo((scratch / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("gone", scratch.root() / "dangling");
  EXPECT_EQ(Items(scratch, {"."}),
            (Lines{"skipped dangling: symbolic link to nothing", "skipped pipe: not a regular file"}));
}

TEST(TreeWalk, WhatIsNotThereFails) {
  Scratch scratch;
  EXPECT_EQ(Items(scratch, {"missing.yaml"}), (Lines{"failed missing.yaml named"}));
}

TEST(TreeWalk, RenderingReplacesAChartsTemplates) {
  Scratch scratch;
  for (const char* name :
       {"chart/Chart.yaml", "chart/values.yaml", "chart/templates/web.yaml", "base/kustomization.yaml"})
    scratch.Write(name, "");
  WalkOptions render;
  render.render = true;
  EXPECT_EQ(Items(scratch, {"."}, render),
            (Lines{"kustomize base", "file base/kustomization.yaml", "chart chart",
                   "skipped chart/Chart.yaml: rendered with its chart",
                   "skipped chart/templates/web.yaml: rendered with its chart",
                   "skipped chart/values.yaml: rendered with its chart"}));
}

TEST(TreeWalk, ProgressGrowsToOne) {
  Scratch scratch;
  for (int i = 0; i < 30; ++i) scratch.Write("d" + std::to_string(i % 5) + "/" + std::to_string(i), "");
  TreeWalk walk({scratch.root().string()}, {});
  WalkItem item;
  double last = 0;
  while (walk.Next(&item)) {
    EXPECT_GE(walk.progress(), last);
    last = walk.progress();
  }
  EXPECT_GT(last, 0.7);
  EXPECT_LE(last, 1.0);
}

}  // namespace
}  // namespace guard

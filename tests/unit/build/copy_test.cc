// Where copied files go, and what they become there.
#include "rootless-builder/build/copy.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

namespace guard::builder {
namespace {

// Remembers owners, as tests need not be root.
class NotedOwnership : public Ownership {
 public:
  bool real() const override { return false; }
  Result<Attributes> Get(int dir, const std::string& name, const struct stat& on_disk) override {
    Attributes attributes;
    attributes.mode = on_disk.st_mode;
    auto known = owners_.find(Key(dir, name));
    if (known != owners_.end()) attributes.uid = known->second.first, attributes.gid = known->second.second;
    return attributes;
  }
  Result<void> Set(int dir, const std::string& name, const Attributes& attributes) override {
    owners_[Key(dir, name)] = {attributes.uid, attributes.gid};
    if (!S_ISLNK(attributes.mode) && fchmodat(dir, name.c_str(), attributes.mode & 07777, 0) != 0)
      return FailErrno("set the mode of", name);
    return {};
  }
  Result<void> MakeNode(int, const std::string&, const Attributes&) override { return {}; }
  bool IsOwnXattr(const std::string&) const override { return false; }

 private:
  static ino_t Key(int dir, const std::string& name) {
    struct stat info{};
    fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW);
    return info.st_ino;
  }
  std::map<ino_t, std::pair<uid_t, gid_t>> owners_;
};

class CopyTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "copy_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    top_ = name;
    for (const char* directory : {"/context/dir/sub", "/root/etc"})
      ASSERT_TRUE(MakeDirectories(top_ + directory));
    context_ = *OpenDirectory(top_ + "/context");
    root_ = *OpenDirectory(top_ + "/root");
    tree_.root = context_.get();
    tree_.label = "the build context";
    Write("context/a", "a", 0640);
    Write("context/dir/one", "one");
    Write("context/dir/sub/two", "two", 04755);
    symlink("one", (top_ + "/context/dir/link").c_str());
    link((top_ + "/context/dir/one").c_str(), (top_ + "/context/dir/same").c_str());
    ASSERT_EQ(chmod((top_ + "/context/dir").c_str(), 0711), 0);
    ASSERT_EQ(chmod((top_ + "/context/dir/sub").c_str(), 0700), 0);
  }
  void TearDown() override { EXPECT_TRUE(RemoveTree(top_)); }

  void Write(const std::string& path, const std::string& text, mode_t mode = 0644) {
    ASSERT_TRUE(WriteFileAtomically(top_ + "/" + path, text, mode));
  }

  std::string Copy(
      const std::vector<std::string>& sources, const std::string& destination,
      const std::function<void(CopyTarget&)>& change = [](CopyTarget&) {}) {
    CopyTarget target;
    target.root = root_.get();
    target.ownership = &ownership_;
    target.destination = destination;
    target.is_directory = destination.ends_with('/') || sources.size() > 1;
    change(target);
    auto roots = SelectSources(tree_, {.sources = sources});
    if (!roots) return roots.error().message;
    auto copied = CopyInto(tree_, *roots, target);
    return copied ? "" : copied.error().message;
  }

  // "mode uid:gid content" of a path in the root.
  std::string At(const std::string& path) {
    struct stat info;
    std::string full = top_ + "/root/" + path;
    if (lstat(full.c_str(), &info) != 0) return "none";
    char mode[16];
    snprintf(mode, sizeof mode, "%04o ", info.st_mode & 07777);
    auto owner = ownership_.Get(root_.get(), path, info);
    std::string text = std::string(S_ISLNK(info.st_mode) ? "link " : mode) + std::to_string(owner->uid) +
                       ":" + std::to_string(owner->gid);
    if (S_ISDIR(info.st_mode)) return text + " /";
    char target[256];
    ssize_t size = readlink(full.c_str(), target, sizeof target);
    if (size > 0) return text + " -> " + std::string(target, static_cast<size_t>(size));
    return text + " " + ReadWholeFile(full, 1000).value_or("unreadable");
  }

  std::string top_;
  Fd context_, root_;
  SourceTree tree_;
  NotedOwnership ownership_;
};

TEST_F(CopyTest, AFile) {
  EXPECT_EQ(Copy({"a"}, "/new/deep/"), "");
  EXPECT_EQ(At("new"), "0755 0:0 /");
  EXPECT_EQ(At("new/deep/a"), "0640 0:0 a");
  EXPECT_EQ(Copy({"a"}, "/b"), "");
  EXPECT_EQ(At("b"), "0640 0:0 a");
  EXPECT_EQ(Copy({"a"}, "/etc"), "") << "an existing directory is copied into";
  EXPECT_EQ(At("etc/a"), "0640 0:0 a");
}

TEST_F(CopyTest, ADirectorysContents) {
  EXPECT_EQ(Copy({"dir"}, "/new"), "");
  EXPECT_EQ(At("new"), "0755 0:0 /") << "only what is in a directory is copied, not its mode";
  EXPECT_EQ(At("new/one"), "0644 0:0 one");
  EXPECT_EQ(At("new/link"), "link 0:0 -> one");
  EXPECT_EQ(At("new/sub"), "0700 0:0 /");
  EXPECT_EQ(At("new/sub/two"), "4755 0:0 two");
  struct stat one, same;
  ASSERT_EQ(stat((top_ + "/root/new/one").c_str(), &one), 0);
  ASSERT_EQ(stat((top_ + "/root/new/same").c_str(), &same), 0);
  EXPECT_EQ(one.st_ino, same.st_ino) << "hard links stay links";
  EXPECT_EQ(Copy({"dir"}, "/etc"), "");
  EXPECT_EQ(At("etc"), "0755 0:0 /") << "an existing one keeps its own";
}

TEST_F(CopyTest, OwnerAndMode) {
  auto change = [](CopyTarget& target) {
    target.owner = {33, 44};
    target.mode = *FileMode::Parse("u=rwX,go=");
  };
  EXPECT_EQ(Copy({"dir"}, "/x/y", change), "");
  EXPECT_EQ(At("x"), "0755 33:44 /") << "directories on the way belong to the owner";
  EXPECT_EQ(At("x/y/one"), "0600 33:44 one");
  EXPECT_EQ(At("x/y/sub"), "0700 33:44 /");
  EXPECT_EQ(At("x/y/link"), "link 33:44 -> one");
}

TEST_F(CopyTest, SymlinksInTheImageLeadNowhereElse) {
  ASSERT_TRUE(MakeDirectories(top_ + "/outside"));
  symlink((top_ + "/outside").c_str(), (top_ + "/root/out").c_str());
  symlink("/etc", (top_ + "/root/in").c_str());
  symlink("/etc/passwd", (top_ + "/root/file").c_str());
  EXPECT_EQ(Copy({"a"}, "/in/"), "");
  EXPECT_EQ(At("etc/a"), "0640 0:0 a");
  EXPECT_NE(Copy({"a"}, "/out/"), "") << "the link names nothing inside";
  EXPECT_EQ(Copy({"a"}, "/file"), "") << "a link in the last place is replaced";
  EXPECT_EQ(At("file"), "0640 0:0 a");
  EXPECT_EQ(rmdir((top_ + "/outside").c_str()), 0) << "nothing was written outside";
}

TEST_F(CopyTest, FilesAndDirectoriesDoNotReplaceEachOther) {
  Write("root/etc/dir", "a file");
  EXPECT_THAT(Copy({"dir"}, "/etc/dir"), testing::HasSubstr("is no directory"));
  EXPECT_EQ(Copy({"a"}, "/etc/dir/"), "/etc/dir is there and is no directory");
  ASSERT_TRUE(MakeDirectories(top_ + "/root/etc/a"));
  EXPECT_EQ(Copy({"a"}, "/etc/"), "cannot copy a file over the directory /etc/a");
}

TEST_F(CopyTest, TextsAreWritten) {
  CopyTarget target;
  target.root = root_.get();
  target.ownership = &ownership_;
  target.destination = "/run/";
  target.is_directory = true;
  ASSERT_TRUE(WriteInto({{.name = "x", .mode = 0600, .text = "hello"}}, target));
  EXPECT_EQ(At("run/x"), "0600 0:0 hello");
}

}  // namespace
}  // namespace guard::builder

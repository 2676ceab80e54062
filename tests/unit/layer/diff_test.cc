// What a step changed, in a plain directory: case by case. diff_pair_test.cc compares with overlayfs.
#include "rootless-builder/layer/diff.h"

#include <sys/xattr.h>

#include <functional>

#include "tests/unit/layer/layer_fixture.h"

namespace guard::builder {
namespace {

namespace fs = std::filesystem;

struct DiffTest : LayerTest {
  std::string root = scratch / "root";

  DiffTest() {
    scratch.Write("root/etc/passwd", "root");
    scratch.Write("root/etc/group", "root");
    scratch.Write("root/usr/lib/a", "aaaa");
    scratch.Write("root/usr/lib/b", "bbbb");
    scratch.Write("root/usr/lib/deep/c", "c");
    fs::create_symlink("usr/lib", root + "/lib");
    SetTimes(root);
  }
  void SetTimes(const std::string& path) {
    for (const auto& item : fs::recursive_directory_iterator(path)) SetTime(item.path());
  }
  static void SetTime(const std::string& path, int64_t seconds = 1000) {
    const timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  // The layer of what `step` does, a line an entry.
  std::string Changes(const std::function<void()>& step, const DiffOptions& options = {}) {
    const auto before = TakeSnapshot(root, ownership);
    EXPECT_TRUE(before);
    step();
    auto writer = std::move(*LayerWriter::Create(*store, {}));
    const auto count = DiffTree(**before, root, ownership, options, *writer);
    if (!count) return ToString(count.error());
    const Fd blob(*store->OpenBlob(writer->Finish()->descriptor.digest));
    std::string text;
    uint64_t entries = 0;
    EXPECT_TRUE(ReadArchive(blob.get(), {}, [&](const Entry& entry, EntryContent&) -> Result<void> {
      text += ToString(entry) + "\n";
      ++entries;
      return {};
    }));
    EXPECT_EQ(*count, entries);
    return text;
  }
};

TEST_F(DiffTest, Cases) {
  const std::string lib = "drwxr-xr-x 0:0 usr\ndrwxr-xr-x 0:0 usr/lib\n";
  const struct {
    const char* what;
    std::function<void()> step;
    std::string changes;
  } kCases[] = {
      {"nothing", [] {}, ""},
      {"a touch that changes nothing", [&] { SetTime(root + "/usr/lib/a"); }, ""},
      {"a mode changed and changed back",
       [&] {
         chmod((root + "/usr/lib/a").c_str(), 0600);
         chmod((root + "/usr/lib/a").c_str(), 0644);
       },
       ""},
      {"the same content again, with its time",
       [&] {
         scratch.Write("root/usr/lib/a", "aaaa");
         SetTime(root + "/usr/lib/a");
       },
       ""},
      {"other content of the same size, with the old time",
       [&] {
         scratch.Write("root/usr/lib/a", "AAAA");
         SetTime(root + "/usr/lib/a");
       },
       lib + "-rw-r--r-- 0:0 4 usr/lib/a\n"},
      {"time alone", [&] { SetTime(root + "/usr/lib/b", 5); }, lib + "-rw-r--r-- 0:0 4 usr/lib/b\n"},
      {"a directory's time", [&] { SetTime(root + "/usr/lib/deep", 5); },
       lib + "drwxr-xr-x 0:0 usr/lib/deep\n"},
      {"mode", [&] { chmod((root + "/etc").c_str(), 0700); }, "drwx------ 0:0 etc\n"},
      {"the root's mode", [&] { chmod(root.c_str(), 0700); }, "drwx------ 0:0 .\n"},
      {"removed", [&] { fs::remove_all(root + "/usr/lib/deep"); },
       "drwxr-xr-x 0:0 usr\ndrwxr-xr-x 0:0 usr/lib\n-rw-r--r-- 0:0 0 usr/lib/.wh.deep\n"},
      {"a directory becomes a file",
       [&] {
         fs::remove_all(root + "/usr/lib");
         scratch.Write("root/usr/lib", "file");
       },
       "drwxr-xr-x 0:0 usr\n-rw-r--r-- 0:0 4 usr/lib\n"},
      {"and a directory again",
       [&] {
         fs::remove(root + "/usr/lib");
         scratch.Write("root/usr/lib/new", "");
       },
       lib + "-rw-r--r-- 0:0 0 usr/lib/new\n"},
      {"hard links of new files",
       [&] {
         scratch.Write("root/etc/z", "1");
         fs::create_hard_link(root + "/etc/z", root + "/etc/a");
       },
       "drwx------ 0:0 etc\n-rw-r--r-- 0:0 1 etc/a\nlink etc/z -> etc/a\n"},
      {"a hard link to a file below",
       [&] { fs::create_hard_link(root + "/etc/passwd", root + "/etc/shadow"); },
       "drwx------ 0:0 etc\n-rw-r--r-- 0:0 4 etc/shadow\n"},
      {"a symlink's target",
       [&] {
         fs::remove(root + "/lib");
         fs::create_symlink("usr", root + "/lib");
       },
       "lrwxrwxrwx 0:0 lib -> usr\n"},
      {"a symlink becomes a directory",
       [&] {
         fs::remove(root + "/lib");
         fs::create_directory(root + "/lib");
       },
       "drwxr-xr-x 0:0 lib\n"},
      {"a socket is in no image", [&] { mknod((root + "/etc/socket").c_str(), S_IFSOCK | 0600, 0); },
       "drwx------ 0:0 etc\n"},
  };
  for (const auto& [what, step, changes] : kCases) EXPECT_EQ(Changes(step), changes) << what;
}

TEST_F(DiffTest, Ignored) {
  const DiffOptions options{{"etc/resolv.conf", "proc"}};
  EXPECT_EQ(Changes(
                [&] {
                  scratch.Write("root/etc/resolv.conf", "mounted");
                  scratch.Write("root/proc/x", "mounted");
                },
                options),
            "");
  EXPECT_EQ(Changes([&] { scratch.Write("root/processes", ""); }, options), "-rw-r--r-- 0:0 0 processes\n");
  EXPECT_EQ(Changes([&] { fs::remove_all(root + "/proc"); }, options), "");
}

TEST_F(DiffTest, ExtendedAttributes) {
  if (setxattr((root + "/etc").c_str(), "user.probe", "", 0, 0) != 0)
    GTEST_SKIP() << "no user.* attributes here";
  EXPECT_EQ(Changes([&] {
              setxattr((root + "/usr/lib/a").c_str(), "user.a", "1", 1, 0);
              setxattr((root + "/usr/lib/b").c_str(), "user.noted", "1", 1, 0);
              setxattr((root + "/usr/lib/b").c_str(), "user.overlay.origin", "1", 1, 0);
            }),
            "drwxr-xr-x 0:0 usr\ndrwxr-xr-x 0:0 usr/lib\n-rw-r--r-- 0:0 4 usr/lib/a user.a=31\n");
}

}  // namespace
}  // namespace guard::builder

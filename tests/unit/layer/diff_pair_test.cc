// The same steps in an overlay and in a plain directory give the same layer, byte by byte; and the layer,
// unpacked over what was there, gives what is there.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <fstream>
#include <random>

#include "rootless-builder/layer/diff.h"
#include "tests/unit/layer/layer_fixture.h"

namespace guard::builder {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kOld = 900'000'000, kEpoch = 1'000'000'000;

void SetTime(const fs::path& path, int64_t seconds) {
  const timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
  utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
}
void WriteFile(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<fs::path> PathsOf(const fs::path& root) {
  std::vector<fs::path> paths;
  for (const auto& item : fs::recursive_directory_iterator(root)) paths.push_back(item.path());
  std::ranges::sort(paths);
  return paths;
}

void MakeBase(const fs::path& root) {
  for (const char* directory : {"a", "a/b", "a/b/c", "d", "e", "e/f"}) {
    fs::create_directories(root / directory);
    for (int i = 0; i < 4; ++i)
      WriteFile(root / directory / ("f" + std::to_string(i)), directory + std::to_string(i));
    fs::create_symlink("f0", root / directory / "link");
  }
  for (const fs::path& path : PathsOf(root)) SetTime(path, kOld);
}

// Does some hundred things to a tree; the same for the same seed. Hard links are for the last step alone:
// overlayfs breaks those of lower layers when one name is written to, so that what programs see there is
// different.
void Step(const fs::path& root, unsigned seed, int operations, bool links) {
  std::mt19937 random(seed);
  std::error_code ignored;
  for (int i = 0; i < operations; ++i) {
    const std::vector<fs::path> paths = PathsOf(root);
    const fs::path path = paths.empty() ? root : paths[random() % paths.size()];
    const fs::path other = paths.empty() ? root : paths[random() % paths.size()];
    const fs::path fresh = (fs::is_directory(fs::symlink_status(path)) ? path : path.parent_path()) /
                           ("n" + std::to_string(random() % 6));
    const bool file = fs::is_regular_file(fs::symlink_status(path));
    struct stat status{};
    lstat(path.c_str(), &status);
    switch (random() % 16) {
      case 0:
      case 1:
        if (!fs::exists(fs::symlink_status(fresh))) WriteFile(fresh, std::to_string(random()));
        break;
      case 2:
        if (file) std::ofstream(path, std::ios::app) << "more";
        break;
      case 3:  // the same size and time, other content
        if (file && status.st_size > 0) {
          WriteFile(path,
                    std::string(static_cast<size_t>(status.st_size), static_cast<char>('a' + random() % 26)));
          const timespec times[2] = {status.st_mtim, status.st_mtim};
          utimensat(AT_FDCWD, path.c_str(), times, 0);
        }
        break;
      case 4:
        if (random() % 3 == 0) fs::remove_all(path, ignored);
        break;
      case 5:
        if (file) fs::remove(path, ignored);
        break;
      case 6: fs::create_directory(fresh, ignored); break;
      case 7:  // removed and made again
        if (fs::is_directory(fs::symlink_status(path)) && random() % 2 == 0) {
          fs::remove_all(path, ignored);
          fs::create_directory(path);
          WriteFile(path / "f1", "again");
        }
        break;
      case 8:
        if (random() % 4 == 0) fs::remove_all(path, ignored), WriteFile(path, "now a file");
        break;
      case 9:
        if (file) fs::remove(path), fs::create_directory(path), WriteFile(path / "in", "x");
        break;
      case 10:
        if (!fs::exists(fs::symlink_status(fresh)))
          fs::create_symlink("f" + std::to_string(random() % 4), fresh);
        break;
      case 11:
        if (!S_ISLNK(status.st_mode))
          chmod(path.c_str(), S_ISDIR(status.st_mode) ? 0755 - random() % 2 : 0644 - random() % 2 * 4);
        break;
      case 12:  // nothing that stays
        if (!S_ISLNK(status.st_mode)) {
          chmod(path.c_str(), 0777);
          chmod(path.c_str(), status.st_mode & 07777);
        }
        break;
      case 13:
        if (links && file && !fs::exists(fs::symlink_status(fresh)))
          fs::create_hard_link(path, fresh, ignored);
        break;
      case 14:
        if (file && fs::is_regular_file(fs::symlink_status(other)) && path != other)
          fs::rename(path, other, ignored);
        break;
      case 15:
        if (file || S_ISDIR(status.st_mode))
          setxattr(path.c_str(), "user.test", "value", random() % 5 + 1, 0);
        break;
    }
  }
}

// Runs in a process of its own, which has the overlay mounted; false: that is not allowed here.
bool InOverlay(const test::Scratch& scratch, const std::vector<std::string>& lowers,
               const std::function<void(const fs::path&)>& step) {
  const pid_t child = fork();
  if (child == 0) {
    const uid_t uid = getuid();
    const gid_t gid = getgid();
    if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) _exit(77);
    if (uid != 0) {
      std::ofstream("/proc/self/setgroups") << "deny";
      std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
      std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
    }
    mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    std::string options = "userxattr,index=off,upperdir=" + (scratch / "upper") +
                          ",workdir=" + (scratch / "work") + ",lowerdir=";
    for (size_t i = 0; i < lowers.size(); ++i) options += (i ? ":" : "") + lowers[i];
    if (mount("overlay", (scratch / "merged").c_str(), "overlay", 0, options.c_str()) != 0) _exit(77);
    step(scratch.root() / "merged");
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status) == 0;
}

class DiffPairTest : public LayerTest, public testing::WithParamInterface<unsigned> {};

TEST_P(DiffPairTest, OverlayAndPlainDirectoryGiveTheSameLayer) {
  for (const char* name : {"upper", "work", "merged", "plain", "lower1", "lower2"})
    fs::create_directory(scratch / name);
  MakeBase(scratch / "plain");
  MakeBase(scratch / "lower1");
  const LayerOptions options{.clamp_mtime = kEpoch};

  // Two steps: the first's upper directory is a layer below the second, whiteouts and all.
  std::vector<std::string> lowers = {scratch / "lower1"};
  for (unsigned round = 0; round < 2; ++round) {
    const auto step = [&](const fs::path& root) { Step(root, GetParam() * 2 + round, 150, round == 1); };
    if (!InOverlay(scratch, lowers, step)) GTEST_SKIP() << "overlayfs cannot be mounted here";
    auto before = TakeSnapshot(scratch / "plain", ownership);
    ASSERT_TRUE(before);
    const fs::path copy = scratch.root() / "copy";
    fs::remove_all(copy);
    fs::copy(scratch / "plain", copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    step(scratch / "plain");

    auto overlay = std::move(*LayerWriter::Create(*store, options));
    auto plain = std::move(*LayerWriter::Create(*store, options));
    const auto overlay_count =
        DiffOverlay(scratch / "upper", lowers, "user.overlay.", ownership, {}, *overlay);
    ASSERT_TRUE(overlay_count) << ToString(overlay_count.error());
    const auto plain_count = DiffTree(**before, scratch / "plain", ownership, {}, *plain);
    ASSERT_TRUE(plain_count) << ToString(plain_count.error());
    const WrittenLayer a = *overlay->Finish(), b = *plain->Finish();
    if (a.diff_id != b.diff_id) {
      for (const WrittenLayer& layer : {a, b}) {
        const Fd blob(*store->OpenBlob(layer.descriptor.digest));
        std::string text;
        (void)ReadArchive(blob.get(), {}, [&](const Entry& entry, EntryContent&) -> Result<void> {
          text += ToString(entry) + " " + std::to_string(entry.mtime) + "\n";
          return {};
        });
        ADD_FAILURE() << text;
      }
      return;
    }
    // Unpacked over what was there before, it gives what is there now.
    {
      test::NotedOwnership apart;  // its notes are by inode, and inodes come again
      const Fd root = std::move(*OpenDirectory(copy));
      ASSERT_TRUE(Unpack(*store, b.descriptor, root.get(), apart, WhiteoutForm::kApply, ""));
      EXPECT_EQ(List("copy"), List("plain"));
    }
    fs::rename(scratch / "upper", scratch / ("layer" + std::to_string(round)));
    lowers.insert(lowers.begin(), scratch / ("layer" + std::to_string(round)));
    fs::create_directory(scratch / "upper");
    ASSERT_TRUE(RemoveTree(scratch / "work"));
    fs::create_directory(scratch / "work");
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, DiffPairTest, testing::Range(1u, 13u));

}  // namespace
}  // namespace guard::builder

// Unpacking: the rules of layers, and layers that want out.
#include "rootless-builder/layer/apply.h"

#include <sys/xattr.h>

#include "tests/unit/layer/layer_fixture.h"

namespace guard::builder {
namespace {

struct ApplyTest : LayerTest {
  void ExpectApplied(const std::string& tar, WhiteoutForm form = WhiteoutForm::kApply) {
    const auto unpacked = Apply(tar, form);
    ASSERT_TRUE(unpacked) << ToString(unpacked.error());
    EXPECT_EQ(unpacked->diff_id, Digest::Of(tar));
  }
  std::string Refused(const std::string& tar, const UnpackLimits& limits = {}) {
    const auto unpacked = Apply(tar, WhiteoutForm::kApply, limits);
    return unpacked ? "it was taken" : ToString(unpacked.error());
  }
};

TEST_F(ApplyTest, Kinds) {
  Entry owned = File("bin/su", 2, 06755);
  owned.attributes.uid = 33, owned.attributes.gid = 44;
  owned.attributes.capability = "cap";
  ExpectApplied(TarText()
                    .Add(Directory("bin", 01777))
                    .Add(owned, "su")
                    .Add(HardLink("bin/hard", "bin/su"))
                    .Add(Symlink("sbin", "/bin"))
                    .Add(File("sbin/through", 1), "x")
                    .Add({.path = "null", .attributes = {.mode = S_IFCHR | 0666, .rdev = makedev(1, 3)}})
                    .Add({.path = "pipe", .attributes = {.mode = S_IFIFO | 0600}})
                    .Add(File("implied/dir/file", 0))
                    .End());
  EXPECT_EQ(List(),
            "drwxrwxrwt 0:0 bin\n"
            "-rwsr-sr-x 33:44 2 bin/hard capability=636170\n"
            "-rwsr-sr-x 33:44 2 bin/su capability=636170\n"
            "-rw-r--r-- 0:0 1 bin/through\n"
            "drwxr-xr-x 0:0 implied\n"
            "drwxr-xr-x 0:0 implied/dir\n"
            "-rw-r--r-- 0:0 0 implied/dir/file\n"
            "crw-rw-rw- 0:0 1,3 null\n"
            "prw------- 0:0 pipe\n"
            "lrwxrwxrwx 0:0 sbin -> /bin\n");
  struct stat status{};
  ASSERT_EQ(lstat((scratch / "root/bin").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1000);
  ASSERT_EQ(lstat((scratch / "root/sbin").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 3000);
}

TEST_F(ApplyTest, LayersOverLayers) {
  ExpectApplied(TarText()
                    .Add(Directory("a"))
                    .Add(File("a/1", 1), "1")
                    .Add(File("a/2", 1), "2")
                    .Add(Directory("a/sub"))
                    .Add(File("a/sub/x", 0))
                    .Add(File("file", 0))
                    .Add(Directory("dir"))
                    .Add(File("dir/in", 0))
                    .Add(File("target", 6), "target")
                    .Add(Symlink("link", "target"))
                    .End());
  ExpectApplied(TarText()
                    .Add(Whiteout("a/1"))
                    .Add(Whiteout("a/sub"))
                    .Add(Whiteout("never/there"))
                    .Add(Directory("file", 0700))
                    .Add(File("dir", 1), "f")
                    .Add(File("link", 3), "new")
                    .End());
  EXPECT_EQ(List(),
            "drwxr-xr-x 0:0 a\n"
            "-rw-r--r-- 0:0 1 a/2\n"
            "-rw-r--r-- 0:0 1 dir\n"
            "drwx------ 0:0 file\n"
            "-rw-r--r-- 0:0 3 link\n"
            "drwxr-xr-x 0:0 never\n"
            "-rw-r--r-- 0:0 6 target\n");
  struct stat status{};
  ASSERT_EQ(lstat((scratch / "root/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1000);  // the layer had no entry for it
}

TEST_F(ApplyTest, WhiteoutsAreForLayersBelowInAnyOrder) {
  ExpectApplied(TarText().Add(File("o/low", 0)).Add(File("o/deep/low", 0)).Add(File("w/low", 0)).End());
  Entry opaque = Directory("o");
  opaque.opaque = true;
  ExpectApplied(TarText()
                    .Add(File("o/early", 0))
                    .Add(File("o/deep/new", 0))
                    .Add(opaque)
                    .Add(File("o/late", 0))
                    .Add(File("w/new", 0))
                    .Add(Whiteout("w"))
                    .End());
  EXPECT_EQ(List(),
            "drwxr-xr-x 0:0 o\n"
            "drwxr-xr-x 0:0 o/deep\n"
            "-rw-r--r-- 0:0 0 o/deep/new\n"
            "-rw-r--r-- 0:0 0 o/early\n"
            "-rw-r--r-- 0:0 0 o/late\n"
            "drwxr-xr-x 0:0 w\n"
            "-rw-r--r-- 0:0 0 w/new\n");
}

TEST_F(ApplyTest, OverlayForm) {
  Entry opaque = Directory("o");
  opaque.opaque = true;
  const auto unpacked = Apply(TarText()
                                  .Add(opaque)
                                  .Add(Whiteout("gone"))
                                  .Add(Whiteout("again"))
                                  .Add(Directory("again"))
                                  .Add(Whiteout("file"))
                                  .Add(File("file", 0))
                                  .Add(File("etc/x", 0))
                                  .End(),
                              WhiteoutForm::kOverlay);
  if (!unpacked && unpacked.error().message.find("opaque") != std::string::npos) {
    GTEST_SKIP() << "this filesystem has no user.* attributes";
  }
  ASSERT_TRUE(unpacked) << ToString(unpacked.error());
  EXPECT_EQ(unpacked->implied, std::vector<std::string>{"etc"});
  struct stat status{};
  ASSERT_EQ(lstat((scratch / "root/gone").c_str(), &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode) && status.st_rdev == 0);
  for (const char* name : {"o", "again"}) {
    char value = 0;
    EXPECT_EQ(getxattr((scratch.root() / "root" / name).c_str(), "user.overlay.opaque", &value, 1), 1)
        << name;
    EXPECT_EQ(value, 'y');
  }
  ASSERT_EQ(lstat((scratch / "root/file").c_str(), &status), 0);
  EXPECT_TRUE(S_ISREG(status.st_mode));
}

TEST_F(ApplyTest, NothingOutsideIsTouched) {
  scratch.Write("outside/file", "outside");
  const std::string outside = scratch / "outside";
  const std::string before = List("outside");
  const std::string up = "../outside";
  const std::vector<std::string> tars = {
      TarText().Add(Symlink("s", outside)).Add(File("s/new", 1), "x").End(),
      TarText().Add(Symlink("s", up)).Add(File("s/new", 1), "x").End(),
      TarText()
          .Add(Symlink("a", "b"))
          .Add(Symlink("b", "../../../.." + outside))
          .Add(File("a/file", 1), "x")
          .End(),
      TarText().Add(Symlink("a", "a")).Add(File("a/file", 1), "x").End(),
      TarText().Add(Directory("d")).Add(Symlink("d/s", "../../outside")).Add(Directory("d/s/made")).End(),
      TarText().Add(Symlink("s", outside)).Add(Whiteout("s/file")).End(),
      TarText().Add(Symlink("s", outside)).Add(HardLink("h", "s/file")).Add(File("h", 1), "x").End(),
      TarText().Add(HardLink("h", outside + "/file")).End(),
      TarText().Add(Symlink("f", outside + "/file")).Add(File("f", 1), "x").End(),
      TarText().Add(Symlink("f", outside + "/file")).Add(HardLink("g", "f")).Add(File("g", 1), "x").End(),
      TarText().Add(Symlink("d", outside)).Add(Directory("d", 0777)).End(),
      TarText().Named(File("", 1), "../outside/new", "x").End(),
      TarText().Named(File("", 1), "a/../../outside/file", "x").End(),
      TarText().Named(File("", 1), outside + "/file", "x").End(),
      TarText().Named(Whiteout(""), "../outside/.wh.file").End(),
      TarText().Named(Directory(""), "..").End(),
      TarText().Add(Symlink("proc", "/proc/self/cwd")).Add(File("proc/x", 1), "x").End(),
  };
  for (const WhiteoutForm form : {WhiteoutForm::kApply, WhiteoutForm::kOverlay}) {
    for (size_t i = 0; i < tars.size(); ++i) {
      ASSERT_TRUE(RemoveTree(scratch / "root"));
      std::filesystem::create_directory(scratch / "root");
      (void)Apply(tars[i], form);
      EXPECT_EQ(List("outside"), before) << i;
      EXPECT_EQ(test::ReadFile(outside + "/file"), "outside") << i;
    }
  }
}

TEST_F(ApplyTest, Refused) {
  const std::string good = TarText().Add(File("a", 600), std::string(600, 'a')).End();
  TarText device, huge;
  device.Add({.path = "d", .attributes = {.mode = S_IFCHR | 0600, .rdev = makedev(0, 0)}});
  huge.Add(File("big", uint64_t{1} << 40));
  const struct {
    std::string tar, message;
    UnpackLimits limits = {};
  } kCases[] = {
      {TarText().Named(File("", 0), "a/../b").End(), "with '..'"},
      {device.End(), "the device 0/0"},
      {huge.End(), "more than 1000 bytes", {.bytes = 1000}},
      {good, "more than 1000 bytes", {.bytes = 1000}},
      {TarText().Add(File("a", 0)).Add(File("b", 0)).End(), "more than 1 entries", {.entries = 1}},
      {TarText().Add(File("a/b/c", 0)).End(), "more than 2 levels", {.depth = 2}},
      {TarText().Add(File(std::string(200, 'a') + "/b", 0)).End(), "are the limit", {.path_bytes = 100}},
      {TarText().Add(HardLink("a", "nowhere")).End(), "neither in the same archive"},
      {TarText().Add(Directory("d")).Add(HardLink("a", "d")).End(), "neither in the same archive"},
      {TarText().Add(Directory("d")).Add(File("d/f", 0)).Add(HardLink("d", "d/f")).End(),
       "neither in the same archive"},
      {TarText().Add(File("a", 0)).Add(File("a/b", 0)).End(), "is no directory"},
      {TarText().Named(File("", 0), "a/.wh.").End(), "without a name"},
      {TarText().Named(File("", 0), ".wh...").End(), "without a name"},
      {good.substr(0, 700), "damaged"},
      {std::string(4096, 'x'), "damaged"},
  };
  for (const auto& [tar, message, limits] : kCases) {
    ASSERT_TRUE(RemoveTree(scratch / "root"));
    std::filesystem::create_directory(scratch / "root");
    const std::string error = Refused(tar, limits);
    EXPECT_NE(error.find(message), std::string::npos) << error << " instead of " << message;
  }
}

TEST_F(ApplyTest, LinksToFilesOfLayersBelow) {
  const auto write = [&](const std::string& layer, const std::string& path, const std::string& text) {
    scratch.Write(layer + "/" + path, text);
  };
  write("bottom", "usr/bin/a", "below");
  std::filesystem::permissions(scratch / "bottom/usr/bin/a", std::filesystem::perms(0751));
  write("bottom", "usr/gone", "removed");
  write("bottom", "hidden/file", "hidden");
  write("bottom", "dir/file", "of a directory that is a file above");
  std::filesystem::create_symlink("usr", scratch / "bottom/link");
  write("top", "dir", "");
  write("top", "usr/bin/other", "");
  write("top", "hidden/other", "");
  ASSERT_EQ(mknod((scratch / "top/usr/gone").c_str(), S_IFCHR, 0), 0);
  ASSERT_EQ(setxattr((scratch / "top/hidden").c_str(), "user.overlay.opaque", "y", 1, 0), 0);
  const auto unpack = [&](const std::string& tar) {
    EXPECT_TRUE(RemoveTree(scratch / "root"));
    std::filesystem::create_directory(scratch / "root");
    const Fd root = std::move(*OpenDirectory(scratch / "root"));
    return Unpack(*store, *store->Put(tar, media::kOciLayer), root.get(), ownership, WhiteoutForm::kOverlay,
                  "user.overlay.", {}, {scratch / "top", scratch / "bottom"});
  };
  const auto unpacked = unpack(TarText().Add(HardLink("usr/b", "usr/bin/a")).End());
  ASSERT_TRUE(unpacked) << ToString(unpacked.error());
  EXPECT_TRUE(unpacked->took_from_below);
  EXPECT_EQ(test::ReadFile(scratch / "root/usr/b"), "below");
  struct stat a{}, b{};
  ASSERT_EQ(lstat((scratch / "root/usr/bin/a").c_str(), &a), 0);
  ASSERT_EQ(lstat((scratch / "root/usr/b").c_str(), &b), 0);
  EXPECT_EQ(a.st_ino, b.st_ino);
  EXPECT_EQ(b.st_mode & 07777, 0751u);
  const std::string kRefused[] = {
      TarText().Add(HardLink("b", "usr/gone")).End(),
      TarText().Add(HardLink("b", "hidden/file")).End(),
      TarText().Add(HardLink("b", "dir/file")).End(),
      TarText().Add(HardLink("b", "link/bin/a")).End(),
      TarText().Add(HardLink("b", "usr/bin")).End(),
      TarText().Add(HardLink("b", "nowhere")).End(),
      TarText().Add(Directory("usr")).Add(Whiteout("usr/bin")).Add(HardLink("b", "usr/bin/a")).End(),
      TarText().Add(Directory("usr")).Add(Symlink("usr/bin", "/tmp")).Add(HardLink("b", "usr/bin/a")).End(),
      TarText()
          .Add(Directory("usr"))
          .Named(File("", 0), "usr/.wh..wh..opq")
          .Add(HardLink("b", "usr/bin/a"))
          .End(),
  };
  for (const std::string& tar : kRefused) {
    const auto refused = unpack(tar);
    ASSERT_FALSE(refused) << &tar - kRefused;
    EXPECT_NE(refused.error().message.find("nor a file below"), std::string::npos)
        << ToString(refused.error());
  }
}

TEST_F(ApplyTest, PackedBadly) {
  auto writer = std::move(*LayerWriter::Create(*store, {}));
  ASSERT_TRUE(writer->AddBytes(File("a", 100'000), std::string(100'000, 'a')));
  const WrittenLayer layer = *writer->Finish();
  const std::string packed = *store->Get(layer.descriptor.digest);
  const Fd root = std::move(*OpenDirectory(scratch / "root"));
  const auto unpack = [&](const std::string& blob, std::string_view media_type) {
    const auto unpacked =
        Unpack(*store, *store->Put(blob, media_type), root.get(), ownership, WhiteoutForm::kApply, "");
    return unpacked ? "it was taken" : ToString(unpacked.error());
  };
  const std::string_view gzip = LayerMediaType(MediaFamily::kOci, Compression::kGzip);
  EXPECT_EQ(unpack(packed, gzip), "it was taken");
  EXPECT_EQ(unpack(packed + packed, gzip),
            "it was taken");  // the digest, not the archive's end, is what counts
  EXPECT_NE(unpack(packed, media::kOciLayer).find("is said to be plain tar but is gzip"), std::string::npos);
  EXPECT_NE(unpack(packed, LayerMediaType(MediaFamily::kOci, Compression::kZstd)).find("said to be"),
            std::string::npos);
  EXPECT_NE(unpack(packed.substr(0, packed.size() - 1), gzip).find("in the midst"), std::string::npos);
  EXPECT_NE(unpack(packed + "garbage", gzip).find("no valid gzip"), std::string::npos);
  std::string flipped = packed;
  flipped[packed.size() - 6] = static_cast<char>(flipped[packed.size() - 6] ^ 1);  // its checksum
  EXPECT_NE(unpack(flipped, gzip).find("no valid gzip"), std::string::npos);
  EXPECT_NE(unpack(packed, "application/octet-stream").find("media type"), std::string::npos);
}

TEST_F(ApplyTest, OverlayAttributesOfLayersAreNotBelieved) {
  Entry entry = Directory("d");
  entry.xattrs = {{"trusted.overlay.opaque", "y"},
                  {"user.kept", "1"},
                  {"user.noted", "x"},
                  {"user.overlay.redirect", "/x"},
                  {"security.selinux", "label"}};
  ExpectApplied(TarText().Add(entry).End());
  char names[1000];
  const ssize_t size = listxattr((scratch / "root/d").c_str(), names, sizeof names);
  ASSERT_GE(size, 0);
  EXPECT_EQ(std::string(names, static_cast<size_t>(size)), std::string("user.kept\0", 10));
}

TEST_F(ApplyTest, ArchivesOfAdd) {
  scratch.Write("root/opt/kept/old", "old");
  std::filesystem::permissions(scratch / "root/opt", std::filesystem::perms(0711));
  Entry owned = File("kept/new", 1);
  owned.attributes.uid = 5;
  const std::string tar = TarText()
                              .Add(Directory("", 0700))
                              .Add(owned, "n")
                              .Add(HardLink("kept/hard", "kept/new"))
                              .Named(File("", 0), ".wh.x")
                              .End();
  const Fd archive(open(scratch.Write("a.tar", tar).c_str(), O_RDONLY));
  const Fd root = std::move(*OpenDirectory(scratch / "root"));
  EXPECT_TRUE(IsArchive(archive.get()));
  const auto unpacked = UnpackArchive(archive.get(), root.get(), "/opt/", ownership);
  ASSERT_TRUE(unpacked) << ToString(unpacked.error());
  EXPECT_NE(List().find("drwx--x--x 0:0 opt\n"), std::string::npos) << List();
  EXPECT_NE(List().find("-rw-r--r-- 5:0 1 opt/kept/hard\n"), std::string::npos);
  EXPECT_NE(List().find("opt/kept/old"), std::string::npos);
  EXPECT_NE(List().find("opt/.wh.x"), std::string::npos);
  for (const std::string& text :
       {std::string(), std::string("hello"), std::string(10240, '\0'), std::string("\x1f\x8b")}) {
    const Fd file(open(scratch.Write("other", text).c_str(), O_RDONLY));
    EXPECT_FALSE(IsArchive(file.get()));
  }
}

}  // namespace
}  // namespace guard::builder

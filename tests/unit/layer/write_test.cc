// Writing layers: what comes back is what went in, the bytes are the same whatever the threads, and what no
// layer can hold is refused.
#include "rootless-builder/layer/write.h"

#include <random>

#include "rootless-builder/layer/pack.h"
#include "tests/unit/layer/layer_fixture.h"

namespace guard::builder {
namespace {

struct WriteTest : LayerTest {
  WrittenLayer Write(const LayerOptions& options, const std::vector<std::pair<Entry, std::string>>& entries) {
    auto writer = std::move(*LayerWriter::Create(*store, options));
    for (const auto& [entry, content] : entries) EXPECT_TRUE(writer->AddBytes(entry, content)) << entry.path;
    return *writer->Finish();
  }
  std::vector<Entry> Read(const Descriptor& layer) {
    std::vector<Entry> entries;
    const Fd blob(*store->OpenBlob(layer.digest));
    const auto read = ReadArchive(blob.get(), {}, [&](const Entry& entry, EntryContent&) -> Result<void> {
      entries.push_back(entry);
      return {};
    });
    EXPECT_TRUE(read) << ToString(read.error());
    return entries;
  }
};

TEST_F(WriteTest, WhatGoesInComesOut) {
  std::vector<Entry> entries;
  const auto add = [&](Entry entry) -> Entry& { return entries.emplace_back(std::move(entry)); };
  add(Directory("etc", 01777));
  add(File("etc/plain", 0));
  add(File("etc/umlaut-\xc3\xa4", 0));
  add(File("etc/latin1-\xe4", 0));
  add(File("etc/new\nline \x01 'quote'", 0));
  add(File(std::string(99, 'a') + "/" + std::string(100, 'b'), 0));
  add(File(std::string(156, 'a') + "/" + std::string(100, 'b'), 0));
  add(File("d/" + std::string(255, 'n'), 0));
  add(File("su", 0, 06755)).attributes.uid = 0;
  Entry& owner = add(File("owner", 0));
  owner.attributes.uid = 4'000'000'000u;
  owner.attributes.gid = 2'097'152;
  add(File("old", 0)).mtime = -5;
  Entry& fraction = add(File("fraction", 0));
  fraction.mtime = 1'700'000'000;
  fraction.mtime_nsec = 123'000'000;
  add(File("late", 0)).mtime = 0777777777777;
  add(Symlink("link", "/absolute/../" + std::string(200, 'l')));
  add(Symlink("bytes", "\xff\xfe"));
  add(HardLink("hard", "etc/plain")).mtime = 2000;
  add({.path = "null", .attributes = {.mode = S_IFCHR | 0666, .rdev = makedev(1, 3)}, .mtime = 1});
  add({.path = "disk",
       .attributes = {.mode = S_IFBLK | 0660, .gid = 6, .rdev = makedev(259, 1048575)},
       .mtime = 1});
  add({.path = "pipe", .attributes = {.mode = S_IFIFO | 0600}, .mtime = 1});
  Entry& attributes = add(File("attributes", 0));
  attributes.attributes.capability = std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  attributes.xattrs = {{"user.a", std::string("\0=\n\xff", 4)}, {"user.empty", ""}};

  for (const Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    std::vector<std::pair<Entry, std::string>> contents;
    for (const Entry& entry : entries) contents.emplace_back(entry, "");
    const WrittenLayer layer = Write({.compression = compression}, contents);
    EXPECT_EQ(layer.entries, entries.size());
    EXPECT_EQ(*store->SizeOf(layer.descriptor.digest), layer.descriptor.size);
    const std::vector<Entry> read = Read(layer.descriptor);
    ASSERT_EQ(read.size(), entries.size());
    for (size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(read[i], entries[i]) << ToString(read[i]) << "\n"
                                     << ToString(entries[i]) << "\n"
                                     << entries[i].mtime;
    }
  }
}

TEST_F(WriteTest, TheBytesDoNotDependOnThreads) {
  std::mt19937 random(1);
  std::string content(size_t{5} << 20, '\0');
  for (char& byte : content) byte = "abcdefgh"[random() % 8];
  for (const Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
    std::optional<WrittenLayer> first;
    for (const unsigned threads : {1u, 2u, 3u, 64u}) {
      const WrittenLayer layer = Write({.compression = compression, .threads = threads},
                                       {{File("a", content.size()), content}, {File("b", 3), "abc"}});
      if (!first) first = layer;
      EXPECT_EQ(layer.descriptor, first->descriptor) << threads;
      EXPECT_EQ(layer.diff_id, first->diff_id);
    }
    EXPECT_EQ(first->tar_size, 512 + content.size() + 512 + 512 + 1024);
    const Fd root = std::move(*OpenDirectory(scratch / "root"));
    const auto unpacked = Unpack(*store, first->descriptor, root.get(), ownership, WhiteoutForm::kApply, "");
    ASSERT_TRUE(unpacked) << ToString(unpacked.error());
    EXPECT_EQ(unpacked->diff_id, first->diff_id);
    EXPECT_EQ(unpacked->bytes, first->tar_size);
    EXPECT_EQ(test::ReadFile(scratch / "root/a"), content);
  }
}

TEST_F(WriteTest, Clamp) {
  Entry entry = File("a", 0), early = File("b", 0);
  entry.mtime = 5000, entry.mtime_nsec = 7;
  early.mtime_nsec = 9;
  const std::vector<Entry> read = Read(Write({.clamp_mtime = 5000}, {{entry, ""}, {early, ""}}).descriptor);
  EXPECT_EQ(read[0].mtime, 5000);
  EXPECT_EQ(read[0].mtime_nsec, 0u);
  EXPECT_EQ(read[1].mtime_nsec, 9u);
}

TEST_F(WriteTest, FilesFromDisk) {
  const std::string path = scratch.Write("file", "content");
  const Fd file(open(path.c_str(), O_RDONLY));
  auto writer = std::move(*LayerWriter::Create(*store, {}));
  EXPECT_TRUE(writer->Add(File("same", 7), file.get()));
  EXPECT_FALSE(writer->Add(File("shorter", 8), file.get()));
  EXPECT_FALSE(writer->Add(File("longer", 6), file.get()));
  EXPECT_FALSE(writer->Add(File("none", 6), -1));
}

TEST_F(WriteTest, Refused) {
  auto writer = std::move(*LayerWriter::Create(*store, {}));
  EXPECT_FALSE(writer->AddBytes(File("a/.wh.x", 0), ""));
  EXPECT_FALSE(writer->AddBytes(Whiteout(""), ""));
  EXPECT_FALSE(writer->AddBytes({.path = "socket", .attributes = {.mode = S_IFSOCK}}, ""));
  EXPECT_FALSE(writer->AddBytes(File(std::string("a\0b", 3), 0), ""));
  EXPECT_FALSE(writer->AddBytes(File("a", 1), "two"));
  Entry entry = File("a", 0);
  entry.xattrs = {{"user.a=b", ""}};
  EXPECT_FALSE(writer->AddBytes(entry, ""));
  EXPECT_FALSE(LayerWriter::Create(*store, {.level = 13}));
  EXPECT_FALSE(LayerWriter::Create(*store, {.compression = Compression::kZstd, .level = 0}));
}

// The bytes are a promise: they are the identity of layers that people have.
TEST_F(WriteTest, Bytes) {
  const WrittenLayer layer =
      Write({.compression = Compression::kGzip}, {{Directory("etc"), ""},
                                                  {Whiteout("etc/gone"), ""},
                                                  {File("etc/\xc3\xa4", 5), "hello"},
                                                  {Symlink("etc/link", "x"), ""},
                                                  {HardLink("hard", "etc/\xc3\xa4"), ""}});
  test::ExpectGolden("layer/bytes.txt", layer.diff_id.hex() + "\n" + layer.descriptor.digest.hex() + "\n");
}

}  // namespace
}  // namespace guard::builder

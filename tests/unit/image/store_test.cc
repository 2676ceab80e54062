// The store: blobs, names, steps, prune, leftovers, damage.
#include "rootless-builder/image/store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/support/golden.h"
#include "tests/support/scratch.h"

namespace guard::builder {
namespace {

namespace fs = std::filesystem;

struct StoreTest : testing::Test {
  test::Scratch scratch;
  std::unique_ptr<Store> store = std::move(*Store::Open(scratch / "store"));

  Descriptor PutImage(const std::string& content) {
    const Descriptor layer = *store->Put(content, LayerMediaType(MediaFamily::kOci, Compression::kNone));
    ImageConfig config;
    config.platform = {"linux", "amd64"};
    config.diff_ids = {layer.digest};
    Manifest manifest;
    manifest.config = *store->Put(Serialize(config), media::kOciConfig);
    manifest.layers = {layer};
    return *store->Put(Serialize(manifest), media::kOciManifest);
  }
  size_t Count(const char* folder) const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(scratch.root() / "store" / folder), {}));
  }
};

TEST_F(StoreTest, Blobs) {
  auto writer = *store->NewBlob();
  ASSERT_TRUE(writer->Write("hel"));
  ASSERT_TRUE(writer->Write("lo"));
  EXPECT_EQ(writer->size(), 5u);
  EXPECT_FALSE(store->Has(Digest::Of("hello")));
  EXPECT_EQ(*writer->Commit(Digest::Of("hello")), Digest::Of("hello"));
  EXPECT_EQ(*store->Get(Digest::Of("hello")), "hello");
  EXPECT_EQ(*store->SizeOf(Digest::Of("hello")), 5u);
  EXPECT_FALSE(store->Get(Digest::Of("hello"), 4));
  EXPECT_FALSE(store->Get(Digest::Of("other")));
  EXPECT_FALSE(store->Get(Digest()));

  auto wrong = *store->NewBlob();
  ASSERT_TRUE(wrong->Write("bad"));
  const auto committed = wrong->Commit(Digest::Of("good"));
  ASSERT_FALSE(committed);
  EXPECT_NE(committed.error().message.find(Digest::Of("bad").ToString()), std::string::npos);
  wrong.reset();
  EXPECT_EQ(Count("ingest"), 0u);
  EXPECT_EQ(Count("blobs/sha256"), 1u);
}

TEST_F(StoreTest, DamageIsSeenAndHealed) {
  const Descriptor blob = *store->Put("content", "a/b");
  chmod(store->BlobPath(blob.digest).c_str(), 0644);
  scratch.Write("store/blobs/sha256/" + blob.digest.hex(), "CONTENT");
  EXPECT_NE(store->Get(blob.digest).error().message.find("damaged"), std::string::npos);
  auto writer = *store->NewBlob();
  ASSERT_TRUE(writer->Write("content"));
  ASSERT_TRUE(writer->Commit());
  EXPECT_EQ(*store->Get(blob.digest), "content");
}

TEST_F(StoreTest, Names) {
  const Descriptor a = PutImage("a"), b = PutImage("b");
  ASSERT_TRUE(store->Tag("docker.io/library/x:1", a));
  ASSERT_TRUE(store->Tag("docker.io/library/a:1", a));
  ASSERT_TRUE(store->Tag("docker.io/library/x:1", b));
  EXPECT_EQ((*store->Find("docker.io/library/x:1"))->digest, b.digest);
  EXPECT_FALSE(*store->Find("docker.io/library/y:1"));
  EXPECT_EQ(store->Names()->size(), 2u);
  EXPECT_EQ(store->Names()->front().name, "docker.io/library/a:1");
  EXPECT_TRUE(*store->Untag("docker.io/library/a:1"));
  EXPECT_FALSE(*store->Untag("docker.io/library/a:1"));
  EXPECT_FALSE(store->Tag("x", Descriptor{.media_type = "a", .digest = Digest::Of("nowhere")}));
  EXPECT_TRUE(CheckComplete(*store, b));
  unlink(store->BlobPath(Digest::Of("b")).c_str());
  EXPECT_FALSE(CheckComplete(*store, b));
}

TEST_F(StoreTest, NamesFromManyThreads) {
  const Descriptor a = PutImage("a");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(store->Tag(std::to_string(t) + ":" + std::to_string(i), a));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store->Names()->size(), 40u);
}

TEST_F(StoreTest, Steps) {
  const StepRecord record{Digest::Of("diff"), *store->Put("layer", "a/b"), "notes \"and\" more"};
  ASSERT_TRUE(store->PutStep(Digest::Of("key"), record));
  const auto found = store->FindStep(Digest::Of("key"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->diff_id, record.diff_id);
  EXPECT_EQ(found->layer, record.layer);
  EXPECT_EQ(found->extra, record.extra);
  ASSERT_TRUE(store->PutStep(Digest::Of("none"), StepRecord{}));
  EXPECT_TRUE(store->FindStep(Digest::Of("none"))->diff_id.empty());
  EXPECT_FALSE(store->FindStep(Digest::Of("other")));
  chmod((scratch / ("store/steps/" + Digest::Of("key").hex())).c_str(), 0644);
  scratch.Write("store/steps/" + Digest::Of("key").hex(), "{\"version\":");
  EXPECT_FALSE(store->FindStep(Digest::Of("key")));
}

TEST_F(StoreTest, Prune) {
  ASSERT_TRUE(store->Tag("kept", PutImage("kept")));
  PutImage("gone");
  const Descriptor loose = *store->Put("loose", "a/b");
  ASSERT_TRUE(store->PutStep(Digest::Of("1"), {Digest::Of("kept"), *store->Put("kept", "a/b"), ""}));
  ASSERT_TRUE(store->PutStep(Digest::Of("2"), {Digest::Of("loose"), loose, ""}));
  ASSERT_TRUE(store->PutStep(Digest::Of("3"), {}));
  scratch.Write("store/trees/root/" + Digest::Of("kept").hex() + "/a", "x");
  scratch.Write("store/trees/root/" + Digest::Of("gone").hex() + "/a/b", "x");
  scratch.Write("store/ingest/left", "over");
  scratch.Write("store/work/dead/fs/x", "over");

  auto pruned = store->Prune(false, 3600);
  ASSERT_TRUE(pruned);
  EXPECT_EQ(pruned->blobs + pruned->steps + pruned->trees, 0u);
  EXPECT_EQ(Count("work") + Count("ingest"), 0u);

  pruned = store->Prune(false, 0);
  ASSERT_TRUE(pruned) << ToString(pruned.error());
  EXPECT_EQ(pruned->blobs, 4u);
  EXPECT_EQ(pruned->steps, 1u);
  EXPECT_EQ(pruned->trees, 1u);
  EXPECT_TRUE(CheckComplete(*store, **store->Find("kept")));
  EXPECT_TRUE(store->FindStep(Digest::Of("1")));
  EXPECT_FALSE(store->FindStep(Digest::Of("2")));
  EXPECT_EQ(store->Prune(true, 0)->steps, 2u);
  EXPECT_TRUE(CheckComplete(*store, **store->Find("kept")));
}

TEST_F(StoreTest, LeftoversGoButNotWhatIsBeingWritten) {
  auto writer = *store->NewBlob();
  ASSERT_TRUE(writer->Write("slow"));
  scratch.Write("store/ingest/left", "over");
  auto other = Store::Open(scratch / "store");
  ASSERT_TRUE(other);
  EXPECT_EQ(Count("ingest"), 1u);
  EXPECT_TRUE(writer->Commit());
}

TEST_F(StoreTest, AfterARestartWhatIsNotWholeIsGone) {
  const Descriptor whole = *store->Put("whole", "a/b"), cut = *store->Put("cut off", "a/b");
  chmod(store->BlobPath(cut.digest).c_str(), 0644);
  scratch.Write("store/blobs/sha256/" + cut.digest.hex(), "");
  ASSERT_TRUE(Store::Open(scratch / "store"));
  EXPECT_TRUE(store->Has(cut.digest));            // the same run: nobody looks
  chmod((scratch / "store/boot").c_str(), 0644);  // ours to write, also where we are not root
  scratch.Write("store/boot", "another run of the machine");
  ASSERT_TRUE(Store::Open(scratch / "store"));
  EXPECT_TRUE(store->Has(whole.digest));
  EXPECT_FALSE(store->Has(cut.digest));
}

TEST(Store, RefusesOtherDirectories) {
  const test::Scratch scratch;
  scratch.Write("mine/thesis.txt", "x");
  EXPECT_FALSE(Store::Open(scratch / "mine"));
  EXPECT_TRUE(fs::exists(scratch.root() / "mine" / "thesis.txt"));
  scratch.Write("file", "x");
  EXPECT_FALSE(Store::Open(scratch / "file"));
  scratch.Write("newer/oci-layout", R"({"imageLayoutVersion":"2.0.0"})");
  EXPECT_FALSE(Store::Open(scratch / "newer"));
}

TEST_F(StoreTest, NamesOfOthersStay) {
  PutImage("x");
  const std::string index =
      R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
      PutImage("x").digest.ToString() + R"(","size":1}]})";
  scratch.Write("store/index.json", "");
  fs::permissions(scratch / "store/index.json", fs::perms::owner_all);
  scratch.Write("store/index.json", index);
  ASSERT_TRUE(store->Tag("name", PutImage("x")));
  EXPECT_EQ(store->Names()->size(), 1u);
  const std::string text = test::ReadFile(scratch / "store/index.json");
  EXPECT_NE(text.find("\"size\":1}"), std::string::npos) << text;
}

}  // namespace
}  // namespace guard::builder

#include "webhook/http/reload.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/scratch.h"
#include "webhook/http/certificates.h"
#include "webhook/http/file_digest.h"

namespace guard {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

TEST(FileDigest, IsAboutNamesAndContents) {
  test::Scratch scratch;
  std::vector<std::string> paths = {scratch / "folder", scratch / "file"};
  auto digest = [&] { return DigestFiles(paths); };
  std::string nothing = digest();
  scratch.Write("file", "1");
  std::string one = digest();
  EXPECT_NE(nothing, one);
  scratch.Write("file", "1");
  fs::last_write_time(scratch / "file", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(digest(), one);
  scratch.Write("folder/deep/a.yaml", "x");
  std::string with_folder = digest();
  EXPECT_NE(with_folder, one);
  scratch.Write("folder/.hidden", "x");
  EXPECT_EQ(digest(), with_folder);
  fs::rename(scratch / "folder/deep/a.yaml", scratch / "folder/deep/b.yaml");
  EXPECT_NE(digest(), with_folder);
}

TEST(FileDigest, SurvivesLoopsOfLinks) {
  test::Scratch scratch;
  scratch.Write("folder/a", "x");
  fs::create_directory_symlink(scratch / "folder", scratch / "folder/again");
  fs::create_symlink("self", scratch / "folder/self");
  EXPECT_EQ(DigestFiles({scratch / "folder"}).size(), 64u);
}

TEST(FileDigest, KnowsWhereToWatch) {
  test::Scratch scratch;
  scratch.Write("data/..v1/tls.crt", "x");
  fs::create_directory_symlink("..v1", scratch / "data/..data");
  fs::create_symlink("..data/tls.crt", scratch / "data/tls.crt");
  std::vector<std::string> folders = FoldersOf({scratch / "data/tls.crt"});
  EXPECT_EQ(folders,
            (std::vector<std::string>{scratch / "data", fs::canonical(scratch / "data/..v1").native()}));
}

TEST(FolderWatch, TellsOfChanges) {
  test::Scratch scratch;
  FolderWatch watch;
  if (watch.descriptor() < 0) GTEST_SKIP() << "no inotify here";
  watch.Watch({scratch.root(), scratch / "missing"});
  EXPECT_FALSE(watch.Drain());
  scratch.Write("a", "x");
  EXPECT_TRUE(watch.Drain());
  EXPECT_FALSE(watch.Drain());
  fs::rename(scratch / "a", scratch / "b");
  EXPECT_TRUE(watch.Drain());
  watch.Watch({});
  scratch.Write("c", "x");
  EXPECT_FALSE(watch.Drain());
}

// A configuration on disk, and what a Reloader hands over.
struct Fixture {
  Fixture() : log({.level = LogLevel::kError}), metrics("test") {
    WriteCertificate();
    WriteConfig("deny");
    config = *ReadWebhookConfig(scratch / "config.yaml");
  }
  void WriteCertificate() {
    MadeCertificates made = *MakeCertificates({{"a.svc"}, {}, 1});
    scratch.Write("tls.crt", made.certificate);
    scratch.Write("tls.key", made.key);
  }
  void WriteConfig(const std::string& action) {
    scratch.Write("config.yaml.new",
                  "apiVersion: guardctl.dev/v1\nkind: WebhookConfiguration\n"
                  "tls: {certificate: tls.crt, key: tls.key}\n"
                  "profiles: {a: {packs: {pod-security-baseline: " +
                      action + "}}}\n");
    fs::rename(scratch / "config.yaml.new", scratch / "config.yaml");
  }
  std::unique_ptr<Reloader> Start() {
    Reloader::Hooks hooks;
    hooks.use_tls = [this](auto) { ++certificates; };
    hooks.use_rules = [this](auto rules) { digest = rules->digest(), ++rule_sets; };
    auto reloader = std::make_unique<Reloader>(scratch / "config.yaml", config, std::move(hooks), &log,
                                               &metrics, Reloader::Pace{milliseconds(20), milliseconds(50)});
    reloader->Start();
    return reloader;
  }
  static bool Until(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }
  bool Told(const std::string& line) {
    return Until([&] { return metrics.Scrape().find(line) != std::string::npos; });
  }

  test::Scratch scratch;
  Log log;
  Metrics metrics;
  WebhookConfig config;
  std::atomic<int> certificates = 0, rule_sets = 0;
  std::string digest;
};

TEST(Reloader, HandsOverWhatHasChanged) {
  Fixture f;
  auto reloader = f.Start();
  f.WriteCertificate();
  EXPECT_TRUE(Fixture::Until([&] { return f.certificates >= 1; }));
  EXPECT_EQ(f.rule_sets, 0);
  f.WriteConfig("warn");
  EXPECT_TRUE(Fixture::Until([&] { return f.rule_sets >= 1; }));
}

TEST(Reloader, KeepsWhatIsGood) {
  Fixture f;
  auto reloader = f.Start();
  f.WriteConfig("dney");
  EXPECT_TRUE(f.Told("guard_webhook_reloads_total{what=\"policies\",result=\"failure\"} 1"));
  f.scratch.Write("tls.key", "no key");
  EXPECT_TRUE(f.Told("guard_webhook_reloads_total{what=\"certificate\",result=\"failure\"} 1"));
  EXPECT_EQ(f.rule_sets, 0);
  EXPECT_EQ(f.certificates, 0);
  f.WriteConfig("deny");
  f.WriteCertificate();
  EXPECT_TRUE(Fixture::Until([&] { return f.rule_sets >= 1 && f.certificates >= 1; }));
}

TEST(Reloader, LoadsUnchangedFilesWhenForced) {
  Fixture f;
  auto reloader = f.Start();
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(f.rule_sets + f.certificates, 0);
  reloader->Force();
  EXPECT_TRUE(Fixture::Until([&] { return f.rule_sets >= 1 && f.certificates >= 1; }));
}

}  // namespace
}  // namespace guard

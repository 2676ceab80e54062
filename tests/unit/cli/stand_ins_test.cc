#include "rootless-builder/cli/stand_ins.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "rootless-builder/cli/go_template.h"
#include "rootless-builder/cli/manifest_list.h"

namespace guard::builder {
namespace {

TEST(GoTemplate, FieldsJsonAndIndex) {
  nlohmann::json data = {
      {"Id", "sha256:1"}, {"Size", 5}, {"Config", {{"Labels", {{"a", "b"}}}}}, {"Tags", {"x", "y"}}};
  struct Case {
    const char *text, *expected;
  };
  for (const Case& one :
       {Case{"{{.Id}}", "sha256:1"}, Case{"{{ .Size }} {{.Id}}\\n", "5 sha256:1\n"},
        Case{"{{json .Config.Labels}}", "{\"a\":\"b\"}"}, Case{"{{index .Tags 1}}", "y"},
        Case{"{{index .Config.Labels \"a\"}}", "b"}, Case{"{{index .Config.Labels \"none\"}}", ""},
        Case{"{{range .Tags}}", "error"}, Case{"{{.Nope}}", "error"}, Case{"{{.Id", "error"},
        Case{"{{index .Tags 9}}", "error"}, Case{"{{.Id | len}}", "error"}, Case{"plain", "plain"}}) {
    auto filled = FillTemplate(one.text, data);
    EXPECT_EQ(filled ? *filled : "error", one.expected) << one.text;
  }
}

TEST(PortStandIn, OnlyPingIsWell) {
  EXPECT_TRUE(AnswerFor("GET /_ping HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(AnswerFor("HEAD /_ping HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
  for (const char* line :
       {"GET /v1.41/info", "GET /version", "POST /_ping", "POST /build?t=x", "GET /_ping/x"}) {
    std::string answer = AnswerFor(std::string(line) + " HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << line;
    auto body = nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4), nullptr, false);
    ASSERT_TRUE(body.is_object()) << line;
    EXPECT_NE(body["message"].get<std::string>().find("no Docker daemon"), std::string::npos);
  }
  for (const char* other : {"", "nonsense", "GET", "\r\n\r\n", "SSH-2.0-x\r\n"})
    EXPECT_TRUE(AnswerFor(other).starts_with("HTTP/1.1 400 ")) << other;
}

TEST(Install, CopiesAndLinksAgainAndAgain) {
  namespace fs = std::filesystem;
  fs::path directory = fs::path(testing::TempDir()) / ("install" + std::to_string(getpid()));
  for (int i = 0; i < 2; ++i) {
    auto installed = InstallTo(directory / "bin", "/proc/self/exe");
    ASSERT_TRUE(installed) << installed.error().message;
  }
  struct stat info;
  ASSERT_EQ(stat((directory / "bin/rootless-builder").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
  for (const char* name : {"docker", "buildah", "podman"})
    EXPECT_EQ(fs::read_symlink(directory / "bin" / name), "rootless-builder");
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory / "bin")) ++count;
  EXPECT_EQ(count, 4u);
  EXPECT_FALSE(InstallTo(directory / "bin/rootless-builder/below", "/proc/self/exe"));
  fs::remove_all(directory);
}

TEST(ManifestList, AnEntryOfTheSamePlatformIsReplaced) {
  Index index;
  Descriptor one{.digest = Digest::Of("1"), .platform = Platform{.os = "linux", .architecture = "amd64"}};
  Descriptor two{.digest = Digest::Of("2"), .platform = Platform{.os = "linux", .architecture = "arm64"}};
  Descriptor newer{.digest = Digest::Of("3"), .platform = one.platform};
  for (const Descriptor& entry : {one, two, newer, newer}) PutEntry(index, entry);
  ASSERT_EQ(index.manifests.size(), 2u);
  EXPECT_EQ(index.manifests[0], newer);
  EXPECT_EQ(index.manifests[1], two);
}

}  // namespace
}  // namespace guard::builder

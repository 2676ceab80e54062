#include "rootless-builder/registry/credentials.h"

#include <sys/stat.h>

#include <map>

#include "rootless-builder/registry/helper.h"
#include "tests/support/golden.h"
#include "tests/support/scratch.h"

namespace guard::builder {
namespace {

using test::Scratch;

std::string Entry(const std::string& key, const std::string& user) {
  return R"({"auths": {")" + key + R"(": {"username": ")" + user + R"(", "password": "pw"}}})";
}

TEST(Credentials, AreFoundInTheirOrder) {
  Scratch scratch;
  std::map<std::string, std::string> variables{{"HOME", scratch / "home"}};
  CredentialOptions options{.kaniko_file = scratch / "kaniko/config.json"};
  options.environment = [&](const char* name) -> const char* {
    auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  auto user = [&](const char* registry = "reg.test") {
    Result<std::shared_ptr<const Credentials>> loaded = Credentials::Load(options);
    return loaded ? (*loaded)->Find(registry, "app")->username : "error: " + loaded.error().message;
  };
  EXPECT_EQ(user(), "");
  scratch.Write("home/.config/containers/auth.json", Entry("reg.test", "containers"));
  EXPECT_EQ(user(), "containers");
  variables["XDG_RUNTIME_DIR"] = scratch / "run";
  scratch.Write("run/containers/auth.json", Entry("reg.test", "runtime"));
  EXPECT_EQ(user(), "runtime");
  scratch.Write("kaniko/config.json", Entry("reg.test", "kaniko"));
  EXPECT_EQ(user(), "kaniko");
  scratch.Write("home/.docker/config.json", Entry("reg.test", "home"));
  EXPECT_EQ(user(), "home");
  variables["DOCKER_CONFIG"] = scratch / "docker";
  EXPECT_EQ(user(), "kaniko") << "DOCKER_CONFIG stands for the one at home";
  scratch.Write("docker/config.json", Entry("reg.test", "docker"));
  EXPECT_EQ(user(), "docker");
  variables["REGISTRY_AUTH_FILE"] = scratch.Write("auth.json", Entry("reg.test", "podman"));
  EXPECT_EQ(user(), "podman");
  variables["DOCKER_AUTH_CONFIG"] = Entry("reg.test", "variable");
  EXPECT_EQ(user(), "variable");
  variables["DOCKER_AUTH_CONFIG"] = Entry("else.test", "variable");
  EXPECT_EQ(user(), "podman") << "an entry for another registry hides nothing";
  options.auth_file = scratch.Write("given.json", Entry("reg.test", "given"));
  EXPECT_EQ(user(), "given");
  EXPECT_EQ(user("else.test"), "");
  options.explicit_credential = Credential{.username = "explicit", .password = "pw"};
  options.explicit_registry = "reg.test";
  EXPECT_EQ(user(), "explicit");
  EXPECT_EQ(user("else.test"), "");
  options.auth_file = scratch / "missing.json";
  EXPECT_TRUE(user().starts_with("error: "));
}

TEST(Credentials, LoginKeepsWhatElseIsThere) {
  Scratch scratch;
  std::string file = scratch.Write(
      "config.json",
      R"({"HttpHeaders": {"a": "b"}, "auths": {"https://index.docker.io/v1/": {"auth": "eDp5"}}})");
  ASSERT_TRUE(Login(file, "reg.test", {.username = "me", .password = "s3cret:pass"}));
  ASSERT_TRUE(Login(file, "docker.io", {.username = "hub", .password = "new"}));
  ASSERT_TRUE(Login(file, "reg.test/team", {.identity_token = "t"}));
  struct stat status{};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(test::ReadFile(file),
            "{\n\t\"HttpHeaders\": {\n\t\t\"a\": \"b\"\n\t},\n\t\"auths\": {\n"
            "\t\t\"reg.test\": {\n\t\t\t\"auth\": \"bWU6czNjcmV0OnBhc3M=\"\n\t\t},\n"
            "\t\t\"https://index.docker.io/v1/\": {\n\t\t\t\"auth\": \"aHViOm5ldw==\"\n\t\t},\n"
            "\t\t\"reg.test/team\": {\n\t\t\t\"identitytoken\": \"t\"\n\t\t}\n\t}\n}\n");
  EXPECT_TRUE(*Logout(file, "https://reg.test/v2/"));
  EXPECT_FALSE(*Logout(file, "reg.test"));
  EXPECT_EQ(test::ReadFile(file).find("s3cret"), std::string::npos);
  EXPECT_NE(test::ReadFile(file).find("reg.test/team"), std::string::npos);
}

TEST(Credentials, LoginRefuses) {
  Scratch scratch;
  EXPECT_FALSE(Login(scratch / "a.json", "reg.test", {.username = "a:b", .password = "c"}));
  EXPECT_FALSE(Login(scratch / "a.json", "reg.test", {}));
  std::string broken = scratch.Write("b.json", "{");
  EXPECT_FALSE(Login(broken, "reg.test", {.username = "a", .password = "c"}));
  EXPECT_EQ(test::ReadFile(broken), "{");
  EXPECT_TRUE(Login(scratch / "new/folder/c.json", "reg.test", {.username = "a", .password = "c"}));
}

// Helpers are programs on the path.
class Helpers : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::getenv("PATH") ? std::getenv("PATH") : "";
    setenv("PATH", (scratch_.root().string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override { setenv("PATH", path_.c_str(), 1); }
  void Write(const char* name, const std::string& body) {
    std::filesystem::permissions(
        scratch_.Write(std::string("docker-credential-") + name, "#!/bin/sh\n" + body),
        std::filesystem::perms::owner_all);
  }
  Scratch scratch_;
  std::string path_;
};

TEST_F(Helpers, AreAsked) {
  Write("good", "read s; echo \"{\\\"Username\\\": \\\"u\\\", \\\"Secret\\\": \\\"for $s\\\"}\"");
  Write("token", "echo '{\"Username\": \"<token>\", \"Secret\": \"t\"}'");
  Write("none", "echo credentials not found in native keychain; exit 1");
  EXPECT_EQ((*AskHelper("good", "reg.test"))->password, "for reg.test");
  EXPECT_EQ((*AskHelper("token", "reg.test"))->identity_token, "t");
  EXPECT_FALSE(*AskHelper("none", "reg.test"));
}

TEST_F(Helpers, ThatMisbehaveAreErrors) {
  Write("fails", "echo '{\"Secret\": \"s3cret\"}'; exit 3");
  Write("babbles", "echo s3cret");
  Write("floods", "yes s3cret");
  Write("hangs", "sleep 60");
  for (const char* name : {"fails", "babbles", "floods", "missing"}) {
    auto answer = AskHelper(name, "reg.test");
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(Render(answer.error()).find("s3cret"), std::string::npos);
  }
  EXPECT_FALSE(AskHelper("hangs", "reg.test", std::chrono::milliseconds(100)));
}

TEST_F(Helpers, KeepWhatLoginGivesThem) {
  Write("keeper", "cat >\"$0.$1\"");
  std::string file = scratch_.Write("config.json", R"({"credHelpers": {"reg.test": "keeper"}})");
  ASSERT_TRUE(Login(file, "reg.test", {.username = "u", .password = "s3cret"}));
  EXPECT_EQ(test::ReadFile(file).find("s3cret"), std::string::npos);
  EXPECT_EQ(test::ReadFile(scratch_ / "docker-credential-keeper.store"),
            R"({"ServerURL":"reg.test","Username":"u","Secret":"s3cret"})");
  EXPECT_TRUE(*Logout(file, "reg.test"));
  EXPECT_EQ(test::ReadFile(scratch_ / "docker-credential-keeper.erase"), "reg.test");
}

}  // namespace
}  // namespace guard::builder

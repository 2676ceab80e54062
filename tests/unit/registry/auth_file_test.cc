#include "rootless-builder/registry/auth_file.h"

namespace guard::builder {
namespace {

TEST(AuthFile, KeysAreNormalised) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://index.docker.io/v1/", "docker.io"},
      {"index.docker.io", "docker.io"},
      {"registry-1.docker.io", "docker.io"},
      {"docker.io/team", "docker.io/team"},
      {"HTTPS://Reg.Example.com:5000/v2/", "reg.example.com:5000"},
      {"http://reg.example.com/", "reg.example.com"},
      {"reg.example.com/Team/app/", "reg.example.com/Team/app"},
      {"[::1]:5000", "[::1]:5000"},
  };
  for (const auto& [key, normal] : cases) EXPECT_EQ(NormalKey(key), normal) << key;
  EXPECT_EQ(KeysFor("reg.test:5000", "a/b"),
            (std::vector<std::string>{"reg.test:5000/a/b", "reg.test:5000/a", "reg.test:5000"}));
  EXPECT_EQ(DockerKey("docker.io"), "https://index.docker.io/v1/");
}

TEST(AuthFile, WhatIsClosestWinsAndNeighboursGetNothing) {
  Result<AuthFile> file = ParseAuthFile(R"({
    "auths": {
      "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
      "reg.test": {"username": "host", "password": "pw"},
      "reg.test/team": {"auth": "dGVhbTpwdzp4"},
      "reg.test/team/app": {"identitytoken": "t"},
      "only.test/team": {"registrytoken": "r"},
      "empty.test": {}
    },
    "credHelpers": {"helped.test": "ecr-login", "reg.test/cloud": "gcloud"},
    "credsStore": "desktop"})",
                                        "f");
  ASSERT_TRUE(file) << file.error().message;
  struct Case {
    const char *registry, *repository, *expected;
  };
  for (const Case& c : std::initializer_list<Case>{{"docker.io", "library/nginx", "hub:pw"},
                                                   {"reg.test", "other/app", "host:pw"},
                                                   {"reg.test", "team/x", "team:pw:x"},
                                                   {"reg.test", "team/app", "token t"},
                                                   {"reg.test", "team/app/sub", "token t"},
                                                   {"reg.test", "teams/app", "host:pw"},
                                                   {"only.test", "team/x", "registry r"},
                                                   {"only.test", "other/x", "helper desktop"},
                                                   {"only.test", "", "helper desktop"},
                                                   {"empty.test", "x", "helper desktop"},
                                                   {"helped.test", "x", "helper ecr-login"},
                                                   {"reg.test", "cloud/x", "helper gcloud"},
                                                   {"reg.test:5000", "x", "helper desktop"}}) {
    AuthChoice choice = Choose(*file, c.registry, c.repository);
    std::string got = "helper " + choice.helper;
    if (choice.credential) {
      const Credential& found = *choice.credential;
      got = !found.identity_token.empty()   ? "token " + found.identity_token
            : !found.registry_token.empty() ? "registry " + found.registry_token
                                            : found.username + ":" + found.password;
    }
    EXPECT_EQ(got, c.expected) << c.registry << "/" << c.repository;
  }
}

TEST(AuthFile, WhatCannotBeReadIsAnErrorWithoutSecrets) {
  for (const char* text :
       {"[]", "{", R"({"auths": []})", R"({"auths": {"a": "s3cret"}})",
        R"({"auths": {"a": {"auth": "s3cret!"}}})", R"({"auths": {"a": {"auth": 5}}})",
        R"({"auths": {"a": {"auth": "czNjcmV0"}}})", R"({"credHelpers": {"a": "../../bin/sh"}})",
        R"({"credHelpers": {"a": 1}})", R"({"credsStore": "x y"})"}) {
    Result<AuthFile> file = ParseAuthFile(text, "config.json");
    ASSERT_FALSE(file) << text;
    EXPECT_EQ(Render(file.error()).find("s3cret"), std::string::npos);
    EXPECT_EQ(Render(file.error()).find("czNjcmV0"), std::string::npos);
  }
  EXPECT_TRUE(ParseAuthFile("", "empty"));
  EXPECT_TRUE(ParseAuthFile(R"({"HttpHeaders": {"x": "y"}, "auths": {}})", "docker's"));
}

TEST(AuthFile, TokensThatLookLikePasswords) {
  AuthFile file = *ParseAuthFile(R"({"auths": {"a.test": {"username": "<token>", "password": "t"}}})", "f");
  EXPECT_EQ(file.auths.at("a.test").identity_token, "t");
  EXPECT_EQ(file.auths.at("a.test").username, "");
}

}  // namespace
}  // namespace guard::builder

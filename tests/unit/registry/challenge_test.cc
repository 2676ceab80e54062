#include "rootless-builder/registry/challenge.h"

namespace guard::builder {
namespace {

using Scheme = Challenge::Scheme;

TEST(Challenge, BearerBeforeBasic) {
  struct Case {
    std::vector<std::string_view> headers;
    Scheme scheme;
    const char *realm, *service;
  };
  for (
      const Case& c : std::initializer_list<Case>{
          {{}, Scheme::kNone, "", ""},
          {{R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a:pull")"},
           Scheme::kBearer,
           "https://auth.docker.io/token",
           "registry.docker.io"},
          {{R"(Basic realm="https://x.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com")"},
           Scheme::kBasic,
           "https://x.dkr.ecr.eu-west-1.amazonaws.com/",
           "ecr.amazonaws.com"},
          {{R"(Basic realm="a", BEARER realm="https://b/\"c", service=d)"},
           Scheme::kBearer,
           "https://b/\"c",
           "d"},
          {{"Basic realm=\"a\"", "Bearer realm=\"https://b\""}, Scheme::kBearer, "https://b", ""},
          {{"Negotiate", "Basic"}, Scheme::kBasic, "", ""},
          {{"Bearer"}, Scheme::kNone, "", ""},
          {{"realm=\"x\", \x01"}, Scheme::kNone, "", ""},
          {{"Bearer realm=\"unclosed"}, Scheme::kBearer, "unclosed", ""}}) {
    Challenge challenge = ReadChallenge(c.headers);
    EXPECT_EQ(challenge.scheme, c.scheme);
    EXPECT_EQ(challenge.realm, c.realm);
    EXPECT_EQ(challenge.service, c.service);
  }
}

TEST(Challenge, CredentialsGoWhereTheyMay) {
  struct Case {
    const char *registry, *realm;
    bool allowed;
  };
  for (const Case& c :
       std::initializer_list<Case>{{"https://registry-1.docker.io/v2/", "https://auth.docker.io/token", true},
                                   {"https://registry.gitlab.test/v2/", "https://gitlab.test/jwt/auth", true},
                                   {"https://reg.test/v2/", "http://reg.test/token", false},
                                   {"http://reg.test/v2/", "http://reg.test/token", true},
                                   {"http://reg.test:5000/v2/", "http://reg.test:5001/token", true},
                                   {"http://reg.test:5000/v2/", "https://reg.test/token", true},
                                   {"http://reg.test/v2/", "http://auth.test/token", false},
                                   {"http://reg.test/v2/", "https://auth.test/token", false},
                                   {"https://reg.test/v2/", "/token", false},
                                   {"https://reg.test/v2/", "https://user:pw@auth.test/token", false},
                                   {"https://reg.test/v2/", "ftp://auth.test/token", false}})
    EXPECT_EQ(CheckRealm(*http::ParseUrl(c.registry), c.realm).has_value(), c.allowed)
        << c.registry << " " << c.realm;
}

TEST(Challenge, TokensAreRead) {
  EXPECT_EQ(ReadToken(R"({"token": "a"})")->value, "a");
  EXPECT_EQ(ReadToken(R"({"token": "a"})")->lifetime.count(), 60);
  EXPECT_EQ(ReadToken(R"({"token": "", "access_token": "b", "expires_in": 300})")->lifetime.count(), 300);
  EXPECT_EQ(ReadToken(R"({"access_token": "b", "expires_in": 1e300})")->lifetime.count(), 3600);
  for (const char* text :
       {"", "[]", "{}", R"({"token": 5})", R"({"token": "a\r\nX: y"})", R"({"token": "a b"})"})
    EXPECT_FALSE(ReadToken(text)) << text;
}

TEST(Challenge, ErrorsAreShortAndPrintable) {
  RegistryError error = ReadRegistryError(R"({"errors": [{"code": "DENIED", "message": "no\u001b[31m"}]})");
  EXPECT_EQ(error.code, "DENIED");
  EXPECT_EQ(error.message, "no?[31m");
  EXPECT_EQ(
      ReadRegistryError(R"({"errors": [{"message": ")" + std::string(5000, 'x') + R"("}]})").message.size(),
      256u);
  for (const char* text :
       {"", "<html>", "[]", R"({"errors": {}})", R"({"errors": [5]})", R"({"errors": []})"})
    EXPECT_EQ(ReadRegistryError(text).message, "") << text;
}

}  // namespace
}  // namespace guard::builder

#include "rootless-builder/http/trust.h"

#include <map>

#include "tests/support/scratch.h"

namespace guard::builder::http {
namespace {

TEST(Trust, TheBuiltInBundleIsOneAndWorksAlone) {
  test::Scratch scratch;
  std::string bundle = scratch.Write("bundle.pem", BuiltInAuthorities());
  Result<std::vector<Certificate>> all = ReadAuthorities(bundle);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_GT(all->size(), 20u);
}

TEST(Trust, TheEnvironmentSaysWhere) {
  test::Scratch scratch;
  std::string_view text = BuiltInAuthorities();
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";
  std::string one(text.substr(0, text.find(kEnd) + kEnd.size()));
  std::map<std::string, std::string> variables{{"SSL_CERT_FILE", scratch.Write("one.pem", one)}};
  auto environment = [&](const char* name) -> const char* {
    auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  EXPECT_EQ(SystemAuthorities(environment)->size(), 1u);
  scratch.Write("folder/a.pem", one);
  scratch.Write("folder/README", "no certificate");
  variables["SSL_CERT_DIR"] = scratch / "folder";
  EXPECT_EQ(SystemAuthorities(environment)->size(), 2u);
  variables["SSL_CERT_FILE"] = scratch / "missing.pem";
  EXPECT_FALSE(SystemAuthorities(environment));
  EXPECT_GT(SystemAuthorities([](const char*) -> const char* { return nullptr; })->size(), 20u);
}

TEST(Trust, FilesWithoutCertificatesAreErrors) {
  test::Scratch scratch;
  EXPECT_FALSE(ReadAuthorities(scratch.Write("empty", "")));
  EXPECT_FALSE(ReadAuthorities(scratch.Write("text", "hello")));
  EXPECT_FALSE(ReadAuthorities(
      scratch.Write("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")));
  EXPECT_FALSE(ReadAuthorities(scratch.root().string()));
}

}  // namespace
}  // namespace guard::builder::http

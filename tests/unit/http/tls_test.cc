// Certificates as they are made and loaded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch.h"
#include "webhook/http/certificates.h"
#include "webhook/http/text_file.h"
#include "webhook/http/tls_context.h"

namespace guard {
namespace {

using std::chrono::hours;
using std::chrono::system_clock;
using testing::HasSubstr;

const TlsFiles kFiles = {.certificate = "tls.crt", .key = "tls.key", .client_ca = "ca.crt"};

MadeCertificates Make() { return *MakeCertificates({{"a.b.svc", "*.example.com"}, {"10.0.0.1", "::1"}, 30}); }

TEST(Certificates, LoadAsTheyAreMade) {
  MadeCertificates made = Make();
  auto tls = TlsContext::FromTexts(kFiles, made.certificate + made.ca, made.key, made.ca);
  ASSERT_TRUE(tls) << tls.error().message;
  auto now = system_clock::now();
  EXPECT_GT((*tls)->not_after(), now + hours(24 * 29));
  EXPECT_LT((*tls)->not_after(), now + hours(24 * 31));
  EXPECT_EQ((*tls)->Problem(now), "");
  EXPECT_THAT((*tls)->Problem(now + hours(24 * 40)), HasSubstr("expired"));
  EXPECT_THAT((*tls)->Problem(now - hours(24)), HasSubstr("not valid yet"));
  EXPECT_EQ((*tls)->fingerprint().size(), 64u);
}

TEST(Certificates, DifferEachTime) {
  MadeCertificates one = Make(), two = Make();
  EXPECT_NE(one.key, two.key);
  EXPECT_NE(one.certificate, two.certificate);
}

TEST(Certificates, NeedNames) {
  EXPECT_FALSE(MakeCertificates({}));
  for (const char* name : {"", "a b", "a..b", "-a", "a-", "a,DNS:b", "a.", ".a", "*", "a.*.b", "a_b", "x\ny"})
    EXPECT_FALSE(MakeCertificates({{name}, {}, 1})) << name;
  for (const char* address : {"", "1.2.3", "1.2.3.4,DNS:x", "a.b"})
    EXPECT_FALSE(MakeCertificates({{}, {address}, 1})) << address;
}

TEST(TlsContext, RefusesWhatCouldNotServe) {
  MadeCertificates made = Make(), other = Make();
  struct Case {
    std::string certificate, key, ca, says;
  } cases[] = {
      {"", made.key, made.ca, "tls.crt holds no certificate"},
      {made.key, made.key, made.ca, "tls.crt holds no certificate"},
      {made.certificate.substr(0, 200), made.key, made.ca, "tls.crt"},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", made.key, made.ca, "tls.crt"},
      {made.certificate, "", made.ca, "tls.key holds no private key"},
      {made.certificate, made.certificate, made.ca, "tls.key holds no private key"},
      {made.certificate, other.key, made.ca, "does not belong to"},
      {made.certificate, made.key, "nothing", "ca.crt holds no certificate"},
  };
  for (const Case& c : cases) {
    auto tls = TlsContext::FromTexts(kFiles, c.certificate, c.key, c.ca);
    ASSERT_FALSE(tls) << c.says;
    EXPECT_THAT(tls.error().message, HasSubstr(c.says));
  }
  EXPECT_FALSE(TlsContext::Load({.certificate = "/nonexistent", .key = "/nonexistent"}));
}

TEST(TlsContext, KnowsWhomItLetsIn) {
  MadeCertificates made = Make();
  auto digest = [&](TlsFiles files) {
    return (*TlsContext::FromTexts(files, made.certificate, made.key, made.ca))->client_digest();
  };
  TlsFiles open = {.certificate = "c", .key = "k"}, named = kFiles;
  named.client_names = {"api"};
  EXPECT_EQ(digest(open), "");
  EXPECT_NE(digest(kFiles), digest(named));
  EXPECT_EQ(digest(named), digest(named));
}

TEST(CertificateManifest, IsASecretAndABundle) {
  std::string text = CertificateManifest({.ca = "CA", .certificate = "CERT", .key = "KEY"}, "guard", "tls");
  EXPECT_THAT(text,
              HasSubstr("  name: tls\n  namespace: guard\ndata:\n  tls.crt: Q0VSVA==\n  tls.key: S0VZ\n"));
  EXPECT_THAT(text, HasSubstr("\ncaBundle: Q0E=\n"));
}

TEST(TextFile, WritesAndReadsWhole) {
  test::Scratch scratch;
  ASSERT_TRUE(WriteTextFile(scratch / "a", "one"));
  ASSERT_TRUE(WriteTextFile(scratch / "a", "two", 0600));
  EXPECT_EQ(*ReadTextFile(scratch / "a"), "two");
  EXPECT_FALSE(ReadTextFile(scratch / "a", 2));
  EXPECT_FALSE(ReadTextFile(scratch.root()));
  EXPECT_FALSE(ReadTextFile(scratch / "b"));
  EXPECT_FALSE(ReadTextFile("/dev/zero"));
}

}  // namespace
}  // namespace guard

#include "rootless-builder/registry/place.h"

#include "tests/support/scratch.h"

namespace guard::builder {
namespace {

std::string Listed(const RegistryOptions& options, const Repository& repository) {
  Result<std::vector<PullPlace>> places = PullPlaces(options, repository);
  if (!places) return "error";
  std::string text;
  for (const PullPlace& place : *places)
    text += (text.empty() ? "" : " ") + std::string(place.plain_http ? "http://" : "") +
            place.repository.ToString();
  return text;
}

TEST(Places, TheMapThenMirrorsThenTheRegistry) {
  RegistryOptions options;
  options.mirrors["docker.io"] = {"https://mirror.test/", "http://plain.test:5000/hub"};
  options.registry_map["docker.io"] = {"mapped.test"};
  EXPECT_EQ(Listed(options, {"docker.io", "library/nginx"}),
            "mapped.test/library/nginx mirror.test/library/nginx http://plain.test:5000/hub/library/nginx "
            "docker.io/library/nginx");
  EXPECT_EQ(Listed(options, {"ghcr.io", "a/b"}), "ghcr.io/a/b");
  options.default_fallback = false;
  EXPECT_EQ(Listed(options, {"ghcr.io", "a/b"}), "ghcr.io/a/b");
  options.registry_map.clear();
  options.mirrors["docker.io"] = {"mirror.test"};
  EXPECT_EQ(Listed(options, {"docker.io", "library/nginx"}), "mirror.test/library/nginx");
  for (const char* bad : {"", "ftp://x.test", "x.test/UPPER", "user@x.test", "x.test/a b"}) {
    options.mirrors["docker.io"] = {bad};
    EXPECT_EQ(Listed(options, {"docker.io", "library/nginx"}), "error") << bad;
  }
}

TEST(Places, PlainHttpIsForTheNamedAndTheLoopback) {
  RegistryOptions options;
  options.insecure = {"plain.test:5000", "bare.test"};
  for (const char* name : {"plain.test:5000", "bare.test", "bare.test:80", "localhost:5000", "127.0.0.1",
                           "127.1.2.3:80", "[::1]:5000", "x.localhost"})
    EXPECT_TRUE(MayBePlain(options, name)) << name;
  for (const char* name : {"plain.test", "plain.test:5001", "bare.test:5000", "127.0.0.1.test",
                           "localhost.test", "128.0.0.1", "docker.io"})
    EXPECT_FALSE(MayBePlain(options, name)) << name;
}

TEST(Places, TlsIsAsTheHostWantsIt) {
  test::Scratch scratch;
  scratch.Write("certs/reg.test:5000/ca.crt", "");
  scratch.Write("certs/reg.test:5000/client.cert", "");
  scratch.Write("certs/reg.test:5000/client.key", "");
  scratch.Write("certs/alone.test/client.cert", "");
  RegistryOptions options;
  options.certificate_folders = {scratch / "missing", scratch / "certs"};
  options.skip_tls_verify = {"skip.test"};
  options.host_ca_files["docker.io"] = {"hub.pem"};
  auto tls = [&](const char* authority) { return TlsFor(options, *http::UrlOfAuthority(authority, true)); };
  EXPECT_EQ(tls("reg.test:5000")->ca_files, std::vector{scratch / "certs/reg.test:5000/ca.crt"});
  EXPECT_EQ(tls("reg.test:5000")->key_file, scratch / "certs/reg.test:5000/client.key");
  EXPECT_TRUE(tls("reg.test")->ca_files.empty());
  EXPECT_FALSE(tls("alone.test"));
  EXPECT_FALSE(tls("skip.test")->verify);
  EXPECT_TRUE(tls("skip.test:5000")->verify);
  EXPECT_EQ(tls("registry-1.docker.io")->ca_files, std::vector<std::string>{"hub.pem"});
}

}  // namespace
}  // namespace guard::builder

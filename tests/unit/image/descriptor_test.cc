// Digests, platforms and media types.
#include "rootless-builder/image/descriptor.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

TEST(Digest, Parse) {
  const std::string hex(64, 'a');
  EXPECT_EQ(Digest::Parse("sha256:" + hex)->ToString(), "sha256:" + hex);
  for (const std::string& bad :
       {std::string(), hex, "sha256:" + std::string(64, 'A'), "sha256:" + std::string(63, 'a'),
        "sha256:" + hex + "a", "SHA256:" + hex, "sha256:" + std::string(64, 'g'), "sha512:" + hex + hex,
        "sha256:../" + std::string(61, 'a')}) {
    EXPECT_FALSE(Digest::Parse(bad)) << bad;
  }
  EXPECT_EQ(Digest::Of("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Digest().ToString(), "");
}

TEST(Platform, Parse) {
  const struct {
    const char *written, *read;
  } kCases[] = {
      {"linux/amd64", "linux/amd64"},
      {"linux/x86_64", "linux/amd64"},
      {"arm64", "linux/arm64"},
      {"linux/arm64/v8", "linux/arm64"},
      {"linux/aarch64", "linux/arm64"},
      {"linux/arm", "linux/arm/v7"},
      {"linux/arm/v6", "linux/arm/v6"},
      {"linux/arm/7", "linux/arm/v7"},
      {"armhf", "linux/arm/v7"},
      {"armel", "linux/arm/v6"},
      {"Linux/AMD64", "linux/amd64"},
      {"i686", "linux/386"},
      {"windows/amd64", "windows/amd64"},
      {"linux/amd64/v1", "linux/amd64"},
      {"linux/amd64/v3", "linux/amd64/v3"},
      {"s390x", "linux/s390x"},
  };
  for (const auto& [written, read] : kCases) {
    const auto platform = ParsePlatform(written);
    ASSERT_TRUE(platform) << written;
    EXPECT_EQ(platform->ToString(), read) << written;
  }
  EXPECT_EQ(ParsePlatform("linux")->os, "linux");
  EXPECT_EQ(ParsePlatform("linux")->architecture, HostPlatform().architecture);
  for (const char* bad :
       {"", "/", "linux/", "linux/amd46", "linux/amd64/v1/x", "nix/amd64", "lin ux/amd64", "linux//v7"}) {
    EXPECT_FALSE(ParsePlatform(bad)) << bad;
  }
  EXPECT_EQ(ParsePlatform("linux/amd46").error().hint, "did you mean 'amd64'?");
}

TEST(Platform, Matches) {
  const auto matches = [](const Platform& have, const char* want) {
    return Matches(have, *ParsePlatform(want));
  };
  EXPECT_TRUE(matches({"linux", "arm64", "v8"}, "linux/arm64"));
  EXPECT_TRUE(matches({"linux", "arm"}, "linux/arm/v7"));
  EXPECT_FALSE(matches({"linux", "arm", "v6"}, "linux/arm"));
  EXPECT_FALSE(matches({"windows", "amd64"}, "linux/amd64"));
  EXPECT_TRUE(Matches(HostPlatform(), *ParsePlatform(HostPlatform().ToString())));
}

TEST(MediaType, Layers) {
  for (const MediaFamily family : {MediaFamily::kOci, MediaFamily::kDocker}) {
    for (const Compression compression : {Compression::kNone, Compression::kGzip, Compression::kZstd}) {
      EXPECT_EQ(LayerCompression(LayerMediaType(family, compression)).value(), compression);
    }
  }
  for (const char* bad :
       {"", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "application/octet-stream",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.config.v1+json"}) {
    EXPECT_FALSE(LayerCompression(bad)) << bad;
  }
}

}  // namespace
}  // namespace guard::builder

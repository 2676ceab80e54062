// Manifests and indexes: what is refused, and choosing a platform.
#include "rootless-builder/image/manifest.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

const std::string kDescriptor =
    R"({"mediaType":"a/b","digest":"sha256:)" + std::string(64, 'a') + R"(","size":1})";
const std::string kGood = R"({"schemaVersion":2,"config":)" + kDescriptor + R"(,"layers":[]})";

TEST(Manifest, Refused) {
  const auto with = [](const std::string& more) { return kGood.substr(0, kGood.size() - 1) + more + "}"; };
  const struct {
    std::string text, message;
  } kCases[] = {
      {"{}", "the image manifest 'schemaVersion' is missing"},
      {R"({"schemaVersion":1})", "the image manifest 'schemaVersion' is 1, and only 2 is supported"},
      {R"({"schemaVersion":2})", "the image manifest 'config' is missing"},
      {R"({"schemaVersion":2,"config":)" + kDescriptor + "}", "the image manifest 'layers' is missing"},
      {with(R"(,"manifests":[])"), "the image manifest 'manifests' has no place there"},
      {with(R"(,"mediaType":"application/vnd.oci.image.index.v1+json")"),
       "the image manifest 'mediaType' is 'application/vnd.oci.image.index.v1+json', but it came as"},
      {with(R"(,"annotations":{"a":1})"), "the image manifest 'annotations' 'a' is no string"},
      {with(R"(,"subject":{})"), "the image manifest 'subject' 'mediaType' is missing"},
      {with(R"(,"LAYERS":[])"), "the image manifest has 'LAYERS', which is not written as 'layers'"},
      {R"({"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:)" + std::string(64, 'a') +
           R"(","size":-1},"layers":[]})",
       "the image manifest 'config' 'size' is negative"},
      {R"({"schemaVersion":2,"config":{"mediaType":"a","digest":"../x","size":1},"layers":[]})",
       "the image manifest 'config': '../x' is no digest"},
  };
  EXPECT_TRUE(ParseManifest(kGood, media::kOciManifest));
  for (const auto& [text, message] : kCases) {
    const auto manifest = ParseManifest(text, media::kOciManifest);
    ASSERT_FALSE(manifest) << text;
    EXPECT_TRUE(manifest.error().message.starts_with(message)) << manifest.error().message;
  }
  EXPECT_FALSE(ParseManifest(kGood, media::kDockerManifest));  // Docker's always say what they are
  EXPECT_FALSE(ParseManifest(kGood, media::kOciIndex));
  EXPECT_FALSE(ParseIndex(kGood, media::kOciIndex));
}

TEST(Index, Choose) {
  const auto entry = [](const char* os, const char* architecture, const char* variant = "") {
    Descriptor descriptor{.media_type = std::string(media::kOciManifest)};
    descriptor.platform = Platform{os, architecture, variant};
    descriptor.digest = Digest::Of(std::string(os) + architecture + variant);
    return descriptor;
  };
  Index index;
  index.manifests = {entry("unknown", "unknown"), entry("linux", "amd64"), entry("linux", "arm64", "v8")};
  EXPECT_EQ(Choose(index, *ParsePlatform("linux/arm64"), "x")->digest, Digest::Of("linuxarm64v8"));
  const auto none = Choose(index, *ParsePlatform("linux/s390x"), "docker.io/library/x:1");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "'docker.io/library/x:1' has no image for linux/s390x");
  EXPECT_EQ(none.error().hint, "there are: linux/amd64, linux/arm64/v8");
  index.manifests = {
      Descriptor{.media_type = std::string(media::kOciManifest), .digest = Digest::Of("only")}};
  EXPECT_EQ(Choose(index, *ParsePlatform("linux/s390x"), "x")->digest, Digest::Of("only"));
}

}  // namespace
}  // namespace guard::builder

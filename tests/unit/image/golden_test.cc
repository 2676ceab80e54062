// What Docker, BuildKit, Buildah, skopeo and umoci wrote, read and written again by us.
#include <gtest/gtest.h>

#include "rootless-builder/image/config.h"
#include "rootless-builder/image/manifest.h"
#include "tests/support/golden.h"

namespace guard::builder {
namespace {

using test::ExpectGolden;
using test::GoldenInputs;
using test::ReadFile;

std::filesystem::path Answer(const std::filesystem::path& input) {
  return std::filesystem::path("image") / (input.stem().string() + ".out");
}

TEST(ImageGolden, Configurations) {
  for (const auto& input : GoldenInputs("image", ".config.json")) {
    const auto config = ParseImageConfig(ReadFile(input));
    ASSERT_TRUE(config) << input << ": " << ToString(config.error());
    const std::string text = Serialize(*config);
    ExpectGolden(Answer(input), text + "\n");
    const auto again = ParseImageConfig(text);
    ASSERT_TRUE(again) << input;
    EXPECT_EQ(*again, *config) << input;
  }
}

TEST(ImageGolden, Manifests) {
  for (const auto& input : GoldenInputs("image", ".manifest.json")) {
    const std::string text = ReadFile(input);
    const bool docker = text.find("docker.distribution") != text.npos;
    const auto manifest = ParseManifest(text, docker ? media::kDockerManifest : media::kOciManifest);
    ASSERT_TRUE(manifest) << input << ": " << ToString(manifest.error());
    ExpectGolden(Answer(input), Serialize(*manifest) + "\n");
  }
}

TEST(ImageGolden, Indexes) {
  for (const auto& input : GoldenInputs("image", ".index.json")) {
    const std::string text = ReadFile(input);
    const bool docker = text.find("docker.distribution") != text.npos;
    const auto index = ParseIndex(text, docker ? media::kDockerList : media::kOciIndex);
    ASSERT_TRUE(index) << input << ": " << ToString(index.error());
    ExpectGolden(Answer(input), Serialize(*index) + "\n");
  }
}

}  // namespace
}  // namespace guard::builder

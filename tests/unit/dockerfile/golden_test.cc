// Each Dockerfile in tests/golden/dockerfile, as the builder understands it: NAME.Dockerfile -> NAME.txt.
#include <gtest/gtest.h>

#include "rootless-builder/dockerfile/dump.h"
#include "rootless-builder/dockerfile/parse.h"
#include "tests/support/golden.h"

namespace guard::builder {
namespace {

TEST(DockerfileGolden, PrintsAsExpected) {
  for (const std::filesystem::path& path : test::GoldenInputs("dockerfile", ".Dockerfile")) {
    SCOPED_TRACE(path);
    auto source = std::make_unique<Source>(path.filename().string(), test::ReadFile(path));
    Result<Dockerfile> dockerfile = Parse(std::move(source));
    std::filesystem::path expected = std::filesystem::path("dockerfile") / path.stem();
    test::ExpectGolden(expected.string() + ".txt",
                       dockerfile ? Print(*dockerfile) : Render(dockerfile.error()) + "\n");
  }
}

TEST(DockerfileGolden, DumpsTheTree) {
  Source source("Dockerfile", "FROM a\nNEW b\n");
  EXPECT_EQ(*DumpAst(source), "(from \"a\")\n(new \"\")\n");
}

}  // namespace
}  // namespace guard::builder

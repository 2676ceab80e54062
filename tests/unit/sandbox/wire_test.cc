#include "rootless-builder/sandbox/wire.h"

#include <gtest/gtest.h>

namespace guard::builder {
namespace {

RunSpec Example() {
  RunSpec spec;
  spec.root = "/store/trees/1";
  spec.argv = {"sh", "-c", std::string("a\0b", 3)};
  spec.env = {"A=b"};
  spec.uid = 33;
  spec.groups = {1, 2};
  spec.mounts = {{RunMount::Kind::kTmpfs, "", "/t", false, false, 5, 01777},
                 {RunMount::Kind::kBind, "/s", "/x", true}};
  spec.network = RunNetwork::kNone;
  spec.hosts = {{"db", "10.1.2.3"}};
  spec.stdin_text = "text";
  spec.limits = {{"nofile", {1, 2}}};
  return spec;
}

TEST(Wire, ComesOutAsItWentIn) {
  Result<RunSpec> spec = UnpackRunSpec(Pack(Example()));
  ASSERT_TRUE(spec);
  EXPECT_EQ(Pack(*spec), Pack(Example()));
  EXPECT_EQ(spec->argv[2].size(), 3u);
  EXPECT_EQ(spec->mounts[0].mode, 01777u);
  EXPECT_EQ(spec->limits[0].second.second, 2u);
}

TEST(Wire, CutShortIsAnError) {
  std::string bytes = Pack(Example());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(UnpackRunSpec(bytes.substr(0, size))) << size;
  EXPECT_FALSE(UnpackRunSpec(bytes + "x"));
}

}  // namespace
}  // namespace guard::builder

#include <gtest/gtest.h>
#include <unistd.h>

#include "rootless-builder/sandbox/mounts.h"
#include "tests/support/scratch.h"

namespace guard::builder {
namespace {

namespace fs = std::filesystem;

TEST(MountPoints, AreMadeInsideTheRootAndTakenAwayAgain) {
  test::Scratch scratch;
  fs::create_directories(scratch / "root/etc");
  fs::create_symlink("/../../outside/resolv.conf", scratch / "root/etc/resolv.conf");
  fs::create_symlink("../../../..", scratch / "root/up");
  RunSpec spec;
  spec.root = scratch / "root";
  spec.mounts = {{RunMount::Kind::kTmpfs, "", "/up/a/b"}, {RunMount::Kind::kTmpfs, "", "/up/a/b/c"}};
  fs::file_time_type before = fs::last_write_time(scratch / "root/etc");
  MountPoints points;
  ASSERT_TRUE(points.Make(spec));
  EXPECT_TRUE(fs::is_directory(scratch / "root/proc"));
  EXPECT_TRUE(fs::is_regular_file(scratch / "root/outside/resolv.conf"));
  EXPECT_TRUE(fs::is_directory(scratch / "root/a/b"));
  EXPECT_FALSE(fs::exists(scratch / "root/a/b/c"));  // inside the first mount, when that is there
  EXPECT_FALSE(fs::exists(scratch / "outside"));
  points.Remove();
  EXPECT_FALSE(fs::exists(scratch / "root/proc"));
  EXPECT_FALSE(fs::exists(scratch / "root/outside"));
  EXPECT_FALSE(fs::exists(scratch / "root/a"));
  EXPECT_EQ(fs::last_write_time(scratch / "root/etc"), before);
}

TEST(MountPoints, WhatTheStepPutThereStays) {
  test::Scratch scratch;
  fs::create_directories(scratch / "root");
  RunSpec spec;
  spec.root = scratch / "root";
  MountPoints points;
  ASSERT_TRUE(points.Make(spec));
  scratch.Write("root/sys/file", "x");
  points.Remove();
  EXPECT_TRUE(fs::exists(scratch / "root/sys/file"));
  EXPECT_FALSE(fs::exists(scratch / "root/etc"));
}

TEST(MountPoints, TheRootItselfAndLoopsAreRefused) {
  test::Scratch scratch;
  fs::create_directories(scratch / "root");
  fs::create_symlink("loop", scratch / "root/loop");
  for (const char* target : {"/", "/.", "/loop/x"}) {
    RunSpec spec;
    spec.root = scratch / "root";
    spec.mounts = {{RunMount::Kind::kTmpfs, "", target}};
    MountPoints points;
    EXPECT_FALSE(points.Make(spec)) << target;
    points.Remove();
  }
}

TEST(GeneratedFiles, HostsHaveTheStepsName) {
  RunSpec spec;
  spec.hosts = {{"db", "10.1.2.3"}};
  auto files = GeneratedFiles(spec, "nameserver 10.0.0.1\n");
  ASSERT_EQ(files.size(), 3u);
  EXPECT_NE(files[0].second.find("127.0.0.1\tlocalhost buildkitsandbox\n"), std::string::npos);
  EXPECT_NE(files[0].second.find("10.1.2.3\tdb\n"), std::string::npos);
  EXPECT_EQ(files[2].second, "nameserver 10.0.0.1\n");
}

}  // namespace
}  // namespace guard::builder

#include "rootless-builder/registry/transfer.h"

#include <atomic>

#include "rootless-builder/registry/download.h"
#include "rootless-builder/registry/manifests.h"
#include "rootless-builder/registry/parallel.h"
#include "rootless-builder/registry/upload.h"

namespace guard::builder {
namespace {

TEST(Download, PartsFitOrAreRefused) {
  EXPECT_EQ(*BytesToSkip(200, "", "100", 0, 100), 0u);
  EXPECT_EQ(*BytesToSkip(200, "", "", 0, 100), 0u);
  EXPECT_EQ(*BytesToSkip(200, "", "100", 60, 100), 60u) << "the range was ignored";
  EXPECT_EQ(*BytesToSkip(206, "bytes 60-99/100", "40", 60, 100), 0u);
  EXPECT_EQ(*BytesToSkip(206, "bytes 50-99/*", "50", 60, 100), 10u);
  struct Case {
    int status;
    const char *range, *length;
  };
  for (const Case& c : std::initializer_list<Case>{{200, "", "99"},
                                                   {200, "", "101"},
                                                   {206, "", "40"},
                                                   {206, "bytes 61-99/100", "39"},
                                                   {206, "bytes 60-99/101", "40"},
                                                   {206, "bytes 60-99/100", "41"},
                                                   {206, "bytes x-99/100", "40"},
                                                   {206, "bytes */100", "40"},
                                                   {204, "", "0"},
                                                   {203, "", "100"}})
    EXPECT_FALSE(BytesToSkip(c.status, c.range, c.length, 60, 100)) << c.status << c.range;
}

TEST(Upload, WhatASessionHas) {
  EXPECT_EQ(BytesTaken("0-99"), 100u);
  EXPECT_EQ(BytesTaken("bytes=0-99"), 100u);
  EXPECT_EQ(BytesTaken("0-0"), 0u);
  for (const char* text : {"", "1-99", "0-", "0-x", "0-18446744073709551615", "0-99999999999999999999"})
    EXPECT_EQ(BytesTaken(text), std::nullopt) << text;
}

TEST(Manifests, AreWhatTheySayTheyAre) {
  const std::string body = R"({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"})";
  const std::string digest = Digest::Of(body).ToString();
  EXPECT_EQ(
      DescribeManifest("application/vnd.oci.image.index.v1+json; charset=utf-8", digest, body, {})->size,
      body.size());
  EXPECT_EQ(DescribeManifest("application/json", "", body, {})->media_type, media::kOciIndex);
  EXPECT_TRUE(DescribeManifest("", "sha512:abc", body, Digest::Of(body)));
  EXPECT_FALSE(DescribeManifest("", digest, body, Digest::Of("another")));
  EXPECT_FALSE(DescribeManifest("", Digest::Of("another").ToString(), body, {}));
  EXPECT_FALSE(DescribeManifest("text/html", digest, body, {}));
  EXPECT_FALSE(DescribeManifest("application/json", "", "{}", {}));
  EXPECT_FALSE(DescribeManifest("application/vnd.docker.distribution.manifest.v1+prettyjws", "", body, {}));
}

TEST(SideBySide, EndsWithTheFirstFailure) {
  std::atomic<int> done = 0;
  EXPECT_TRUE(SideBySide(
      100, 4, {}, [&](size_t, const std::stop_token&) -> Result<void> { return ++done, Result<void>(); }));
  EXPECT_EQ(done, 100);
  Result<void> failed =
      SideBySide(100, 4, {}, [&](size_t index, const std::stop_token& stop) -> Result<void> {
        if (index == 2) return Fail("two");
        return stop.stop_requested() ? Result<void>(Fail("stopped")) : Result<void>();
      });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "two");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(
      SideBySide(1, 1, stop.get_token(), [](size_t, const std::stop_token&) { return Result<void>(); }));
  EXPECT_TRUE(SideBySide(0, 1, {}, [](size_t, const std::stop_token&) { return Result<void>(); }));
}

}  // namespace
}  // namespace guard::builder

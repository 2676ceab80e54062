#include "policies/base/sha256.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

constexpr std::string_view kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, KnownDigests) {
  EXPECT_EQ(Sha256Hex(""), kEmpty);
  EXPECT_EQ(Sha256Hex("abc"), kAbc);
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(Sha256Hex(std::string_view("a\0b", 3)), Sha256Hex(std::string("a\0b", 3)));
}

TEST(Sha256, PiecesMakeTheSameDigestAndHexBeginsAnew) {
  Sha256 sha;
  sha.Update("a");
  sha.Update("");
  sha.Update("bc");
  EXPECT_EQ(sha.Hex(), kAbc);
  EXPECT_EQ(sha.Hex(), kEmpty);
  sha.Update("abc");
  Sha256 moved = std::move(sha);
  EXPECT_EQ(moved.Hex(), kAbc);
}

}  // namespace
}  // namespace guard

#include "policies/base/arena.h"

#include <gtest/gtest.h>

namespace guard {
namespace {

TEST(Arena, AlignsWhatItGives) {
  Arena arena(64);
  for (size_t align : {size_t{1}, size_t{2}, size_t{8}, size_t{16}}) {
    arena.Allocate(3, 1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.Allocate(5, align)) % align, 0u);
  }
}

TEST(Arena, HoldsMoreThanABlock) {
  Arena arena(16);
  std::string_view large = arena.Copy(std::string(100'000, 'x'));
  std::string_view small = arena.Copy("small");
  EXPECT_EQ(large.size(), 100'000u);
  EXPECT_EQ(large.back(), 'x');
  EXPECT_EQ(small, "small");
}

TEST(Arena, ResetKeepsTheLargestBlockOnly) {
  Arena arena(16);
  for (int i = 0; i < 1000; ++i) arena.Allocate(100);
  arena.Reset();
  size_t kept = arena.footprint();
  for (int round = 0; round < 100; ++round) {
    arena.Allocate(50);
    arena.Reset();
  }
  EXPECT_EQ(arena.footprint(), kept);
}

}  // namespace
}  // namespace guard

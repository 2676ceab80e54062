// Tested by tests/unit/base/arena_test.cc.
#include "policies/base/arena.h"

#include <algorithm>

namespace guard {

namespace {
constexpr size_t kLargestBlock = size_t{1} << 20;
}

void* Arena::AllocateSlow(size_t size, size_t align) {
  size_t block = std::max(next_block_, size + align);
  next_block_ = std::min(next_block_ * 2, kLargestBlock);
  blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(block), block});
  footprint_ += block;
  cursor_ = blocks_.back().bytes.get();
  end_ = cursor_ + block;
  return Allocate(size, align);
}

void Arena::Reset() {
  if (blocks_.empty()) return;
  auto largest = std::max_element(blocks_.begin(), blocks_.end(),
                                  [](const Block& a, const Block& b) { return a.size < b.size; });
  Block kept = std::move(*largest);
  blocks_.clear();
  footprint_ = kept.size;
  cursor_ = kept.bytes.get();
  end_ = cursor_ + kept.size;
  blocks_.push_back(std::move(kept));
}

}  // namespace guard

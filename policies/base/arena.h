// A bump allocator: everything that lives as long as one Document, one Program or one evaluation.
//
// Destructors are not run, so only trivially destructible things may live here. Reset() keeps the largest
// block, so that an evaluation in a loop allocates from the heap only until it has seen its largest input.
// Not thread-safe; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace guard {

class Arena {
 public:
  explicit Arena(size_t first_block = 4096) : next_block_(first_block) {}
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* Allocate(size_t size, size_t align = alignof(std::max_align_t)) {
    uintptr_t at = (reinterpret_cast<uintptr_t>(cursor_) + align - 1) & ~(uintptr_t{align} - 1);
    if (cursor_ == nullptr || at + size > reinterpret_cast<uintptr_t>(end_)) return AllocateSlow(size, align);
    cursor_ = reinterpret_cast<std::byte*>(at + size);
    return reinterpret_cast<void*>(at);
  }

  template <class T>
  T* AllocateArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(Allocate(sizeof(T) * count, alignof(T)));
  }

  template <class T, class... Args>
  T* New(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (Allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* bytes = AllocateArray<char>(text.size());
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

  // Forgets everything allocated so far; the largest block is kept for what comes next.
  void Reset();

  // Bytes handed to us by the heap, for limits and for tests.
  size_t footprint() const { return footprint_; }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    size_t size;
  };
  void* AllocateSlow(size_t size, size_t align);

  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
  std::vector<Block> blocks_;
  size_t next_block_;
  size_t footprint_ = 0;
};

}  // namespace guard

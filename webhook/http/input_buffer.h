// Bytes that came in and are not used up yet, in one piece.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

namespace guard {

class InputBuffer {
 public:
  explicit InputBuffer(size_t capacity = 0) { Reserve(capacity); }

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  size_t size() const { return end_ - begin_; }
  size_t capacity() const { return capacity_; }

  // Where to read to. Make room first.
  char* tail() { return bytes_.get() + end_; }
  size_t room() const { return capacity_ - end_; }
  void Added(size_t count) { end_ += count; }

  void Consume(size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void Clear() { begin_ = end_ = 0; }
  void Free() {
    bytes_.reset();
    begin_ = end_ = capacity_ = 0;
  }
  // Moves what is there to the front, into at least `capacity` bytes.
  void Reserve(size_t capacity) {
    if (capacity <= capacity_) {
      if (begin_ > 0) std::memmove(bytes_.get(), bytes_.get() + begin_, size());
    } else {
      auto larger = std::make_unique_for_overwrite<char[]>(capacity);
      if (!empty()) std::memcpy(larger.get(), bytes_.get() + begin_, size());
      bytes_ = std::move(larger);
      capacity_ = capacity;
    }
    end_ -= begin_;
    begin_ = 0;
  }
  void Append(std::string_view bytes) {
    std::memcpy(tail(), bytes.data(), bytes.size());
    end_ += bytes.size();
  }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0, end_ = 0, capacity_ = 0;
};

}  // namespace guard

// The head of an HTTP/1.1 answer, and bodies in chunks.
//
// Heads are read by Boost.Beast's parser over bytes that lie in one piece. Beast is slow to compile, so it
// stays inside head.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rootless-builder/http/failure.h"
#include "rootless-builder/http/headers.h"

namespace guard::builder::http {

struct AnswerHead {
  int status = 0;
  Headers headers;
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;
};

inline constexpr size_t kLargestHead = 64u << 10;

// Where the body begins, or npos as long as the blank line has not come. `from`: how many bytes an earlier
// call has seen.
size_t FindHeadEnd(std::string_view bytes, size_t from);
// A whole head, blank line included. An error says what is wrong with it, and repeats none of it.
Result<AnswerHead> ParseAnswerHead(std::string_view bytes);

// A body in chunks. Our own, as Beast's reader of chunks can stop the process on some inputs (an assertion of
// its own, found by fuzzing).
class ChunkReader {
 public:
  // Gets the data in pieces; what it fails with ends the reading.
  using Sink = std::function<Outcome<void>(std::string_view data)>;

  // Takes all of `bytes` up to the end of the body; `used` tells how much that was.
  Outcome<void> Feed(std::string_view bytes, size_t* used, const Sink& sink);
  bool done() const { return stage_ == Stage::kDone; }

 private:
  enum class Stage : uint8_t { kSize, kData, kEndOfData, kTrailer, kDone };
  Outcome<void> TakeLine();

  Stage stage_ = Stage::kSize;
  uint64_t remaining_ = 0;  // of the chunk in hand
  size_t trailer_ = 0;      // bytes of trailer fields, which mean nothing here
  std::string line_;        // as far as it has come
};

}  // namespace guard::builder::http

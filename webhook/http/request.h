// The head of an HTTP/1.1 request, as far as this server cares about it, and bodies in chunks.
//
// Heads are read by Boost.Beast's parser over bytes that lie in one piece; nothing is allocated for a head.
// Beast is slow to compile, so it stays inside request.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guard {

// All views point into the bytes that were parsed.
struct RequestHead {
  std::string_view method, target;
  std::string_view content_type, content_encoding, expect;
  bool has_length = false;
  uint64_t content_length = 0;
  bool chunked = false;
  bool keep_alive = false;
  bool http10 = false;
};

// Where the body begins, or npos as long as the blank line has not come. `from`: how many bytes an earlier
// call has seen, so that a client that sends byte by byte costs no more than one that does not.
size_t FindHeadEnd(std::string_view bytes, size_t from);

// Reads a whole head, blank line included. 0, or the HTTP status to refuse it with: 400, 501, 505.
int ParseHead(std::string_view bytes, RequestHead* head);

// A body in chunks. Our own, as Beast's reader of chunks stops the process on some inputs (an assertion of
// its own, found by fuzzing).
class ChunkedBody {
 public:
  explicit ChunkedBody(uint64_t limit) : limit_(limit) {}

  enum class State : uint8_t { kMore, kDone, kTooLarge, kBad };
  // Takes what it can of what follows the head; `used` tells how much. What it did not take must come again,
  // with more behind it.
  State Feed(std::string_view bytes, size_t* used);
  const std::string& body() const { return body_; }

 private:
  enum class Stage : uint8_t { kSize, kData, kEndOfData, kTrailer, kDone };
  // The line at the front of `rest`, without its end; nothing when it has not come.
  std::optional<std::string_view> Line(std::string_view rest, State* state);
  State ReadSize(std::string_view line);

  const uint64_t limit_;
  Stage stage_ = Stage::kSize;
  uint64_t remaining_ = 0;  // of the chunk in hand
  size_t trailer_ = 0;      // bytes of trailer fields, which mean nothing here
  std::string body_;
};

}  // namespace guard

// Heads and chunked bodies of requests: whatever comes, no crash, bounded memory, and the same answer however
// the bytes are cut into pieces.
#include <cstdlib>
#include <string>
#include <string_view>

#include "webhook/http/request.h"
#include "webhook/http/router.h"

namespace {

constexpr uint64_t kLimit = 4096;

// The state after feeding `text` in pieces of `step` bytes.
guard::ChunkedBody::State Feed(std::string_view text, size_t step, std::string* body) {
  guard::ChunkedBody chunks(kLimit);
  std::string waiting;
  guard::ChunkedBody::State state = guard::ChunkedBody::State::kMore;
  for (size_t at = 0; at < text.size() && state == guard::ChunkedBody::State::kMore;) {
    size_t count = std::min(step, text.size() - at);
    waiting += text.substr(at, count);
    at += count;
    size_t used = 0;
    state = chunks.Feed(waiting, &used);
    if (used > waiting.size() || chunks.body().size() > kLimit) std::abort();
    waiting.erase(0, used);
  }
  *body = chunks.body();
  return state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 32768) return 0;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t end = guard::FindHeadEnd(text, 0);
  for (size_t from = 0; from < size; from += 97)
    if (end != std::string_view::npos && from < end && guard::FindHeadEnd(text, from) != end) std::abort();
  if (end == std::string_view::npos) return 0;
  guard::RequestHead head;
  if (guard::ParseHead(text.substr(0, end), &head) != 0) return 0;
  (void)guard::RouteRequest(head);
  if (!head.chunked) return 0;
  if (head.has_length) std::abort();  // two readers could disagree about where the body ends
  std::string whole, pieces;
  text.remove_prefix(end);
  auto a = Feed(text, text.size(), &whole);
  auto b = Feed(text, 1, &pieces);
  if (a != b || whole != pieces) std::abort();
  return 0;
}

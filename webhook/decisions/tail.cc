// Finds the last record from behind, block by block, so that opening a large log is quick.
// Tested by tests/unit/decisions/tail_test.cc, tests/fuzz/decision_log_fuzz.cc.
#include "webhook/decisions/tail.h"

#include <algorithm>

#include "policies/base/sha256.h"
#include "webhook/decisions/record.h"

namespace guard {

namespace {

constexpr size_t kBlock = size_t{64} << 10;

// The lines of a file, looked for from behind.
class Backwards {
 public:
  Backwards(const ReadAt& read, uint64_t size) : read_(read), size_(size) {}

  // Where the line that ends at `end` begins.
  Result<uint64_t> LineBegin(uint64_t end) {
    for (uint64_t at = end; at > 0; at = block_begin_) {
      if (size_ - at > kFarthestRecord)
        return Fail("its last " + std::to_string(kFarthestRecord >> 20) + " MiB hold no record",
                    "if this is a decision log, move it away and keep it as evidence");
      if (at <= block_begin_ || at > block_begin_ + block_.size()) TRY_VOID(Load(at));
      size_t found = std::string_view(block_).substr(0, at - block_begin_).rfind('\n');
      if (found != std::string_view::npos) return block_begin_ + found + 1;
    }
    return 0;
  }

  // Its bytes; empty when it is longer than any record.
  Result<std::string_view> Line(uint64_t begin, uint64_t end) {
    if (end - begin > kLongestRecord) return std::string_view();
    if (begin >= block_begin_ && end <= block_begin_ + block_.size())
      return std::string_view(block_).substr(begin - block_begin_, end - begin);
    line_.resize(end - begin);
    TRY_VOID(read_(begin, line_.data(), line_.size()));
    return line_;
  }

 private:
  Result<void> Load(uint64_t end) {
    block_begin_ = end - std::min<uint64_t>(kBlock, end);
    block_.resize(end - block_begin_);
    return read_(block_begin_, block_.data(), block_.size());
  }

  const ReadAt& read_;
  uint64_t size_;
  uint64_t block_begin_ = 0;
  std::string block_, line_;
};

Result<LogDebris> HashDebris(const ReadAt& read, uint64_t begin, uint64_t end) {
  Sha256 hash;
  std::string block;
  for (uint64_t at = begin; at < end; at += block.size()) {
    block.resize(std::min<uint64_t>(kBlock, end - at));
    TRY_VOID(read(at, block.data(), block.size()));
    hash.Update(block);
  }
  return LogDebris{end - begin, hash.Hex()};
}

// A torn first line, or what a file system leaves after a power failure; anything else is somebody's file.
bool MayBeginLog(char first) { return first == '{' || first == '\n' || first == '\0'; }

}  // namespace

Result<LogTail> ReadLogTail(const ReadAt& read, uint64_t size) {
  LogTail tail;
  tail.size = size;
  if (size == 0) return tail;
  char last = 0;
  TRY_VOID(read(size - 1, &last, 1));
  tail.line_open = last != '\n';

  Backwards lines(read, size);
  LogLineReader reader;
  const uint64_t lines_end = tail.line_open ? size : size - 1;
  uint64_t debris_begin = 0;
  for (uint64_t end = lines_end;;) {
    uint64_t begin = TRY(lines.LineBegin(end));
    std::string_view bytes = TRY(lines.Line(begin, end));
    if (auto line = reader.Read(bytes)) {
      tail.seq = line->seq;
      tail.prev = line->prev;
      tail.closed = line->type == "close";
      tail.sha256 = Sha256Hex(bytes);
      debris_begin = end + 1;
      break;
    }
    if (begin == 0) break;
    end = begin - 1;
  }
  if (tail.seq == 0) {
    char first = 0;
    TRY_VOID(read(0, &first, 1));
    if (!MayBeginLog(first))
      return Fail("it holds something else than a decision log", "choose another file for the log");
  }
  if (debris_begin <= lines_end) tail.debris = TRY(HashDebris(read, debris_begin, lines_end));
  return tail;
}

}  // namespace guard

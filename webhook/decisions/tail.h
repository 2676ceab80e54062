// The end of a log's file: its last record, and what lies behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "policies/base/error.h"
#include "webhook/decisions/line.h"

namespace guard {

struct LogTail {
  uint64_t size = 0;  // of the file
  uint64_t seq = 0;   // of the last record; 0: there is none
  std::string prev;   // its own
  std::string sha256 = std::string(kNoRecord);
  bool closed = false;              // it is a close record
  bool line_open = false;           // the last byte is no line break
  std::optional<LogDebris> debris;  // bytes behind the last record
};

// How far back a record is looked for.
inline constexpr uint64_t kFarthestRecord = uint64_t{64} << 20;

// Fills `size` bytes from `offset` on.
using ReadAt = std::function<Result<void>(uint64_t offset, char* bytes, size_t size)>;

// Reads from the end as far as needed. An error when reading fails, or when the bytes are none of a log's: no
// record far and wide, and no beginning of one either.
Result<LogTail> ReadLogTail(const ReadAt& read, uint64_t size);

}  // namespace guard

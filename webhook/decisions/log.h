// The decision log: one JSON line a decision, each with the SHA-256 of the line before, in files that only
// grow and are rotated by size.
//
// A line is {"seq":N,"prev":"<64 hex digits>","time":"...","type":"decision",...}. `seq` counts up by one;
// `prev` is the SHA-256 of the record before (its bytes without the line break), and 64 zeros in the first
// one ever, whose seq is 1. Rotation changes nothing about that: the first line of a file names the last line
// of the file before it. Besides decisions the log records about itself:
//
//   start  the first record ever
//   open   a process continues a log that was closed
//   close  a process ends the log in order
//   break  a process continues a log that was not closed; "reason" says what was found:
//            unclosed     no close record: the process before was killed, or lines were cut off the end
//            torn         besides, bytes behind the last record that are no record (a line cut short)
//            failed-write, failed-sync, deleted, shortened, grown
//                         what happened to the file while this process was writing it
//
// Bytes that are no record stay where they are, as evidence: the break record that follows them has
// "debris":{"bytes":N,"sha256":"..."}, over everything between the line break of the last record and the line
// break before the break record. They belong to no record's `prev`.
//
// Rotated files are called like the log with the seq of their last record behind:
// decisions.jsonl.000000001234. A lock on decisions.jsonl.lock keeps a second process away.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"
#include "webhook/decisions/record.h"

namespace guard {

enum class LogSync : uint8_t {
  kWrite,  // a record is with the kernel: it survives the process, not the machine
  kFsync,  // a record is on the disk; records that wait at the same time share one fsync
};

struct DecisionLogOptions {
  std::string path;
  LogSync sync = LogSync::kWrite;
  uint64_t max_bytes =
      uint64_t{256} << 20;  // a file of this size is rotated before the next record; 0: never
  uint32_t keep = 8;        // rotated files that stay
  // The time of the log's records about itself.
  std::function<std::chrono::system_clock::time_point()> clock = std::chrono::system_clock::now;
};

// What a metrics page wants to know.
struct DecisionLogStatus {
  uint64_t seq = 0;          // of the last record
  std::string head;          // its SHA-256
  uint64_t bytes = 0;        // in the current file
  uint64_t rotations = 0;    // since Open, as all below
  uint64_t breaks = 0;       // break records written
  uint64_t failures = 0;     // records that could not be written or synced
  std::string last_failure;  // the newest of them, or why a rotation had to wait; empty: none so far
};

// Records that are appended together. Keeps its memory from one use to the next.
class DecisionBatch {
 public:
  void Add(const DecisionRecord& record) {
    AppendRecordFields(&fields_, record);
    ends_.push_back(fields_.size());
  }
  void Clear() {
    fields_.clear(), ends_.clear();
    if (fields_.capacity() > kKeptMemory) fields_.shrink_to_fit();
  }
  size_t size() const { return ends_.size(); }
  // What stands in the i-th line behind seq and prev.
  std::string_view fields(size_t i) const {
    size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(fields_).substr(begin, ends_[i] - begin);
  }

 private:
  static constexpr size_t kKeptMemory = size_t{256} << 10;
  std::string fields_;
  std::vector<size_t> ends_;
};

// Thread-safe.
class DecisionLog {
 public:
  // Called once: the record's seq, or why it is not (safely) on the log.
  using Completion = std::move_only_function<void(Result<uint64_t>)>;

  // Continues the log at `path` or begins it, and writes the record that says so. Fails when another process
  // has it, when the file is none of ours, or when it cannot be written.
  static Result<std::unique_ptr<DecisionLog>> Open(DecisionLogOptions options);
  virtual ~DecisionLog() = default;  // closes

  // Returns once the kernel has the whole line (never waits for a disk, even with kFsync). An error means
  // that the record is not on the log; the next call tries anew, and marks what a failed write left behind.
  virtual Result<uint64_t> Append(const DecisionRecord& record) = 0;

  // The same for several records, one behind the other and in one write. So many of the batch's first records
  // are on the log; when they are not all, the next ones failed for a reason that status() has.
  virtual size_t AppendBatch(const DecisionBatch& batch) = 0;

  // As options.sync asks. kWrite: `done` is called before this returns. kFsync: it is called from the log's
  // own thread when the record is on the disk (or from here, when it could not even be written), so it should
  // only post to whoever waits.
  virtual void AppendDurable(const DecisionRecord& record, Completion done) = 0;

  virtual DecisionLogStatus status() const = 0;

  // Answers everything that waits, writes the close record and gives the lock back; later calls fail.
  virtual Result<void> Close() = 0;
};

}  // namespace guard

// The writer of the decision log. Records that come together are one write(2): appends from several threads
// queue at a mutex that is held for their digests and a copy into the page cache (2 us, and less than one for
// each further record), so that a record's line is complete with the kernel before anybody is told, and no
// other line can get into it.
//
// Tested by tests/unit/decisions/log_test.cc, rotation_test.cc, tests/e2e/decision_log.sh.
#include "webhook/decisions/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <optional>
#include <thread>

#include "policies/base/sha256.h"
#include "webhook/decisions/commit.h"
#include "webhook/decisions/files.h"
#include "webhook/decisions/line.h"
#include "webhook/decisions/tail.h"

namespace guard {

namespace {

constexpr size_t kKeptMemory = size_t{256} << 10;
constexpr uint64_t kRotationRetry = uint64_t{1} << 20;  // bytes more until a failed rotation is tried again

class FileLog final : public DecisionLog {
 public:
  explicit FileLog(DecisionLogOptions options) : options_(std::move(options)) {}
  ~FileLog() override {
    if (!Close()) return;  // it is in the file, or nowhere: nobody is left to be told
  }

  Result<void> Begin();
  Result<uint64_t> Append(const DecisionRecord& record) override;
  size_t AppendBatch(const DecisionBatch& batch) override;
  void AppendDurable(const DecisionRecord& record, Completion done) override;
  DecisionLogStatus status() const override;
  Result<void> Close() override;

 private:
  Result<uint64_t> Write(std::string_view fields, std::shared_ptr<OpenFile>* file);
  Result<void> GetReady();
  bool IsFull(size_t more) const {
    return options_.max_bytes && size_ + more >= rotate_at_ && size_ + more > 0;
  }
  void AddLine(std::string_view fields);
  Result<void> WriteLines();
  Result<void> WriteOwn(std::string_view type, std::string_view reason = {}, const LogTail& tail = {});
  Result<LogTail> ReadTail(const OpenFile& file) const;
  void LookAtFile();
  Result<void> Recover();
  void Rotate();
  Result<void> StartFile();
  void Prune();
  void PruneAside();
  void Failed(const Error& error, size_t records = 1) {
    status_.failures += records, status_.last_failure = ToString(error);
  }

  const DecisionLogOptions options_;
  std::shared_ptr<OpenFile> lock_;
  mutable std::mutex mutex_;
  std::shared_ptr<OpenFile> file_;
  uint64_t seq_ = 0;
  std::string head_{kNoRecord};
  uint64_t size_ = 0;         // what the file should have
  std::string_view trouble_;  // what happened to the file since the last record; a break's reason
  uint64_t rotate_at_ = 0;
  bool closed_ = true;
  // Lines on their way into the file.
  struct Line {
    size_t end;  // in lines_
    std::string hash;
  };
  std::string lines_;
  std::vector<Line> pending_;
  Sha256 hash_;
  DecisionLogStatus status_;
  std::unique_ptr<GroupCommit> commit_;
  std::thread pruner_;
  mutable std::mutex prune_mutex_;
  std::string prune_failure_;
};

Result<LogTail> FileLog::ReadTail(const OpenFile& file) const {
  struct stat status{};
  if (fstat(file.fd(), &status) != 0)
    return Fail(SystemError("look at the decision log", options_.path, errno));
  ReadAt read = [&](uint64_t offset, char* bytes, size_t size) -> Result<void> {
    while (size > 0) {
      ssize_t count = pread(file.fd(), bytes, size, static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Fail(SystemError("read the decision log", options_.path, errno));
      if (count == 0) return Fail(Error{"the decision log shrinks while it is read", {options_.path}});
      bytes += count, offset += static_cast<uint64_t>(count), size -= static_cast<size_t>(count);
    }
    return {};
  };
  Result<LogTail> tail = ReadLogTail(read, static_cast<uint64_t>(status.st_size));
  if (!tail && tail.error().place.file.empty()) tail.error().place.file = options_.path;
  return tail;
}

// Opens what is there. A log whose newest file has no record (the process before was killed while it rotated)
// continues the newest rotated file.
Result<void> FileLog::Begin() {
  lock_ = TRY(LockLog(options_.path));
  bool is_new = !Exists(options_.path);
  file_ = TRY(OpenLogFile(options_.path, is_new ? OpenMode::kNew : OpenMode::kExisting));
  LogTail tail = TRY(ReadTail(*file_));
  if (tail.seq == 0) {
    std::vector<RotatedFile> rotated = TRY(RotatedFiles(options_.path));
    if (!rotated.empty()) {
      auto before = TRY(OpenLogFile(rotated.back().path, OpenMode::kExisting));
      LogTail last = TRY(ReadTail(*before));
      tail.seq = last.seq, tail.sha256 = last.sha256, tail.closed = last.closed;
      if (last.debris && !tail.debris) tail.debris = last.debris;
    }
  }
  seq_ = tail.seq, head_ = tail.sha256, size_ = tail.size;
  rotate_at_ = options_.max_bytes;
  if (seq_ == 0 && !tail.debris)
    TRY_VOID(WriteOwn("start"));
  else if (tail.closed && !tail.debris)
    TRY_VOID(WriteOwn("open", {}, tail));
  else
    TRY_VOID(WriteOwn("break", tail.debris ? "torn" : "unclosed", tail));
  if (options_.sync == LogSync::kFsync) {
    if (fdatasync(file_->fd()) != 0) return Fail(SystemError("sync the decision log", options_.path, errno));
    TRY_VOID(SyncFolder(options_.path));
    commit_ = std::make_unique<GroupCommit>(options_.path, [this](const Error& error) {
      std::lock_guard lock(mutex_);
      Failed(error);
      if (trouble_.empty()) trouble_ = "failed-sync";
    });
  }
  Prune();
  closed_ = false;
  return {};
}

// A record of the log about itself.
Result<void> FileLog::WriteOwn(std::string_view type, std::string_view reason, const LogTail& tail) {
  std::string fields = "\"time\":";
  AppendRecordedTime(&fields, options_.clock());
  fields.append(",\"type\":\"").append(type).append("\"");
  if (!reason.empty()) fields.append(",\"reason\":\"").append(reason).append("\"");
  if (tail.debris)
    fields.append(",\"debris\":{\"bytes\":")
        .append(std::to_string(tail.debris->bytes))
        .append(",\"sha256\":\"")
        .append(tail.debris->sha256)
        .append("\"}");
  if (tail.line_open) lines_ += '\n';
  AddLine(fields);
  TRY_VOID(WriteLines());
  if (type == "break") status_.breaks += 1;
  return {};
}

// A line behind those that wait to be written.
void FileLog::AddLine(std::string_view fields) {
  size_t begin = lines_.size();
  AppendLogLine(&lines_, seq_ + pending_.size() + 1, pending_.empty() ? head_ : pending_.back().hash, fields);
  hash_.Update(std::string_view(lines_).substr(begin));
  lines_ += '\n';
  pending_.push_back({lines_.size(), hash_.Hex()});
}

// The one place where bytes reach the file. Of lines that could not all be written, those that could are
// records.
Result<void> FileLog::WriteLines() {
  const bool after_open_line = lines_.starts_with('\n');
  size_t written = 0;
  Result<void> result = WriteAll(file_->fd(), options_.path, lines_, &written);
  size_ += written;
  size_t whole = 0;
  while (whole < pending_.size() && pending_[whole].end <= written) ++whole;
  if (whole > 0) head_ = std::move(pending_[whole - 1].hash);
  seq_ += whole;
  size_t known = whole > 0 ? pending_[whole - 1].end : 0;
  if (!result && (written > known || after_open_line)) trouble_ = "failed-write";
  lines_.clear();
  if (lines_.capacity() > kKeptMemory) lines_.shrink_to_fit();
  pending_.clear();
  return result;
}

// Whether the file is still the one we have been writing, as we left it.
void FileLog::LookAtFile() {
  struct stat status{};
  if (fstat(file_->fd(), &status) != 0) return;  // the write will tell
  uint64_t size = static_cast<uint64_t>(status.st_size);
  if (status.st_nlink == 0)
    trouble_ = "deleted";
  else if (size != size_)
    trouble_ = size < size_ ? "shortened" : "grown";
}

// Goes on after trouble, with a break record. What the file holds and what we know decide together: a record
// that was written but for its line break is a record; anything else keeps our own count, so that lines that
// somebody took away are missed by whoever verifies the log.
Result<void> FileLog::Recover() {
  std::string_view reason = trouble_;
  if (reason == "deleted") TRY_VOID(StartFile());
  LogTail tail = TRY(ReadTail(*file_));
  if (tail.seq == seq_ + 1 && tail.prev == head_) seq_ = tail.seq, head_ = tail.sha256;
  struct stat status{};
  if (fstat(file_->fd(), &status) == 0) size_ = static_cast<uint64_t>(status.st_size);
  TRY_VOID(WriteOwn("break", reason, tail));
  trouble_ = {};
  return {};
}

// A new file in the place of the one that is gone.
Result<void> FileLog::StartFile() {
  bool taken = Exists(options_.path);
  file_ = TRY(OpenLogFile(options_.path, taken ? OpenMode::kExisting : OpenMode::kNew));
  size_ = 0;
  rotate_at_ = options_.max_bytes;
  if (options_.sync == LogSync::kFsync) {
    // The file is in use already, so this is no reason to stop; but its name may not outlive the machine.
    if (Result<void> synced = SyncFolder(options_.path); !synced) {
      Failed(synced.error());
      trouble_ = "failed-sync";
    }
  }
  return {};
}

// The full file gets its final name, and a new one begins. Where that cannot be done, the file grows on: a
// log that is too large beats one that has stopped.
void FileLog::Rotate() {
  std::string name = RotatedName(options_.path, seq_);
  Result<void> renamed = RenameNew(options_.path, name);
  // Somebody (or a rotation that was cut short) has moved it away: all that is left is to begin the next.
  bool moved = !renamed && !Exists(options_.path);
  Result<void> started = renamed || moved ? StartFile() : renamed;
  if (!started) {
    // Back to its name; where not even that works, the next rotation finds the file moved away.
    if (renamed)
      if (Result<void> back = RenameNew(name, options_.path); !back) started = back;
    status_.last_failure = ToString(started.error());
    rotate_at_ = size_ + kRotationRetry;
    return;
  }
  status_.rotations += 1;
  PruneAside();
}

void FileLog::Prune() {
  Result<std::vector<RotatedFile>> files = RotatedFiles(options_.path);
  std::string failure = files ? std::string() : ToString(files.error());
  for (size_t i = 0; files && i + options_.keep < files->size(); ++i)
    if (unlink((*files)[i].path.c_str()) != 0)
      failure = ToString(SystemError("delete the old decision log", (*files)[i].path, errno));
  std::lock_guard lock(prune_mutex_);
  prune_failure_ = std::move(failure);
}

// Freeing a large file takes milliseconds, and nobody's answer should wait for that.
void FileLog::PruneAside() {
  if (pruner_.joinable()) pruner_.join();
  pruner_ = std::thread([this] { Prune(); });
}

// Whatever has happened to the file, the next line can be written to it.
Result<void> FileLog::GetReady() {
  if (trouble_.empty()) LookAtFile();
  if (!trouble_.empty()) TRY_VOID(Recover());
  if (IsFull(0)) Rotate();
  return {};
}

Result<uint64_t> FileLog::Write(std::string_view fields, std::shared_ptr<OpenFile>* file) {
  std::lock_guard lock(mutex_);
  if (closed_) return Fail(Error{"the decision log is closed", {options_.path}});
  Result<void> result = GetReady();
  if (result) {
    AddLine(fields);
    result = WriteLines();
  }
  if (!result) {
    Failed(result.error());
    return Fail(std::move(result.error()));
  }
  if (file) *file = file_;
  return seq_;
}

Result<uint64_t> FileLog::Append(const DecisionRecord& record) {
  std::string fields;
  fields.reserve(1024);
  AppendRecordFields(&fields, record);
  return Write(fields, nullptr);
}

size_t FileLog::AppendBatch(const DecisionBatch& batch) {
  std::lock_guard lock(mutex_);
  size_t done = 0;
  while (done < batch.size() && !closed_) {
    Result<void> result = GetReady();
    if (result) {
      size_t next = done;
      do AddLine(batch.fields(next++));
      while (next < batch.size() && !IsFull(lines_.size()));
      const uint64_t before = seq_;
      result = WriteLines();
      done += static_cast<size_t>(seq_ - before);
    }
    if (!result) {
      Failed(result.error(), batch.size() - done);
      break;
    }
  }
  return done;
}

void FileLog::AppendDurable(const DecisionRecord& record, Completion done) {
  if (options_.sync == LogSync::kWrite) {
    done(Append(record));
    return;
  }
  std::string fields;
  fields.reserve(1024);
  AppendRecordFields(&fields, record);
  std::shared_ptr<OpenFile> file;
  Result<uint64_t> seq = Write(fields, &file);
  if (!seq)
    done(std::move(seq));
  else
    commit_->Add(std::move(file), *seq, std::move(done));
}

DecisionLogStatus FileLog::status() const {
  std::lock_guard lock(mutex_);
  DecisionLogStatus status = status_;
  status.seq = seq_;
  status.head = head_;
  status.bytes = size_;
  std::lock_guard prune_lock(prune_mutex_);
  if (status.last_failure.empty()) status.last_failure = prune_failure_;
  return status;
}

Result<void> FileLog::Close() {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return {};
    closed_ = true;
  }
  if (commit_) commit_->Stop();
  std::lock_guard lock(mutex_);
  if (trouble_.empty()) LookAtFile();
  Result<void> result = trouble_.empty() ? Result<void>() : Recover();
  if (result) result = WriteOwn("close");
  if (result && options_.sync == LogSync::kFsync && fdatasync(file_->fd()) != 0)
    result = Fail(SystemError("sync the decision log", options_.path, errno));
  if (!result) Failed(result.error());
  if (pruner_.joinable()) pruner_.join();
  lock_.reset();
  return result;
}

}  // namespace

Result<std::unique_ptr<DecisionLog>> DecisionLog::Open(DecisionLogOptions options) {
  auto log = std::make_unique<FileLog>(std::move(options));
  TRY_VOID(log->Begin());
  return log;
}

}  // namespace guard

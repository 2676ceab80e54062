// While one fdatasync runs, those who come later gather for the next one: the slower the disk, the larger the
// groups. Tested by tests/unit/decisions/commit_test.cc.
#include "webhook/decisions/commit.h"

#include <unistd.h>

#include <cerrno>

namespace guard {

GroupCommit::GroupCommit(std::string path, std::function<void(const Error&)> on_failure)
    : path_(std::move(path)), on_failure_(std::move(on_failure)), thread_([this] { Run(); }) {}

void GroupCommit::Add(std::shared_ptr<OpenFile> file, uint64_t seq, DecisionLog::Completion done) {
  std::vector<Waiting> late;
  bool first;
  {
    std::lock_guard lock(mutex_);
    std::vector<Waiting>& group = stopping_ ? late : waiting_;
    first = group.empty();
    group.push_back({std::move(file), seq, std::move(done)});
  }
  if (!late.empty())
    Commit(late);
  else if (first)
    wake_.notify_one();
}

void GroupCommit::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void GroupCommit::Run() {
  std::vector<Waiting> batch;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      batch.swap(waiting_);
    }
    Commit(batch);
    batch.clear();
  }
}

// A batch spans two files when the log was rotated meanwhile; they stand one after the other.
void GroupCommit::Commit(std::vector<Waiting>& batch) {
  for (size_t begin = 0; begin < batch.size();) {
    size_t end = begin;
    while (end < batch.size() && batch[end].file == batch[begin].file) ++end;
    int problem = 0;
    while (fdatasync(batch[begin].file->fd()) != 0) {
      problem = errno;
      if (problem != EINTR) break;
      problem = 0;
    }
    if (problem) on_failure_(SystemError("sync the decision log", path_, problem));
    for (; begin < end; ++begin) {
      if (problem)
        batch[begin].done(Fail(SystemError("sync the decision log", path_, problem)));
      else
        batch[begin].done(batch[begin].seq);
    }
  }
}

}  // namespace guard

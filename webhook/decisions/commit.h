// Group commit: records that wait at the same time share one fdatasync.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "webhook/decisions/files.h"
#include "webhook/decisions/log.h"

namespace guard {

class GroupCommit {
 public:
  // `on_failure` hears of every sync that failed, before those who waited for it do.
  GroupCommit(std::string path, std::function<void(const Error&)> on_failure);
  ~GroupCommit() { Stop(); }

  // Calls `done` from the thread of its own, when everything written to `file` so far is on the disk.
  void Add(std::shared_ptr<OpenFile> file, uint64_t seq, DecisionLog::Completion done);
  // Answers everybody who waits, then ends the thread; Add then syncs and answers itself.
  void Stop();

 private:
  struct Waiting {
    std::shared_ptr<OpenFile> file;
    uint64_t seq;
    DecisionLog::Completion done;
  };
  void Run();
  void Commit(std::vector<Waiting>& batch);

  std::string path_;
  std::function<void(const Error&)> on_failure_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace guard

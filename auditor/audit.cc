// Workers take batches of items from the walk under a lock, and put each batch's rows into a window; the
// calling thread empties the window in order. A worker that is too far ahead waits, which is what bounds
// memory. Tested by tests/unit/auditor/audit_test.cc.
#include "auditor/audit.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace guard {

namespace {

constexpr size_t kBatch = 16;                // items a lock is taken for, at the most
constexpr uint64_t kBatchBytes = 256 << 10;  // so that large files are shared among the workers
constexpr uint64_t kWindow = 64;             // batches that may be finished before their turn

struct Batch {
  std::vector<FileReport> reports;
  double progress = 0;
};

class Window {
 public:
  Window(TreeWalk& walk, unsigned workers) : walk_(walk), working_(workers) {}

  // The next items and their place in the order; false at the end of the walk.
  bool Take(std::vector<WalkItem>* items, uint64_t* turn, double* progress) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return taken_ < emitted_ + kWindow; });
    items->clear();
    WalkItem item;
    uint64_t bytes = 0;
    while (items->size() < kBatch && bytes < kBatchBytes && !ended_) {
      if (!walk_.Next(&item)) {
        ended_ = true;
      } else {
        bytes += item.size;
        items->push_back(std::move(item));
      }
    }
    if (items->empty()) return false;
    *turn = taken_++;
    *progress = walk_.progress();
    return true;
  }

  void Put(uint64_t turn, Batch batch) {
    std::lock_guard lock(mutex_);
    done_.emplace(turn, std::move(batch));
    if (turn == emitted_) ready_.notify_one();
  }

  void Leave() {
    std::lock_guard lock(mutex_);
    --working_;
    ready_.notify_one();
  }

  // The next batch in order; false when all have been given.
  bool Next(Batch* batch) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return done_.contains(emitted_) || working_ == 0; });
    auto found = done_.find(emitted_);
    if (found == done_.end()) return false;
    *batch = std::move(found->second);
    done_.erase(found);
    ++emitted_;
    room_.notify_all();
    return true;
  }

 private:
  TreeWalk& walk_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::map<uint64_t, Batch> done_;
  uint64_t taken_ = 0, emitted_ = 0;
  unsigned working_;
  bool ended_ = false;
};

void Count(const FileReport& file, Summary* summary) {
  switch (file.input.status) {
    case InputStatus::kAudited: ++summary->files_audited; break;
    case InputStatus::kSkipped: ++summary->files_skipped; break;
    case InputStatus::kFailed: ++summary->files_failed; break;
  }
  summary->documents += file.input.documents;
  summary->subjects += file.subjects.size();
  std::vector<bool> hit(file.subjects.size());
  bool any = false;
  for (const FindingRow& finding : file.findings) {
    if (finding.waived) {
      ++summary->waived;
      continue;
    }
    ++summary->by_severity[static_cast<size_t>(finding.guardrail->severity)];
    if (!hit[finding.subject]) ++summary->subjects_with_findings;
    hit[finding.subject] = true;
    any = true;
  }
  if (any) ++summary->files_with_findings;
}

void Emit(const Batch& batch, std::span<Report* const> reports, AuditProgress* progress, Summary* summary) {
  for (const FileReport& file : batch.reports) {
    if (progress && (!file.findings.empty() || file.input.error)) progress->Hide();
    Count(file, summary);
    for (Report* report : reports) report->Add(file);
    if (progress) progress->Audited(*summary, batch.progress, file.input.file);
  }
}

}  // namespace

Summary Audit(const RunInfo& info, const AuditOptions& options, std::span<Report* const> reports,
              AuditProgress* progress) {
  TreeWalk walk(options.paths, options.walk);
  EvaluateOptions evaluate;
  evaluate.kubernetes = info.kubernetes;
  unsigned jobs = std::max(1u, options.jobs);
  Window window(walk, jobs);
  std::vector<const Guardrail*> guardrails;
  for (const Guardrail* rule : info.guardrails)
    if (info.policies->Find(rule->name) == rule) guardrails.push_back(rule);
  auto work = [&] {
    Evaluator evaluator(*info.policies, guardrails, evaluate);
    std::optional<AdmissionPolicyJudge> judge;
    if (info.admission) judge.emplace(*info.admission);
    std::vector<WalkItem> items;
    uint64_t turn = 0;
    double position = 0;
    while (window.Take(&items, &turn, &position)) {
      Batch batch;
      batch.progress = position;
      for (const WalkItem& item : items)
        batch.reports.push_back(AuditItem(item, evaluator, options.file, judge ? &*judge : nullptr));
      window.Put(turn, std::move(batch));
    }
    window.Leave();
  };
  std::vector<std::jthread> workers(jobs);
  for (std::jthread& worker : workers) worker = std::jthread(work);
  Summary summary;
  Batch batch;
  while (window.Next(&batch)) Emit(batch, reports, progress, &summary);
  workers.clear();
  if (progress) progress->Hide();
  for (Report* report : reports) report->End(summary);
  return summary;
}

int ExitCode(const Summary& summary, Severity fail_on) {
  if (summary.files_failed) return 2;
  uint64_t decisive = 0;
  for (size_t i = static_cast<size_t>(fail_on); i < summary.by_severity.size(); ++i)
    decisive += summary.by_severity[i];
  if (decisive) return 1;
  return summary.files_audited ? 0 : 3;
}

}  // namespace guard

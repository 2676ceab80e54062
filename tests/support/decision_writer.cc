// Kills writers of a decision log at random moments, and looks after each whether everything that was
// acknowledged is there and nothing else is wrong. For tests/e2e/decision_log.sh.
//
// usage: decision_writer FOLDER ROUNDS write|fsync
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>

#include "webhook/decisions/log.h"
#include "webhook/decisions/verify.h"

namespace {

using namespace guard;

// What the child has been told is on the log; it outlives the child.
using Acknowledged = std::atomic<uint64_t>;

void Acknowledge(Acknowledged& acknowledged, uint64_t seq) {
  uint64_t before = acknowledged.load();
  while (before < seq && !acknowledged.compare_exchange_weak(before, seq)) {
  }
}

void AppendForEver(DecisionLog& log, bool durable, Acknowledged& acknowledged) {
  const RecordedGuardrail rows[] = {{"no-privileged", "deny", 1, 0}};
  DecisionRecord record;
  record.uid = "705ab4f5-6393-11e8-b7cc-42010a800002", record.profile = "ci", record.verdict = "deny";
  record.guardrails = rows;
  DecisionBatch batch;
  for (size_t round = 0;; ++round) {
    record.time = std::chrono::system_clock::now();
    auto done = [&](const Result<uint64_t>& seq) {
      if (!seq) std::abort();
      Acknowledge(acknowledged, *seq);
    };
    if (durable) {
      log.AppendDurable(record, done);
      usleep(100);
    } else if (round % 3 == 0) {
      done(log.Append(record));
    } else {
      batch.Clear();
      for (size_t i = 0; i <= round % 23; ++i) batch.Add(record);
      if (log.AppendBatch(batch) != batch.size()) std::abort();
      Acknowledge(acknowledged, log.status().seq);
    }
  }
}

[[noreturn]] void WriteUntilKilled(const DecisionLogOptions& options, Acknowledged& acknowledged) {
  auto log = DecisionLog::Open(options);
  if (!log) {
    std::fprintf(stderr, "%s\n", Render(log.error()).c_str());
    _exit(1);
  }
  bool durable = options.sync == LogSync::kFsync;
  std::thread second([&] { AppendForEver(**log, durable, acknowledged); });
  AppendForEver(**log, durable, acknowledged);
  _exit(1);
}

// The log as the kill left it: at most its last line is cut short.
bool IsSound(const std::string& folder, uint64_t acknowledged, bool whole) {
  auto logs = FindLogs({folder});
  if (!logs || (logs->empty() && acknowledged == 0)) return logs.has_value();
  auto summary = VerifyLog(logs->front());
  if (!summary) return false;
  for (const LogFinding& finding : summary->findings)
    if (whole || finding.issue != LogIssue::kTruncated) {
      std::fprintf(stderr, "%s:%llu: %s\n", finding.file.c_str(),
                   static_cast<unsigned long long>(finding.line), finding.message.c_str());
      return false;
    }
  if (summary->last_seq < acknowledged)
    std::fprintf(stderr, "record %llu was acknowledged, and the log ends with %llu\n",
                 static_cast<unsigned long long>(acknowledged),
                 static_cast<unsigned long long>(summary->last_seq));
  return summary->last_seq >= acknowledged;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  DecisionLogOptions options;
  options.path = std::string(argv[1]) + "/decisions.jsonl";
  options.sync = std::string(argv[3]) == "fsync" ? LogSync::kFsync : LogSync::kWrite;
  options.max_bytes = 20'000;  // so that kills meet rotations, too
  options.keep = 3;
  void* shared =
      mmap(nullptr, sizeof(Acknowledged), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  Acknowledged& acknowledged = *new (shared) Acknowledged(0);
  std::mt19937 random(std::random_device{}());
  int rounds = std::atoi(argv[2]);
  for (int i = 0; i < rounds; ++i) {
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) WriteUntilKilled(options, acknowledged);
    usleep(random() % 20'000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || !IsSound(argv[1], acknowledged, false)) {
      std::fprintf(stderr, "round %d failed\n", i);
      return 1;
    }
  }
  // Whoever opens the log next mends it.
  if (auto log = DecisionLog::Open(options); !log || !(*log)->Close()) return 1;
  if (!IsSound(argv[1], acknowledged, true)) return 1;
  std::printf("%d kills, %llu records acknowledged\n", rounds,
              static_cast<unsigned long long>(acknowledged.load()));
  return 0;
}

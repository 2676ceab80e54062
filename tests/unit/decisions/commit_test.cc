#include "webhook/decisions/commit.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "tests/support/scratch.h"
#include "tests/unit/decisions/support.h"

namespace guard::test {
namespace {

TEST(Commit, EverybodyIsAnsweredOnce) {
  Scratch scratch;
  DecisionLogOptions options = Options(scratch / "log.jsonl");
  options.sync = LogSync::kFsync;
  options.max_bytes = 20'000;
  options.keep = 1000;
  auto log = *DecisionLog::Open(options);
  std::atomic<int> answered = 0, failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i)
        log->AppendDurable(Deny(), [&](Result<uint64_t> seq) { (seq ? answered : failed) += 1; });
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(log->Close());
  EXPECT_EQ(answered, 800);
  EXPECT_EQ(failed, 0);
  auto summary = VerifyLog(FindLogs({scratch.root().string()})->at(0));
  EXPECT_TRUE(summary->findings.empty());
  EXPECT_EQ(summary->decisions, 800u);
  log->AppendDurable(Deny(), [&](Result<uint64_t> seq) { failed += !seq; });
  EXPECT_EQ(failed, 1);
}

TEST(Commit, WithWriteTheAnswerIsThereAtOnce) {
  Scratch scratch;
  auto log = *DecisionLog::Open(Options(scratch / "log.jsonl"));
  uint64_t answered = 0;
  log->AppendDurable(Deny(), [&](Result<uint64_t> seq) { answered = *seq; });
  EXPECT_EQ(answered, 2u);
}

TEST(Commit, TheAnswerWaitsForTheDisk) {
  Scratch scratch;
  DecisionLogOptions options = Options(scratch / "log.jsonl");
  options.sync = LogSync::kFsync;
  auto log = *DecisionLog::Open(options);
  std::promise<uint64_t> answer;
  log->AppendDurable(Deny(), [&](Result<uint64_t> seq) { answer.set_value(seq.value_or(0)); });
  EXPECT_EQ(answer.get_future().get(), 2u);
}

// A pipe cannot be synced, which stands for a disk that fails.
TEST(Commit, AFailedSyncIsTold) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  OpenFile reader(pipe_ends[0]);
  auto writer = std::make_shared<OpenFile>(pipe_ends[1]);
  std::vector<std::string> told;
  std::vector<std::string> answers;
  {
    GroupCommit commit("log", [&](const Error& error) { told.push_back(ToString(error)); });
    commit.Add(writer, 7, [&](Result<uint64_t> seq) { answers.push_back(ToString(seq.error())); });
    commit.Stop();
    commit.Add(writer, 8, [&](Result<uint64_t> seq) { answers.push_back(ToString(seq.error())); });
  }
  std::vector<std::string> expected(2, "log: cannot sync the decision log: Invalid argument");
  EXPECT_EQ(told, expected);
  EXPECT_EQ(answers, expected);
}

}  // namespace
}  // namespace guard::test

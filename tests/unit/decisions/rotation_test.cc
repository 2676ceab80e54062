#include <sys/stat.h>

#include <filesystem>

#include "tests/support/golden.h"
#include "tests/support/scratch.h"
#include "tests/unit/decisions/support.h"
#include "webhook/decisions/files.h"
#include "webhook/decisions/log.h"

namespace guard::test {
namespace {

DecisionLogOptions Small(const Scratch& scratch, uint64_t max_bytes = 1000, uint32_t keep = 3) {
  DecisionLogOptions options = Options(scratch / "log");
  options.max_bytes = max_bytes;
  options.keep = keep;
  return options;
}

LogSummary VerifyFolder(const Scratch& scratch) {
  return *VerifyLog(FindLogs({scratch.root().string()})->at(0));
}

void Fill(DecisionLog& log, int count) {
  for (int i = 0; i < count; ++i) EXPECT_TRUE(log.Append(Deny()));
}

TEST(Rotation, KeepsTheChainAndOnlySoManyFiles) {
  Scratch scratch;
  auto log = *DecisionLog::Open(Small(scratch));
  Fill(*log, 100);
  EXPECT_TRUE(log->Close());
  auto files = RotatedFiles(scratch / "log");
  ASSERT_TRUE(files);
  EXPECT_EQ(files->size(), 3u);
  EXPECT_GT(log->status().rotations, 10u);
  LogSummary summary = VerifyFolder(scratch);
  EXPECT_TRUE(summary.findings.empty());
  EXPECT_EQ(summary.last_seq, 102u);
  EXPECT_EQ(summary.files.size(), 4u);
}

// Files end where they would have ended with one record at a time.
TEST(Rotation, InTheMiddleOfABatch) {
  Scratch one, all;
  DecisionBatch batch;
  for (int i = 0; i < 25; ++i) batch.Add(Deny());
  auto log = *DecisionLog::Open(Small(one, 1000, 100));
  Fill(*log, 25);
  auto batched = *DecisionLog::Open(Small(all, 1000, 100));
  EXPECT_EQ(batched->AppendBatch(batch), 25u);
  EXPECT_TRUE(log->Close() && batched->Close());
  EXPECT_EQ(log->status().head, batched->status().head);
  EXPECT_GT(log->status().rotations, 3u);
  EXPECT_EQ(log->status().rotations, batched->status().rotations);
  EXPECT_EQ(VerifyFolder(one).files.size(), VerifyFolder(all).files.size());
  EXPECT_TRUE(VerifyFolder(all).findings.empty());
}

TEST(Rotation, NamesTellTheLastRecord) {
  Scratch scratch;
  auto log = *DecisionLog::Open(Small(scratch, 1));
  Fill(*log, 2);
  EXPECT_TRUE(std::filesystem::exists(scratch / "log.000000000001"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "log.000000000002"));
  EXPECT_EQ(SplitRotatedName("a/log.000000000002"), std::pair(std::string("a/log"), uint64_t{2}));
  for (const char* none :
       {"log", "log.1", "log.00000000000x", "log.000000000000", "log.99999999999999999999999"})
    EXPECT_EQ(SplitRotatedName(none).second, 0u) << none;
}

// Killed between any two steps of a rotation.
TEST(Rotation, GoesOnWhereItWasKilled) {
  enum Step { kRenamed, kCreated, kTornFirstLine };
  for (Step step : {kRenamed, kCreated, kTornFirstLine}) {
    Scratch scratch;
    {
      auto log = *DecisionLog::Open(Small(scratch, 0));
      Fill(*log, 5);
    }
    std::filesystem::rename(scratch / "log", scratch / "log.000000000007");
    if (step == kCreated) scratch.Write("log", "");
    if (step == kTornFirstLine) scratch.Write("log", "{\"seq\":8,\"pre");
    auto log = *DecisionLog::Open(Small(scratch, 0));
    Fill(*log, 1);
    EXPECT_TRUE(log->Close());
    LogSummary summary = VerifyFolder(scratch);
    EXPECT_TRUE(summary.findings.empty()) << summary.findings[0].message;
    EXPECT_EQ(summary.last_seq, 10u);
    EXPECT_EQ(summary.break_count, step == kTornFirstLine ? 1u : 0u);
  }
}

TEST(Rotation, NeverReplacesAFile) {
  Scratch scratch;
  auto log = *DecisionLog::Open(Small(scratch, 300));
  Fill(*log, 1);
  uint64_t seq = log->status().seq;
  std::string taken = scratch.Write("log.00000000000" + std::to_string(seq), "precious");
  Fill(*log, 3);
  EXPECT_EQ(ReadFile(taken), "precious");
  DecisionLogStatus status = log->status();
  EXPECT_EQ(status.rotations, 0u);
  EXPECT_NE(status.last_failure.find("File exists"), std::string::npos);
  EXPECT_EQ(status.failures, 0u);
}

TEST(Rotation, SomebodyElseMovedTheFile) {
  Scratch scratch;
  auto log = *DecisionLog::Open(Small(scratch, 1500));
  Fill(*log, 2);
  std::filesystem::rename(scratch / "log", scratch / "log.000000000003");
  Fill(*log, 10);
  EXPECT_TRUE(log->Close());
  EXPECT_TRUE(std::filesystem::exists(scratch / "log"));
  LogSummary summary = VerifyFolder(scratch);
  EXPECT_TRUE(summary.findings.empty());
  EXPECT_EQ(summary.records, 14u);
}

TEST(Rotation, AFolderThatCannotBeWrittenLetsTheFileGrow) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  Scratch scratch;
  auto log = *DecisionLog::Open(Small(scratch));
  chmod(scratch.root().c_str(), 0500);
  Fill(*log, 50);
  chmod(scratch.root().c_str(), 0700);
  EXPECT_EQ(log->status().rotations, 0u);
  EXPECT_FALSE(log->status().last_failure.empty());
  EXPECT_TRUE(log->Close());
  EXPECT_TRUE(VerifyFolder(scratch).findings.empty());
}

}  // namespace
}  // namespace guard::test

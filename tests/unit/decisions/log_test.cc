#include "webhook/decisions/log.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/support/golden.h"
#include "tests/support/scratch.h"
#include "tests/unit/decisions/support.h"

namespace guard::test {
namespace {

std::unique_ptr<DecisionLog> Open(const DecisionLogOptions& options) {
  auto log = DecisionLog::Open(options);
  if (!log) ADD_FAILURE() << ToString(log.error());
  return log ? std::move(*log) : nullptr;
}

LogSummary VerifyFolder(const Scratch& scratch) {
  auto logs = FindLogs({scratch.root().string()});
  auto summary = VerifyLog(logs->at(0));
  EXPECT_TRUE(summary);
  return std::move(*summary);
}

// The types of a log's records, breaks with their reason.
std::string Types(const std::string& path) {
  std::string text = ReadFile(path), types;
  LogLineReader reader;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    auto line = reader.Read(std::string_view(text).substr(begin, end - begin));
    std::string type = !line                   ? "?"
                       : line->type == "break" ? std::string(line->reason)
                                               : std::string(line->type);
    types += (types.empty() ? "" : " ") + type;
  }
  return types;
}

// No file of this process can grow beyond `bytes` while this lives.
class FullDisk {
 public:
  explicit FullDisk(uint64_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST(Log, TheWholeFileAsWritten) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  EXPECT_EQ(*log->Append(Deny("a")), 2u);
  EXPECT_EQ(*log->Append(Deny("b")), 3u);
  EXPECT_TRUE(log->Close());
  ExpectGolden("decisions/log.jsonl", ReadFile(path));
}

TEST(Log, ContinuesWhatWasClosed) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  for (int i = 0; i < 3; ++i) {
    auto log = Open(Options(path));
    EXPECT_TRUE(log->Append(Deny()));
  }
  EXPECT_EQ(Types(path), "start decision close open decision close open decision close");
  LogSummary summary = VerifyFolder(scratch);
  EXPECT_TRUE(summary.findings.empty());
  EXPECT_TRUE(summary.closed);
}

TEST(Log, StatusKnowsTheHead) {
  Scratch scratch;
  auto log = Open(Options(scratch / "decisions.jsonl"));
  EXPECT_TRUE(log->Append(Deny()));
  DecisionLogStatus status = log->status();
  EXPECT_EQ(status.seq, 2u);
  EXPECT_EQ(status.bytes, std::filesystem::file_size(scratch / "decisions.jsonl"));
  LogSummary summary = VerifyFolder(scratch);
  EXPECT_EQ(summary.head, status.head);
  EXPECT_EQ(status.failures, 0u);
}

// What kill -9 can leave: every prefix of what a writer writes.
TEST(Log, GoesOnAfterEveryCut) {
  Scratch whole;
  {
    auto log = Open(Options(whole / "decisions.jsonl"));
    EXPECT_TRUE(log->Append(Deny()));
  }
  std::string text = ReadFile(whole / "decisions.jsonl");
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Scratch scratch;
    std::string path = scratch.Write("decisions.jsonl", text.substr(0, cut));
    auto log = Open(Options(path));
    ASSERT_TRUE(log) << cut;
    EXPECT_TRUE(log->Append(Deny()));
    EXPECT_EQ(log->status().breaks, cut == 0 || cut >= text.size() - 1 ? 0u : 1u) << cut;
    EXPECT_TRUE(log->Close());
    EXPECT_EQ(ReadFile(path).substr(0, cut), text.substr(0, cut));
    LogSummary summary = VerifyFolder(scratch);
    EXPECT_TRUE(summary.findings.empty()) << cut << ": " << summary.findings[0].message;
  }
}

// The process is killed while it mends what an earlier kill left, again and again.
TEST(Log, GoesOnAfterCutsOfCuts) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  {
    Open(Options(path));
  }
  uint64_t size = std::filesystem::file_size(path);
  for (uint64_t i = 1; i < 200; ++i) {
    std::string before = ReadFile(path);
    Open(Options(path));
    uint64_t grown = std::filesystem::file_size(path);
    std::filesystem::resize_file(path, size + (i * 37) % (grown - size));
    if (std::filesystem::file_size(path) >= before.size()) size = std::filesystem::file_size(path);
  }
  {
    Open(Options(path));
  }
  LogSummary summary = VerifyFolder(scratch);
  EXPECT_TRUE(summary.findings.empty()) << summary.findings[0].message;
  EXPECT_GT(summary.break_count, 10u);
}

TEST(Log, BreakTellsWhatWasFound) {
  Scratch scratch;
  std::string path = scratch.Write("decisions.jsonl", Joined(Chain(2)) + "{\"seq\":3,\"to");
  {
    Open(Options(path));
  }
  std::string text = ReadFile(path);
  EXPECT_NE(text.find("\"type\":\"break\",\"reason\":\"torn\",\"debris\":{\"bytes\":12,\"sha256\":\"" +
                      Sha256Hex("{\"seq\":3,\"to") + "\"}"),
            std::string::npos);
}

TEST(Log, OneWriterOnly) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  auto second = DecisionLog::Open(Options(path));
  ASSERT_FALSE(second);
  EXPECT_EQ(ToString(second.error()),
            path + ": another process writes this decision log (pid " + std::to_string(getpid()) + ")");
  EXPECT_TRUE(log->Close());
  EXPECT_TRUE(DecisionLog::Open(Options(path)));
}

TEST(Log, WhatCannotBeALog) {
  Scratch scratch;
  auto refused = [](const std::string& path) {
    auto log = DecisionLog::Open(Options(path));
    return log ? std::string() : ToString(log.error());
  };
  EXPECT_NE(refused(scratch / "no/such/folder.jsonl").find("No such file or directory"), std::string::npos);
  EXPECT_NE(refused(scratch.root().string()).find("directory"), std::string::npos);
  std::string other = scratch.Write("other", "root:x:0:0\n");
  EXPECT_NE(refused(other).find("something else than a decision log"), std::string::npos);
  EXPECT_EQ(ReadFile(other), "root:x:0:0\n");
  std::filesystem::create_symlink(other, scratch / "link");
  EXPECT_NE(refused(scratch / "link").find("symbolic link"), std::string::npos);
  ASSERT_EQ(mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_NE(refused(scratch / "pipe").find("regular file"), std::string::npos);
}

TEST(Log, FullDiskAndRoomAgain) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  EXPECT_TRUE(log->Append(Deny("before")));
  uint64_t size = std::filesystem::file_size(path);
  for (uint64_t room : {0u, 1u, 50u, 300u}) {
    FullDisk full(size + room);
    auto failed = log->Append(Deny("lost"));
    ASSERT_FALSE(failed);
    EXPECT_NE(ToString(failed.error()).find("cannot write to the decision log: File too large"),
              std::string::npos);
    EXPECT_FALSE(log->Append(Deny("lost")));
    size = std::filesystem::file_size(path);
  }
  EXPECT_EQ(log->status().failures, 8u);
  EXPECT_TRUE(log->Append(Deny("after")));
  EXPECT_TRUE(log->Close());
  LogSummary summary = VerifyFolder(scratch);
  EXPECT_TRUE(summary.findings.empty()) << summary.findings[0].message;
  EXPECT_EQ(summary.break_count, 2u);  // there was room for one, and not for the decision behind it
  EXPECT_EQ(summary.breaks[0].reason, "failed-write");
  EXPECT_EQ(summary.decisions, 2u);
}

DecisionBatch Batch(size_t count) {
  DecisionBatch batch;
  for (size_t i = 0; i < count; ++i) batch.Add(Deny("u" + std::to_string(i)));
  return batch;
}

TEST(Log, ABatchIsTheSameLines) {
  Scratch one, all;
  {
    auto log = Open(Options(one / "decisions.jsonl"));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(log->Append(Deny("u" + std::to_string(i))));
    auto batched = Open(Options(all / "decisions.jsonl"));
    EXPECT_EQ(batched->AppendBatch(Batch(5)), 5u);
    EXPECT_EQ(batched->AppendBatch(Batch(0)), 0u);
    EXPECT_EQ(batched->status().head, log->status().head);
    EXPECT_EQ(batched->status().seq, 6u);
  }
  EXPECT_EQ(ReadFile(one / "decisions.jsonl"), ReadFile(all / "decisions.jsonl"));
}

// Wherever the disk is full, the records that are told to be there are those that are.
TEST(Log, ABatchThatIsCutShort) {
  Scratch measure;
  auto measured = Open(Options(measure / "log"));
  const uint64_t begin = measured->status().bytes;
  EXPECT_EQ(measured->AppendBatch(Batch(4)), 4u);
  const uint64_t all = measured->status().bytes - begin;
  for (uint64_t room = 0; room < all; room += 7) {
    Scratch scratch;
    std::string path = scratch / "decisions.jsonl";
    auto log = Open(Options(path));
    size_t added = 0;
    {
      FullDisk full(begin + room);
      added = log->AppendBatch(Batch(4));
    }
    EXPECT_EQ(added, room * 4 / all);
    EXPECT_EQ(log->status().failures, 4 - added);
    EXPECT_EQ(log->AppendBatch(Batch(2)), 2u);
    EXPECT_TRUE(log->Close());
    EXPECT_EQ(log->AppendBatch(Batch(2)), 0u);
    LogSummary summary = VerifyFolder(scratch);
    EXPECT_TRUE(summary.findings.empty()) << room << summary.findings[0].message;
    EXPECT_GE(summary.decisions, added + 2);
  }
}

TEST(Log, AFailedWriteWithoutATraceNeedsNoBreak) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  {
    FullDisk full(std::filesystem::file_size(path));
    EXPECT_FALSE(log->Append(Deny()));
  }
  EXPECT_TRUE(log->Append(Deny()));
  EXPECT_EQ(Types(path), "start decision");
}

TEST(Log, AllButTheLineBreakIsARecord) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  EXPECT_TRUE(log->Append(Deny()));
  uint64_t start = std::filesystem::file_size(path);
  EXPECT_TRUE(log->Append(Deny()));
  uint64_t line = std::filesystem::file_size(path) - start;
  {
    FullDisk full(start + 2 * line - 1);
    EXPECT_FALSE(log->Append(Deny()));
  }
  EXPECT_EQ(*log->Append(Deny()), 6u);
  EXPECT_EQ(Types(path), "start decision decision decision failed-write decision");
  EXPECT_TRUE(VerifyFolder(scratch).findings.empty());
}

TEST(Log, ADeletedFileIsBegunAnewAndMissed) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  EXPECT_TRUE(log->Append(Deny()));
  std::filesystem::remove(path);
  EXPECT_EQ(*log->Append(Deny()), 4u);
  EXPECT_EQ(Types(path), "deleted decision");
  EXPECT_EQ(VerifyFolder(scratch).first_seq, 3u);
}

TEST(Log, ADeletedFolderIsAnError) {
  Scratch scratch;
  std::filesystem::create_directory(scratch / "logs");
  auto log = Open(Options(scratch / "logs/decisions.jsonl"));
  std::filesystem::remove_all(scratch / "logs");
  auto failed = log->Append(Deny());
  ASSERT_FALSE(failed);
  EXPECT_NE(ToString(failed.error()).find("No such file or directory"), std::string::npos);
  std::filesystem::create_directory(scratch / "logs");
  EXPECT_TRUE(log->Append(Deny()));
}

TEST(Log, LinesTakenFromARunningLogAreMissed) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  EXPECT_TRUE(log->Append(Deny()));
  uint64_t size = std::filesystem::file_size(path);
  EXPECT_TRUE(log->Append(Deny()));
  EXPECT_TRUE(log->Append(Deny()));
  std::filesystem::resize_file(path, size);
  EXPECT_TRUE(log->Append(Deny()));
  EXPECT_EQ(Types(path), "start decision shortened decision");
  EXPECT_EQ(Told(VerifyFolder(scratch)), std::vector<std::string>{path + ":3 missing"});
}

TEST(Log, WhatOthersWriteIsDebris) {
  Scratch scratch;
  std::string path = scratch / "decisions.jsonl";
  auto log = Open(Options(path));
  std::ofstream(path, std::ios::app) << "hello\nworld";
  EXPECT_TRUE(log->Append(Deny()));
  EXPECT_EQ(Types(path), "start ? ? grown decision");
  EXPECT_TRUE(VerifyFolder(scratch).findings.empty());
}

TEST(Log, NothingAfterClose) {
  Scratch scratch;
  auto log = Open(Options(scratch / "decisions.jsonl"));
  EXPECT_TRUE(log->Close());
  EXPECT_TRUE(log->Close());
  auto late = log->Append(Deny());
  ASSERT_FALSE(late);
  EXPECT_NE(ToString(late.error()).find("closed"), std::string::npos);
}

TEST(Log, ManyThreadsOneChain) {
  Scratch scratch;
  DecisionLogOptions options = Options(scratch / "decisions.jsonl");
  options.max_bytes = 100'000;
  options.keep = 1000;
  auto log = Open(options);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) EXPECT_TRUE(log->Append(Deny()));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(log->Close());
  LogSummary summary = VerifyFolder(scratch);
  EXPECT_TRUE(summary.findings.empty());
  EXPECT_EQ(summary.decisions, 8000u);
  EXPECT_GT(summary.files.size(), 10u);
}

}  // namespace
}  // namespace guard::test

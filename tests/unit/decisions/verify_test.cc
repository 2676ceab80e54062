#include "webhook/decisions/verify.h"

#include <functional>

#include "tests/support/scratch.h"
#include "tests/unit/decisions/support.h"

namespace guard::test {
namespace {

using Lines = std::vector<std::string>;

TEST(Verify, AGoodLog) {
  auto lines = Chain(5);
  LogSummary summary = Verify({Joined(lines)});
  EXPECT_TRUE(summary.findings.empty());
  EXPECT_EQ(summary.records, 5u);
  EXPECT_EQ(summary.lines, 5u);
  EXPECT_EQ(summary.decisions, 5u);
  EXPECT_EQ(summary.verdicts[0], 5u);
  EXPECT_EQ(summary.first_seq, 1u);
  EXPECT_EQ(summary.last_seq, 5u);
  EXPECT_EQ(summary.first_time, "2027-01-15T08:00:00Z");
  EXPECT_EQ(summary.head, Sha256Hex(lines[4]));
}

TEST(Verify, PiecesOfAnySize) {
  std::string text = Joined(Chain(20));
  for (size_t piece : {1, 7, 100, 4096}) {
    LogSummary summary = Verify({text}, {}, piece);
    EXPECT_EQ(summary.finding_count, 0u);
    EXPECT_EQ(summary.records, 20u);
  }
}

TEST(Verify, RotatedFilesAreOneChain) {
  auto lines = Chain(6);
  std::string first = Joined({lines.begin(), lines.begin() + 3}),
              second = Joined({lines.begin() + 3, lines.end()});
  EXPECT_EQ(Verify({first, second}).finding_count, 0u);
  EXPECT_EQ(Verify({second}).finding_count, 0u);
  EXPECT_EQ(Verify({second}).first_seq, 4u);
  EXPECT_EQ(Verify({first, "", second}).finding_count, 0u);
}

struct Tampering {
  const char* name;
  std::function<void(Lines&)> tamper;
  Lines findings;
};

TEST(Verify, WhatSomebodyDid) {
  auto replace = [](std::string& line, std::string_view from, std::string_view to) {
    line.replace(line.find(from), from.size(), to);
  };
  const Tampering cases[] = {
      {"verdict changed", [&](Lines& l) { replace(l[4], "allow", "steer"); }, {"0:5 changed"}},
      {"first line changed", [&](Lines& l) { replace(l[0], "allow", "steer"); }, {"0:1 changed"}},
      {"two neighbours changed",
       [&](Lines& l) { replace(l[4], "allow", "steer"), replace(l[5], "allow", "steer"); },
       {"0:5 changed", "0:6 changed"}},
      {"one byte added", [&](Lines& l) { replace(l[4], "allow", "allow "); }, {"0:5 changed"}},
      {"no record any more", [&](Lines& l) { l[4] = "hello"; }, {"0:5 changed"}},
      {"line emptied", [&](Lines& l) { l[4].clear(); }, {"0:5 changed"}},
      {"line split in two", [&](Lines& l) { replace(l[4], ",\"type\"", "\n,\"type\""); }, {"0:5 changed"}},
      {"garbage between", [&](Lines& l) { l.insert(l.begin() + 4, "hello"); }, {"0:5 changed"}},
      {"garbage behind", [&](Lines& l) { l.push_back("hello"); }, {"0:11 truncated"}},
      {"line missing", [&](Lines& l) { l.erase(l.begin() + 4); }, {"0:5 missing"}},
      {"lines missing", [&](Lines& l) { l.erase(l.begin() + 4, l.begin() + 7); }, {"0:5 missing"}},
      {"twice missing",
       [&](Lines& l) { l.erase(l.begin() + 7), l.erase(l.begin() + 2); },
       {"0:3 missing", "0:7 missing"}},
      {"swapped", [&](Lines& l) { std::swap(l[4], l[5]); }, {"0:5 reordered"}},
      {"moved back",
       [&](Lines& l) { std::rotate(l.begin() + 2, l.begin() + 3, l.begin() + 8); },
       {"0:8 reordered"}},
      {"moved forward",
       [&](Lines& l) { std::rotate(l.begin() + 2, l.begin() + 7, l.begin() + 8); },
       {"0:3 reordered"}},
      {"repeated", [&](Lines& l) { l.insert(l.begin() + 4, l[4]); }, {"0:6 duplicated"}},
      {"repeated far away", [&](Lines& l) { l.insert(l.begin() + 8, l[1]); }, {"0:9 duplicated"}},
      {"seq changed",
       [&](Lines& l) { replace(l[4], "\"seq\":5", "\"seq\":9"); },
       {"0:5 changed", "0:5 changed"}},
      {"another log behind",
       [&](Lines& l) {
         auto other = Chain(3);
         l.insert(l.end(), other.begin(), other.end());
       },
       {"0:11 reordered"}},
      {"all gone", [&](Lines& l) { l.clear(); }, {"0:1 truncated"}},
      {"beginning gone is rotation", [&](Lines& l) { l.erase(l.begin(), l.begin() + 4); }, {}},
      {"claims to be the first",
       [&](Lines& l) { l.erase(l.begin(), l.begin() + 4), replace(l[0], "\"seq\":5", "\"seq\":1"); },
       {"0:1 changed", "0:2 missing"}},
  };
  for (const Tampering& c : cases) {
    Lines lines = Chain(10);
    c.tamper(lines);
    EXPECT_EQ(Told(Verify({Joined(lines)})), c.findings) << c.name;
  }
}

TEST(Verify, EverySingleByteCounts) {
  auto lines = Chain(3);
  std::string text = Joined(lines);
  // Nothing follows the last line that would name it: what can be seen there, EveryCutIsTold shows.
  for (size_t i = 0; i < text.size() - lines[2].size() - 1; ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    EXPECT_GT(Verify({changed}).finding_count, 0u) << i;
  }
}

TEST(Verify, EveryCutIsTold) {
  auto lines = Chain(3);
  std::string text = Joined(lines);
  for (size_t cut = 0; cut < text.size(); ++cut) {
    bool between = cut > 0 && text[cut - 1] == '\n';
    LogSummary summary = Verify({text.substr(0, cut)});
    EXPECT_EQ(summary.finding_count == 0, between) << cut;
    if (!between) {
      EXPECT_EQ(summary.findings[0].issue, LogIssue::kTruncated) << cut;
    }
  }
  // What is cut off between lines shows against a head that was kept.
  std::string head = Sha256Hex(lines[2]);
  EXPECT_EQ(Verify({text}, head).finding_count, 0u);
  EXPECT_EQ(Told(Verify({Joined({lines[0], lines[1]})}, head)), Lines{"0:2 missing"});
  EXPECT_EQ(Verify({text}, Sha256Hex(lines[0])).finding_count, 0u);
}

TEST(Verify, RotatedFileCutShort) {
  auto lines = Chain(6);
  std::string second = Joined({lines.begin() + 3, lines.end()});
  EXPECT_EQ(Told(Verify({Joined({lines[0], lines[1]}), second})), Lines{"1:1 missing"});
  EXPECT_EQ(Told(Verify({Joined({lines[0], lines[1]}) + lines[2], second})), Lines{"0:3 truncated"});
  EXPECT_EQ(Told(Verify({Joined({lines[0], lines[1]}) + lines[2].substr(0, 90), second})),
            Lines{"0:3 truncated"});
}

std::string BreakAfter(const std::string& line, uint64_t seq, const std::string& debris) {
  std::string record;
  AppendLogLine(&record, seq, Sha256Hex(line),
                "\"type\":\"break\",\"reason\":\"torn\",\"debris\":{\"bytes\":" +
                    std::to_string(debris.size()) + ",\"sha256\":\"" + Sha256Hex(debris) + "\"}");
  return record;
}

TEST(Verify, BreaksAccountForDebris) {
  auto lines = Chain(3);
  for (const std::string& debris : {std::string("{\"seq\":4,\"pr"), std::string("a\n\nb"), std::string(),
                                    std::string(3 * kLongestRecord, 'x'), std::string("\0\0", 2)}) {
    std::string record = BreakAfter(lines[2], 4, debris);
    std::string text = Joined(lines) + debris + '\n' + record + '\n' + Joined(Chain(2, 5, Sha256Hex(record)));
    LogSummary summary = Verify({text}, {}, 1000);
    EXPECT_TRUE(summary.findings.empty()) << Told(summary)[0];
    EXPECT_EQ(summary.break_count, 1u);
    EXPECT_EQ(summary.breaks[0].debris, debris.size());
    EXPECT_EQ(summary.breaks[0].reason, "torn");
    EXPECT_EQ(summary.last_seq, 6u);
  }
}

TEST(Verify, DebrisThatIsNotWhatTheBreakSays) {
  auto lines = Chain(3);
  std::string record = BreakAfter(lines[2], 4, "torn");
  EXPECT_EQ(Told(Verify({Joined(lines) + "turn\n" + record + "\n"})), Lines{"0:4 changed"});
  EXPECT_EQ(Told(Verify({Joined(lines) + record + "\n"})), Lines{"0:4 missing"});
}

TEST(Verify, FindingsAreBounded) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "hello\n" + Chain(2)[i % 2] + "\n";
  LogSummary summary = Verify({text});
  EXPECT_EQ(summary.findings.size(), kMostLogFindings);
  EXPECT_GT(summary.finding_count, 4000u);
}

TEST(Verify, NothingOfTheLogReachesATerminal) {
  std::string record;
  AppendLogLine(&record, 1, kNoRecord,
                "\"time\":\"\\u001b[31m\",\"type\":\"break\",\"reason\":\"\\u001b[31m\"");
  LogSummary summary = Verify({record + "\n"});
  EXPECT_EQ(summary.breaks[0].reason, "unknown");
  EXPECT_EQ(summary.first_time, "");
}

TEST(FindLogs, AFoldersFilesInTheirOrder) {
  Scratch scratch;
  for (const char* name :
       {"a/decisions.jsonl", "a/decisions.jsonl.000000000009", "a/decisions.jsonl.000000000010",
        "a/decisions.jsonl.1000000000000", "a/decisions.jsonl.lock", "b/decisions.jsonl.000000000001",
        "b/other", "b/other.lock", "README"})
    scratch.Write(name, "x");
  auto logs = FindLogs({scratch.root().string()});
  ASSERT_TRUE(logs);
  ASSERT_EQ(logs->size(), 3u);
  EXPECT_EQ((*logs)[0].paths,
            (Lines{scratch / "a/decisions.jsonl.000000000009", scratch / "a/decisions.jsonl.000000000010",
                   scratch / "a/decisions.jsonl.1000000000000", scratch / "a/decisions.jsonl"}));
  EXPECT_EQ((*logs)[1].paths, Lines{scratch / "b/decisions.jsonl.000000000001"});
  EXPECT_EQ((*logs)[2].paths, Lines{scratch / "b/other"});
}

TEST(FindLogs, FilesByName) {
  Scratch scratch;
  std::string log = scratch.Write("log", Joined(Chain(2)));
  auto logs = FindLogs({log, log});
  ASSERT_TRUE(logs);
  ASSERT_EQ(logs->size(), 1u);
  auto summary = VerifyLog((*logs)[0]);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->records, 2u);
  EXPECT_FALSE(FindLogs({scratch / "absent"}));
}

}  // namespace
}  // namespace guard::test

#include "webhook/decisions/tail.h"

#include "tests/unit/decisions/support.h"

namespace guard::test {
namespace {

Result<LogTail> Tail(const std::string& text) {
  ReadAt read = [&](uint64_t offset, char* bytes, size_t size) -> Result<void> {
    if (offset + size > text.size()) return Fail("beyond the end");
    text.copy(bytes, size, offset);
    return {};
  };
  return ReadLogTail(read, text.size());
}

TEST(Tail, LastRecord) {
  auto lines = Chain(3);
  auto tail = Tail(Joined(lines));
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->seq, 3u);
  EXPECT_EQ(tail->sha256, Sha256Hex(lines[2]));
  EXPECT_EQ(tail->prev, Sha256Hex(lines[1]));
  EXPECT_FALSE(tail->line_open);
  EXPECT_FALSE(tail->debris);
}

TEST(Tail, EveryCutOfTheLastLine) {
  auto lines = Chain(3);
  std::string before = lines[0] + '\n' + lines[1] + '\n';
  for (size_t cut = 0; cut <= lines[2].size(); ++cut) {
    auto tail = Tail(before + lines[2].substr(0, cut));
    ASSERT_TRUE(tail);
    bool whole = cut == lines[2].size();
    EXPECT_EQ(tail->seq, whole ? 3u : 2u) << cut;
    EXPECT_EQ(tail->line_open, cut > 0) << cut;
    ASSERT_EQ(tail->debris.has_value(), cut > 0 && !whole) << cut;
    if (tail->debris) {
      EXPECT_EQ(*tail->debris, (LogDebris{cut, Sha256Hex(lines[2].substr(0, cut))}));
    }
  }
}

TEST(Tail, DebrisOfSeveralLines) {
  std::string record = Chain(1)[0];
  struct Case {
    std::string behind;
    std::string debris;
    bool open;
  };
  for (const Case& c :
       {Case{"a\nb", "a\nb", true}, Case{"a\nb\n", "a\nb", false}, Case{"\n", "", false},
        Case{"\n\n", "\n", false}, Case{std::string(200'000, 'x'), std::string(200'000, 'x'), true}}) {
    auto tail = Tail(record + '\n' + c.behind);
    ASSERT_TRUE(tail && tail->debris);
    EXPECT_EQ(tail->seq, 1u);
    EXPECT_EQ(*tail->debris, (LogDebris{c.debris.size(), Sha256Hex(c.debris)}));
    EXPECT_EQ(tail->line_open, c.open);
  }
}

TEST(Tail, RecordsLongerThanABlock) {
  std::string longer;
  AppendLogLine(&longer, 7, kNoRecord, "\"type\":\"decision\",\"x\":\"" + std::string(300'000, 'x') + '"');
  for (const std::string& behind : {std::string("\n"), std::string("\ntorn"), std::string()}) {
    auto tail = Tail(Joined(Chain(2)) + longer + behind);
    ASSERT_TRUE(tail);
    EXPECT_EQ(tail->seq, 7u);
    EXPECT_EQ(tail->sha256, Sha256Hex(longer));
  }
  std::string endless = "{\"seq\":8,\"prev\":\"" + std::string(kLongestRecord, 'x');
  auto tail = Tail(Joined(Chain(2)) + endless);
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->seq, 2u);
  EXPECT_EQ(tail->debris->bytes, endless.size());
}

TEST(Tail, WithoutAnyRecord) {
  auto empty = Tail("");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->seq, 0u);
  EXPECT_FALSE(empty->debris);
  for (const std::string& torn :
       {std::string("{"), std::string("{\"seq\":1,\"pr"), std::string(4096, '\0')}) {
    auto tail = Tail(torn);
    ASSERT_TRUE(tail);
    EXPECT_EQ(tail->seq, 0u);
    EXPECT_EQ(tail->sha256, kNoRecord);
    EXPECT_EQ(tail->debris->bytes, torn.size());
  }
}

TEST(Tail, SomebodyElsesFile) {
  EXPECT_FALSE(Tail("root:x:0:0:root:/root:/bin/bash\n"));
  EXPECT_FALSE(Tail(Joined(Chain(1)) + std::string(kFarthestRecord + 100'000, 'x')));
}

TEST(Tail, ReadErrorsAreTold) {
  ReadAt broken = [](uint64_t, char*, size_t) -> Result<void> { return Fail("no disk"); };
  auto tail = ReadLogTail(broken, 100);
  ASSERT_FALSE(tail);
  EXPECT_EQ(tail.error().message, "no disk");
}

}  // namespace
}  // namespace guard::test

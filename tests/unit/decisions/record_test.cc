#include "tests/unit/decisions/support.h"

namespace guard::test {
namespace {

std::string Text(std::string_view text, size_t longest = 16) {
  std::string out;
  AppendRecordedText(&out, text, longest);
  return out;
}

TEST(Record, TextIsJson) {
  EXPECT_EQ(Text("plain"), "\"plain\"");
  EXPECT_EQ(Text("a\"b\\c\n\x01\x7F"), "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\"");
  EXPECT_EQ(Text("größe €"), "\"größe €\"");
  EXPECT_EQ(Text("a\xFF"
                 "b\xC0\xAF\xED\xA0\x80"),
            "\"a\uFFFDb\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\"");
  EXPECT_EQ(Text("cut\xE2\x82"), "\"cut\uFFFD\uFFFD\"");
}

TEST(Record, LongTextIsCutBetweenCodePoints) {
  EXPECT_EQ(Text("0123456789abcdef", 16), "\"0123456789abcdef\"");
  EXPECT_EQ(Text("0123456789abcdefg", 16), "\"0123456789abcdef\uFFFD\"");
  EXPECT_EQ(Text("0123456789abcd€uro", 16), "\"0123456789abcd\uFFFD\"");
}

TEST(Record, TimeHasMicroseconds) {
  auto time = [](int64_t micros) {
    std::string out;
    AppendRecordedTime(&out, std::chrono::system_clock::time_point(std::chrono::microseconds(micros)));
    return out;
  };
  EXPECT_EQ(time(0), "\"1970-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(time(1'709'210'096'000'789), "\"2024-02-29T12:34:56.000789Z\"");
  EXPECT_EQ(time(-1), "\"1969-12-31T23:59:59.999999Z\"");
}

TEST(Record, AllFields) {
  const RecordedGuardrail rows[] = {{"no-host-path", "warn", 2, 1}, {"no-privileged", "deny", 1, 0}};
  const std::string exemptions[] = {"legacy-ci"};
  DecisionRecord record;
  record.time = kNow;
  record.evaluation = std::chrono::microseconds(42);
  record.uid = "u", record.profile = "ci", record.route = "validate", record.operation = "CREATE";
  record.group = "apps", record.version = "v1", record.resource = "deployments", record.subresource = "scale";
  record.kind = "Deployment", record.namespace_name = "shop", record.name = "web", record.user = "alice";
  record.dry_run = true, record.verdict = "deny", record.guardrails = rows, record.exemptions = exemptions;
  record.policy_set = "abc", record.error = "no such profile";
  std::string out;
  AppendRecordFields(&out, record);
  EXPECT_EQ(
      out,
      R"("time":"2027-01-15T08:00:00.000000Z","type":"decision","uid":"u","profile":"ci","route":"validate",)"
      R"("operation":"CREATE","group":"apps","version":"v1","resource":"deployments","subresource":"scale",)"
      R"("kind":"Deployment","namespace":"shop","name":"web","user":"alice","dryRun":true,"verdict":"deny",)"
      R"("guardrails":[{"name":"no-host-path","action":"warn","findings":2,"exempted":1},)"
      R"({"name":"no-privileged","action":"deny","findings":1}],"exemptions":["legacy-ci"],)"
      R"("policySet":"abc","error":"no such profile","micros":42)");
}

TEST(Record, WhatIsEmptyIsLeftOut) {
  DecisionRecord record;
  record.time = kNow;
  std::string out;
  AppendRecordFields(&out, record);
  EXPECT_EQ(out, R"("time":"2027-01-15T08:00:00.000000Z","type":"decision","micros":0)");
}

TEST(Record, NoRequestMakesALineTooLong) {
  std::string hostile(8 << 20, '\x01');
  std::vector<RecordedGuardrail> rows(100'000, {hostile, hostile, UINT32_MAX, UINT32_MAX});
  std::vector<std::string> exemptions(1000, std::string(10'000, '\x01'));
  DecisionRecord record = Deny(hostile);
  record.profile = record.route = record.operation = record.group = record.version = record.resource =
      hostile;
  record.subresource = record.kind = record.namespace_name = record.name = record.user = hostile;
  record.verdict = record.policy_set = record.error = hostile;
  record.guardrails = rows, record.exemptions = exemptions;
  std::string fields, line;
  AppendRecordFields(&fields, record);
  EXPECT_NE(fields.find("\"leftOut\":99744"), std::string::npos);
  AppendLogLine(&line, UINT64_MAX, kNoRecord, fields);
  EXPECT_LT(line.size(), kLongestRecord);
  AppendLogLine(&(line = {}), 1, kNoRecord, fields);
  EXPECT_TRUE(LogLineReader().Read(line));
}

TEST(Line, WhatIsARecord) {
  LogLineReader reader;
  std::string good = Chain(1)[0];
  auto line = reader.Read(good);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->seq, 1u);
  EXPECT_EQ(line->prev, kNoRecord);
  EXPECT_EQ(line->type, "decision");
  EXPECT_EQ(line->verdict, "allow");
  std::string prev = "\"prev\":\"" + std::string(kNoRecord) + "\"";
  for (const std::string& bad :
       {std::string(), std::string("{}"), good + "x", good + "\n{}", good.substr(0, good.size() - 1),
        " " + good, "{\"seq\":0," + prev + ",\"type\":\"x\"}", "{\"seq\":-1," + prev + ",\"type\":\"x\"}",
        "{\"seq\":\"1\"," + prev + ",\"type\":\"x\"}", "{\"seq\":1," + prev + "}",
        "{\"seq\":1," + prev + ",\"type\":\"x\",\"seq\":2}",
        std::string("{\"seq\":1,\"prev\":\"\",\"type\":\"x\"}"),
        "{\"seq\":1,\"prev\":\"" + std::string(64, 'G') + "\",\"type\":\"x\"}",
        "{\"seq\":99999999999999999999," + prev + ",\"type\":\"x\"}"})
    EXPECT_FALSE(reader.Read(bad)) << bad;
}

}  // namespace
}  // namespace guard::test

#include <algorithm>
#include <fstream>

#include "policies/cel/json_values.h"
#include "run_expression.h"
#include "tests/support/golden.h"

namespace guard::cel::test {
namespace {

TEST(LibTime, Conversions) {
  ExpectAll(
      {
          {"string(timestamp('2009-02-13T23:31:30.5Z'))", "\"2009-02-13T23:31:30.5Z\""},
          {"string(timestamp('2009-02-13T23:31:30+02:00'))", "\"2009-02-13T21:31:30Z\""},
          {"int(timestamp('2009-02-13T23:31:30Z'))", "1234567890"},
          {"timestamp(1234567890) == timestamp('2009-02-13T23:31:30Z')", "true"},
          {"timestamp(timestamp(0)) == timestamp('1970-01-01T00:00:00Z')", "true"},
          {"string(duration('1h30m'))", "\"5400s\""},
          {"string(duration('-1.5s'))", "\"-1.5s\""},
          {"int(duration('1.5s'))", "1500000000"},
          {"duration(1500000000) == duration('1.5s')", "true"},
          {"duration(duration('1s')) == duration('1000ms')", "true"},
          {"type(timestamp(0)) == google.protobuf.Timestamp", "true"},
          {"type(duration('0')) == google.protobuf.Duration", "true"},
          {"timestamp(-62135596801)", "error: timestamp out of range"},
          {"timestamp(253402300800)", "error: timestamp out of range"},
          {"timestamp('yesterday')", "error: timestamp 'yesterday' is not RFC 3339"},
          {"timestamp('10000-01-01T00:00:00Z')",
           "error: timestamp '10000-01-01T00:00:00Z' is not RFC 3339 or out of range"},
          {"duration('1 fortnight')", "error: duration '1 fortnight' is malformed"},
          {"duration('320000000000s')", "error: duration '320000000000s' is malformed"},
      },
      Dialect::kStandard);
}

TEST(LibTime, Arithmetic) {
  ExpectAll(
      {
          {"string(timestamp(0) + duration('1m'))", "\"1970-01-01T00:01:00Z\""},
          {"string(duration('1m') + timestamp(0))", "\"1970-01-01T00:01:00Z\""},
          {"string(timestamp(0) - duration('1ns'))", "\"1969-12-31T23:59:59.999999999Z\""},
          {"string(timestamp(60) - timestamp(0))", "\"60s\""},
          {"string(duration('1m') + duration('1s'))", "\"61s\""},
          {"string(duration('1m') - duration('61s'))", "\"-1s\""},
          {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: timestamp out of range"},
          {"timestamp('0001-01-01T00:00:00Z') - duration('1ns')", "error: timestamp out of range"},
          {"timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
           "error: duration out of range"},
          {"duration('200000000000s') + duration('200000000000s')", "error: duration"},
          {"duration('290y')", "error: duration"},
          {"duration('2562047h') + duration('1h')", "error: duration out of range"},
          {"duration('-2562047h') - duration('1h')", "error: duration out of range"},
          {"timestamp(1) > timestamp(0) && duration('1s') >= duration('1000ms')", "true"},
          {"timestamp(1) < timestamp(0) || duration('1s') < duration('1ms')", "false"},
      },
      Dialect::kStandard);
}

TEST(LibTime, Parts) {
  ExpectAll(
      {
          {"timestamp('2009-02-13T23:31:30.123456789Z').getFullYear()", "2009"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getMonth()", "1"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getDate()", "13"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getDayOfMonth()", "12"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getDayOfWeek()", "5"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getDayOfYear()", "43"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getHours()", "23"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getMinutes()", "31"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getSeconds()", "30"},
          {"timestamp('2009-02-13T23:31:30.123456789Z').getMilliseconds()", "123"},
          {"timestamp('2009-02-13T23:31:30Z').getHours('02:00')", "1"},
          {"timestamp('2009-02-13T23:31:30Z').getDate('+02:00')", "14"},
          {"timestamp('2009-02-13T02:00:00Z').getDayOfMonth('-02:30')", "11"},
          {"timestamp('2009-02-13T23:31:30.5Z').getMilliseconds('-02:30')", "500"},
          {"timestamp('2009-02-13T23:31:30Z').getHours('UTC')", "23"},
          {"timestamp(0).getHours('../etc/passwd')", "error: invalid time zone name"},
          {"timestamp(0).getMilliseconds('No/Zone')", "error: unknown time zone 'No/Zone'"},
          {"timestamp('9999-12-31T23:59:59Z').getFullYear('+01:00')", "10000"},
          {"duration('10000s').getHours()", "2"},
          {"duration('3730s').getMinutes()", "62"},
          {"duration('-3730s').getMinutes()", "-62"},
          {"duration('3730.5s').getSeconds()", "3730"},
          {"duration('3.5s').getMilliseconds()", "500"},
      },
      Dialect::kStandard);
  // What cel-go does, where it differs from the specification.
  EXPECT_EQ(Evaluate("duration('3.5s').getMilliseconds()", Dialect::kKubernetes), "3500");
}

TEST(LibTime, NamedZones) {
  if (Evaluate("timestamp(0).getHours('Europe/Berlin')", Dialect::kStandard) != "1")
    GTEST_SKIP() << "this system has no time zone files";
  ExpectAll(
      {
          {"timestamp('2009-02-13T23:31:30Z').getDate('Australia/Sydney')", "14"},
          {"timestamp('2009-02-13T23:31:30Z').getMinutes('Asia/Kathmandu')", "16"},
          {"timestamp('2009-02-13T02:00:00Z').getDayOfMonth('America/St_Johns')", "11"},
          {"timestamp('2040-07-01T00:00:00Z').getHours('Europe/Berlin')", "2"},
          {"timestamp('1900-01-01T00:00:00Z').getSeconds('Europe/Amsterdam') >= 0", "true"},
      },
      Dialect::kStandard);
}

TEST(LibTime, ConformanceCorpus) {
  std::filesystem::path file = guard::test::Corpus() / "cel" / "timestamps.jsonl";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "GUARD_CORPUS does not name the corpus";
  auto without_spaces = [](std::string text) {
    std::erase(text, ' ');
    return text;
  };
  bool zones = Evaluate("timestamp(0).getHours('Europe/Berlin')", Dialect::kStandard) == "1";
  std::ifstream lines(file);
  size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    size_t expression = line.find("\"expr\""), value = line.find(", \"value\": ");
    size_t end = value == std::string::npos ? line.find(", \"error\": ") : value;
    ASSERT_TRUE(expression < end && end < line.size()) << line;
    std::string got = without_spaces(RunBatchLine("{" + line.substr(expression, end - expression) + "}"));
    if (!zones && got.find("unknowntimezone") != std::string::npos) continue;
    std::string want =
        value == std::string::npos ? "{\"error\":" : without_spaces("{" + line.substr(value + 2));
    EXPECT_TRUE(got.starts_with(want)) << line << "\n" << got;
  }
  EXPECT_GT(count, 70u);
}

}  // namespace
}  // namespace guard::cel::test

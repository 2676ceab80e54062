// Durations, timestamps and the calendar, without CEL around them.
#include "policies/cel/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace guard::cel {
namespace {

std::string Duration(std::string_view text) {
  Time time;
  return ParseDuration(text, &time.seconds, &time.nanos)
             ? std::to_string(time.seconds) + " " + std::to_string(time.nanos)
             : "refused";
}

std::string Timestamp(std::string_view text) {
  Time time;
  return ParseTimestamp(text, &time.seconds, &time.nanos) ? FormatTimestamp(time.seconds, time.nanos)
                                                          : "refused";
}

TEST(Duration, ReadsGoSyntax) {
  const struct {
    const char *text, *want;
  } kCases[] = {
      {"0", "0 0"},
      {"-0", "0 0"},
      {"1h30m", "5400 0"},
      {"-1.5s", "-1 -500000000"},
      {"+.5s", "0 500000000"},
      {"1.s", "1 0"},
      {"1us", "0 1000"},
      {"1\xC2\xB5s", "0 1000"},
      {"1\xCE\xBCs", "0 1000"},
      {"3ms2ns", "0 3000002"},
      {"1m1h", "3660 0"},
      {"0.3333333333333333333333h", "1200 0"},
      {"0.9223372036854775807h", "3320 413933267"},
      {"9223372036.854775807s", "9223372036 854775807"},
      {"-9223372036854775808ns", "-9223372036 -854775808"},
      {"9223372036854775808ns", "refused"},
      {"-9223372036854775809ns", "refused"},
      {"2562048h", "refused"},
      {"320000000000s", "refused"},
      {"99999999999999999999999s", "refused"},
      {"", "refused"},
      {"-", "refused"},
      {"1", "refused"},
      {".s", "refused"},
      {"1d", "refused"},
      {"1 s", "refused"},
      {"s", "refused"},
      {"--1s", "refused"},
      {"1s-1s", "refused"},
      {"1e3s", "refused"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Duration(c.text), c.want) << c.text;
}

TEST(Duration, PrintsSeconds) {
  EXPECT_EQ(FormatDuration(1000000, 0), "1000000s");
  EXPECT_EQ(FormatDuration(-1, -500000000), "-1.5s");
  EXPECT_EQ(FormatDuration(0, 1), "0.000000001s");
  EXPECT_EQ(FormatDuration(0, 0), "0s");
}

TEST(Timestamp, ReadsAndPrintsRfc3339) {
  const struct {
    const char *text, *want;
  } kCases[] = {
      {"2009-02-13T23:31:30Z", "2009-02-13T23:31:30Z"},
      {"2009-02-13T23:31:30.500Z", "2009-02-13T23:31:30.5Z"},
      {"2009-02-13T23:31:30.1234567899Z", "2009-02-13T23:31:30.123456789Z"},
      {"2009-02-13T23:31:30+01:00", "2009-02-13T22:31:30Z"},
      {"2009-02-13T23:31:30-02:30", "2009-02-14T02:01:30Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
      {"1900-02-29T00:00:00Z", "refused"},
      {"0000-01-01T00:00:00Z", "refused"},
      {"0001-01-01T00:00:00+01:00", "refused"},
      {"9999-12-31T23:59:59-00:01", "refused"},
      {"10000-01-01T00:00:00Z", "refused"},
      {"2009-13-01T00:00:00Z", "refused"},
      {"2009-00-01T00:00:00Z", "refused"},
      {"2009-04-31T00:00:00Z", "refused"},
      {"2009-04-00T00:00:00Z", "refused"},
      {"2009-02-13T24:00:00Z", "refused"},
      {"2009-02-13T23:60:00Z", "refused"},
      {"2009-02-13T23:59:60Z", "refused"},
      {"2009-02-13 23:31:30Z", "refused"},
      {"2009-02-13t23:31:30z", "refused"},
      {"2009-02-13T23:31:30", "refused"},
      {"2009-02-13T23:31:30.Z", "refused"},
      {"2009-02-13T23:31:30+0100", "refused"},
      {"2009-02-13T23:31:30Zx", "refused"},
      {"2009-02-13", "refused"},
      {"", "refused"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Timestamp(c.text), c.want) << c.text;
}

TEST(Time, ArithmeticKeepsItsRange) {
  constexpr Time kLongest{9223372036, 854775807}, kShortest{-9223372036, -854775808};
  Time out;
  EXPECT_TRUE(AddDurations({1, 600000000}, {1, 500000000}, &out));
  EXPECT_EQ(out, (Time{3, 100000000}));
  EXPECT_FALSE(AddDurations(kLongest, {0, 1}, &out));
  EXPECT_FALSE(SubtractDurations(kShortest, {0, 1}, &out));
  EXPECT_EQ(Nanoseconds(kShortest), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(DurationOf(std::numeric_limits<int64_t>::min()), kShortest);
  EXPECT_TRUE(AddToTimestamp({10, 0}, {0, -1}, &out));
  EXPECT_EQ(out, (Time{9, 999999999}));
  EXPECT_TRUE(SubtractFromTimestamp({10, 500000000}, {0, 600000000}, &out));
  EXPECT_EQ(out, (Time{9, 900000000}));
  EXPECT_FALSE(AddToTimestamp({kLastTimestamp, 999999999}, {0, 1}, &out));
  EXPECT_FALSE(SubtractFromTimestamp({kFirstTimestamp, 0}, {0, 1}, &out));
  EXPECT_TRUE(SubtractTimestamps({10, 0}, {10, 1}, &out));
  EXPECT_EQ(out, (Time{0, -1}));
  EXPECT_FALSE(SubtractTimestamps({kLastTimestamp, 0}, {kFirstTimestamp, 0}, &out));
}

TEST(Calendar, EveryDayFollowsTheOneBefore) {
  int64_t days = DaysFromCivil(1, 1, 1);
  EXPECT_EQ(days * 86'400, kFirstTimestamp);
  int weekday = 1;  // a Monday, in the calendar extended backwards
  for (int64_t year = 1; year <= 9999; ++year) {
    int year_day = 0;
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= DaysInMonth(year, month);
           ++day, ++days, ++year_day, weekday = (weekday + 1) % 7) {
        CivilTime civil = ToCivil(days * 86'400 + 86'399);
        ASSERT_TRUE(DaysFromCivil(year, month, day) == days && civil.year == year && civil.month == month &&
                    civil.day == day && civil.hour == 23 && civil.minute == 59 && civil.second == 59 &&
                    civil.weekday == weekday && civil.year_day == year_day)
            << year << "-" << month << "-" << day;
      }
    }
  }
  EXPECT_EQ(days * 86'400 - 1, kLastTimestamp);
}

}  // namespace
}  // namespace guard::cel

// Time zones from offsets, POSIX rules and TZif bytes; no test depends on the system's zone files.
#include "policies/cel/time_zone.h"

#include <gtest/gtest.h>

#include "policies/cel/time.h"

namespace guard::cel {
namespace {

int64_t At(std::string_view timestamp) {
  Time time;
  EXPECT_TRUE(ParseTimestamp(timestamp, &time.seconds, &time.nanos)) << timestamp;
  return time.seconds;
}

std::string Text(const Result<int32_t>& offset) {
  return offset ? std::to_string(*offset) : offset.error().message;
}

TEST(TimeZone, Offsets) {
  const struct {
    const char *zone, *want;
  } kCases[] = {
      {"", "0"},
      {"UTC", "0"},
      {"+02:00", "7200"},
      {"02:00", "7200"},
      {"-02:30", "-9000"},
      {"-2:30", "-9000"},
      {"-00:00", "0"},
      {"+23:59", "86340"},
      {"+24:00", "invalid time zone offset '+24:00'"},
      {"+02:60", "invalid time zone offset '+02:60'"},
      {"+02:0", "invalid time zone offset '+02:0'"},
      {":30", "invalid time zone offset ':30'"},
      {"+1 :30", "invalid time zone offset '+1 :30'"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Text(OffsetInZone(c.zone, 0)), c.want) << c.zone;
}

TEST(TimeZone, NamesCannotLeaveTheFolder) {
  for (const char* name : {"/etc/passwd", "../../etc/passwd", "Europe/../../../etc/passwd", "Europe//Berlin",
                           "Europe/", ".hidden", "Europe/.hidden", "a b", "a\nb", "Local?"})
    EXPECT_TRUE(Text(OffsetInZone(name, 0)).starts_with("invalid time zone name")) << name;
  EXPECT_TRUE(Text(OffsetInZone(std::string(65, 'a'), 0)).starts_with("invalid time zone name"));
  EXPECT_TRUE(Text(OffsetInZone("No/Such_Zone", 0)).starts_with("unknown time zone 'No/Such_Zone'"));
  EXPECT_TRUE(Text(OffsetInZone(std::string_view("UTC\0x", 5), 0)).starts_with("invalid time zone name"));
}

TEST(TimeZone, Rules) {
  const struct {
    const char *rule, *moment, *want;
  } kCases[] = {
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2024-03-31T00:59:59Z", "3600"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2024-03-31T01:00:00Z", "7200"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2024-10-27T00:59:59Z", "7200"},
      {"CET-1CEST,M3.5.0,M10.5.0/3", "2024-10-27T01:00:00Z", "3600"},
      {"EST5EDT,M3.2.0,M11.1.0", "2009-02-13T23:31:30Z", "-18000"},
      {"EST5EDT", "2009-07-13T23:31:30Z", "-14400"},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2009-01-01T00:00:00Z", "39600"},
      {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2009-07-01T00:00:00Z", "36000"},
      {"IST-1GMT0,M10.5.0,M3.5.0/1", "2024-01-01T00:00:00Z", "0"},
      {"IST-1GMT0,M10.5.0,M3.5.0/1", "2024-07-01T00:00:00Z", "3600"},
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31T00:59:59Z", "-7200"},
      {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31T01:00:00Z", "-3600"},
      {"<+0545>-5:45", "2024-03-31T01:00:00Z", "20700"},
      {"A0B,J60,J61", "2024-03-01T02:00:00Z", "3600"},
      {"A0B,59,60", "2024-02-29T02:00:00Z", "3600"},
      {"", "1970-01-01T00:00:00Z", "the time zone's rule is malformed"},
      {"CET", "1970-01-01T00:00:00Z", "the time zone's rule is malformed"},
      {"CET-1CEST,M3.5.0", "1970-01-01T00:00:00Z", "the time zone's rule is malformed"},
      {"CET-1CEST,M13.5.0,M10.5.0", "1970-01-01T00:00:00Z", "the time zone's rule is malformed"},
      {"CET-1CEST,M0.5.0,M10.5.0", "1970-01-01T00:00:00Z", "the time zone's rule is malformed"},
      {"CET-999", "1970-01-01T00:00:00Z", "the time zone's rule is malformed"},
      {"<CET-1", "1970-01-01T00:00:00Z", "the time zone's rule is malformed"},
  };
  for (const auto& c : kCases)
    EXPECT_EQ(Text(OffsetInRule(c.rule, At(c.moment))), c.want) << c.rule << " " << c.moment;
}

std::string Number(int64_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(shift > 56 ? (value < 0 ? -1 : 0) : value >> shift);
  return out;
}

// Two types (+1:00 from the beginning, +2:00 from second 1000) and a rule from second 2000.
std::string Tzif() {
  auto header = [](int transitions, int types, int letters) {
    return "TZif2" + std::string(15, '\0') + std::string(12, '\0') + Number(transitions, 4) +
           Number(types, 4) + Number(letters, 4);
  };
  std::string types = Number(3600, 4) + Number(0, 2) + Number(7200, 4) + Number(0, 2);
  return header(0, 1, 4) + types.substr(0, 6) + std::string("abc\0", 4) + header(2, 2, 4) + Number(1000, 8) +
         Number(2000, 8) + std::string("\1\0", 2) + types + std::string("abc\0", 4) + "\nXXX-3\n";
}

TEST(TimeZone, TzifFiles) {
  EXPECT_EQ(Text(OffsetInTzif(Tzif(), -5)), "3600");
  EXPECT_EQ(Text(OffsetInTzif(Tzif(), 999)), "3600");
  EXPECT_EQ(Text(OffsetInTzif(Tzif(), 1000)), "7200");
  EXPECT_EQ(Text(OffsetInTzif(Tzif(), 1999)), "7200");
  EXPECT_EQ(Text(OffsetInTzif(Tzif(), 2000)), "10800");
}

TEST(TimeZone, DamagedTzifFilesAreErrors) {
  std::string whole = Tzif();
  // Cut anywhere in front of the footer's end it is an error, or without a rule, but never read past its end.
  for (size_t size = 0; size < whole.size(); ++size)
    (void)OffsetInTzif(std::string(whole.data(), size), 5000);
  for (size_t size = 0; size < whole.size() - 8; ++size)
    EXPECT_FALSE(OffsetInTzif(std::string(whole.data(), size), 1500).has_value()) << size;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = '\xff';
    (void)OffsetInTzif(changed, 1500);
  }
}

}  // namespace
}  // namespace guard::cel

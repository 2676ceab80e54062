// Timestamps and durations: reading, writing and adding them, without locale, time zone or the system's
// clock.
//
// A time is seconds and nanoseconds. A timestamp counts from 1970-01-01T00:00:00Z and its nanoseconds are
// 0..999999999; a duration's nanoseconds have the sign of its seconds. The ranges are cel-go's: timestamps of
// the years 0001 to 9999, durations that fit in 64 bits of nanoseconds (about 292 years). Every function that
// returns bool says false for a result out of range and leaves its outputs alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace guard::cel {

inline constexpr int64_t kFirstTimestamp = -62'135'596'800;  // 0001-01-01T00:00:00Z
inline constexpr int64_t kLastTimestamp = 253'402'300'799;   // 9999-12-31T23:59:59Z

struct Time {
  int64_t seconds = 0;
  int32_t nanos = 0;
  bool operator==(const Time&) const = default;
};

// Go's syntax: "1h30m", "-1.5s", "+.5ms", "0". Units: ns, us, µs, μs, ms, s, m, h.
bool ParseDuration(std::string_view text, int64_t* seconds, int32_t* nanos);

// RFC 3339, as Go's time.Parse reads it: digits behind the ninth of a fraction are dropped.
bool ParseTimestamp(std::string_view text, int64_t* seconds, int32_t* nanos);

// "1.5s", in seconds with as many digits as a double needs: what string(duration) gives.
std::string FormatDuration(int64_t seconds, int32_t nanos);

// "2009-02-13T23:31:30.5Z", always in UTC: what string(timestamp) gives.
std::string FormatTimestamp(int64_t seconds, int32_t nanos);

bool AddDurations(Time a, Time b, Time* sum);
bool SubtractDurations(Time a, Time b, Time* difference);
bool AddToTimestamp(Time timestamp, Time duration, Time* sum);
bool SubtractFromTimestamp(Time timestamp, Time duration, Time* difference);
bool SubtractTimestamps(Time a, Time b, Time* duration);

// Whole nanoseconds of a duration, which always fit.
inline int64_t Nanoseconds(Time duration) {
  // Through unsigned arithmetic: the seconds of the smallest duration, times 10^9, and its nanoseconds only
  // fit together.
  return static_cast<int64_t>(static_cast<uint64_t>(duration.seconds) * 1'000'000'000u +
                              static_cast<uint64_t>(int64_t{duration.nanos}));
}
inline Time DurationOf(int64_t nanoseconds) {
  return {nanoseconds / 1'000'000'000, static_cast<int32_t>(nanoseconds % 1'000'000'000)};
}

// A point of the proleptic Gregorian calendar.
struct CivilTime {
  int64_t year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  int hour = 0, minute = 0, second = 0;
  int weekday = 4;   // 0 is Sunday
  int year_day = 0;  // 0..365
};

// Days since 1970-01-01; `month` is 1..12.
int64_t DaysFromCivil(int64_t year, int month, int day);
CivilTime ToCivil(int64_t seconds);
int DaysInMonth(int64_t year, int month);

}  // namespace guard::cel

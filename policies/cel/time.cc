// Durations and timestamps as Go reads and writes them, since policies are written against cel-go.
//
// The calendar arithmetic counts years from March, so that the leap day is the last day of a year, and in
// eras of 400 years, which all have the same number of days.
//
// Tested by lib_time_test.cc.
#include "policies/cel/time.h"

#include <charconv>
#include <limits>

namespace guard::cel {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kDaysPerEra = 146'097;
constexpr int64_t kDaysToEpoch = 719'468;  // from 0000-03-01 to 1970-01-01

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Nanoseconds of a unit, or 0 when there is no such unit.
uint64_t UnitOf(std::string_view name) {
  if (name == "ns") return 1;
  if (name == "us" || name == "\xC2\xB5s" || name == "\xCE\xBCs") return 1'000;
  if (name == "ms") return 1'000'000;
  if (name == "s") return 1'000'000'000;
  if (name == "m") return 60'000'000'000;
  if (name == "h") return 3'600'000'000'000;
  return 0;
}

// Exactly `count` digits at the front of `text`, which is advanced; -1 when they are not there.
int TakeDigits(std::string_view* text, size_t count) {
  if (text->size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit((*text)[i])) return -1;
    value = value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(count);
  return value;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// A part of a timestamp with its largest value: two digits and what must follow them.
bool TakeField(std::string_view* text, int largest, int* value) {
  *value = TakeDigits(text, 2);
  return *value >= 0 && *value <= largest;
}

// ".123456789" behind the seconds. A comma is as good, for Go and for ISO 8601.
int32_t TakeFraction(std::string_view* text) {
  if (text->size() < 2 || (text->front() != '.' && text->front() != ',') || !IsDigit((*text)[1])) return 0;
  text->remove_prefix(1);
  int32_t nanos = 0;
  int digits = 0;
  for (; !text->empty() && IsDigit(text->front()); text->remove_prefix(1)) {
    if (digits == 9) continue;
    nanos = nanos * 10 + (text->front() - '0');
    ++digits;
  }
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos;
}

// "Z", "+01:00": seconds east of UTC.
bool TakeOffset(std::string_view* text, int64_t* offset) {
  *offset = 0;
  if (Take(text, 'Z')) return true;
  bool west = Take(text, '-');
  if (!west && !Take(text, '+')) return false;
  int hours, minutes;
  if (!TakeField(text, 24, &hours) || !Take(text, ':') || !TakeField(text, 60, &minutes)) return false;
  *offset = (west ? -1 : 1) * (int64_t{hours} * 3600 + int64_t{minutes} * 60);
  return true;
}

void AppendPadded(std::string* out, int64_t value, int width) {
  char digits[24];
  int count = 0;
  for (; value > 0 || count < width; value /= 10) digits[count++] = static_cast<char>('0' + value % 10);
  while (count > 0) out->push_back(digits[--count]);
}

bool ToTimestamp(int64_t seconds, int64_t nanos, Time* out) {
  seconds += FloorDivide(nanos, kNanosPerSecond);
  nanos -= FloorDivide(nanos, kNanosPerSecond) * kNanosPerSecond;
  if (seconds < kFirstTimestamp || seconds > kLastTimestamp) return false;
  *out = {seconds, static_cast<int32_t>(nanos)};
  return true;
}

}  // namespace

bool ParseDuration(std::string_view text, int64_t* seconds, int32_t* nanos) {
  constexpr uint64_t kLimit = uint64_t{1} << 63;
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return false;
  uint64_t total = 0;
  if (text != "0") {
    while (!text.empty()) {
      // A number: digits, and perhaps a fraction of which the digits that fit are kept.
      uint64_t whole = 0, fraction = 0;
      double scale = 1;
      bool any = false, fraction_full = false;
      for (; !text.empty() && IsDigit(text.front()); text.remove_prefix(1), any = true) {
        if (whole > kLimit / 10) return false;
        whole = whole * 10 + static_cast<uint64_t>(text.front() - '0');
        if (whole > kLimit) return false;
      }
      if (Take(&text, '.')) {
        for (; !text.empty() && IsDigit(text.front()); text.remove_prefix(1), any = true) {
          if (fraction_full || fraction > (kLimit - 1) / 10) {
            fraction_full = true;
            continue;
          }
          uint64_t next = fraction * 10 + static_cast<uint64_t>(text.front() - '0');
          if (next > kLimit) {
            fraction_full = true;
            continue;
          }
          fraction = next, scale *= 10;
        }
      }
      if (!any) return false;
      size_t unit_end = 0;
      while (unit_end < text.size() && text[unit_end] != '.' && !IsDigit(text[unit_end])) ++unit_end;
      uint64_t unit = UnitOf(text.substr(0, unit_end));
      text.remove_prefix(unit_end);
      if (unit == 0 || whole > kLimit / unit) return false;
      whole *= unit;
      // In floating point, as Go does: the digits are those that policies see in a cluster.
      if (fraction > 0)
        whole += static_cast<uint64_t>(static_cast<double>(fraction) * (static_cast<double>(unit) / scale));
      if (whole > kLimit) return false;
      total += whole;
      if (total > kLimit) return false;
    }
  }
  if (!negative && total > kLimit - 1) return false;
  Time time = DurationOf(static_cast<int64_t>(negative ? 0 - total : total));
  *seconds = time.seconds, *nanos = time.nanos;
  return true;
}

bool ParseTimestamp(std::string_view text, int64_t* seconds, int32_t* nanos) {
  int year = TakeDigits(&text, 4);
  int month, day, hour, minute, second;
  if (year < 0 || !Take(&text, '-') || !TakeField(&text, 12, &month) || !Take(&text, '-') ||
      !TakeField(&text, 31, &day) || !Take(&text, 'T'))
    return false;
  if (month < 1 || day < 1 || day > DaysInMonth(year, month)) return false;
  // Go reads an hour of one digit too.
  if (text.size() > 1 && IsDigit(text[0]) && text[1] == ':') {
    hour = TakeDigits(&text, 1);
  } else if (!TakeField(&text, 23, &hour)) {
    return false;
  }
  if (!Take(&text, ':') || !TakeField(&text, 59, &minute) || !Take(&text, ':') ||
      !TakeField(&text, 59, &second))
    return false;
  int32_t fraction = TakeFraction(&text);
  int64_t offset;
  if (!TakeOffset(&text, &offset) || !text.empty()) return false;
  int64_t total = DaysFromCivil(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second - offset;
  if (total < kFirstTimestamp || total > kLastTimestamp) return false;
  *seconds = total, *nanos = fraction;
  return true;
}

std::string FormatDuration(int64_t seconds, int32_t nanos) {
  double value = static_cast<double>(seconds) + static_cast<double>(nanos) / 1e9;
  char buffer[64];
  char* end = std::to_chars(buffer, buffer + sizeof buffer - 1, value, std::chars_format::fixed).ptr;
  *end++ = 's';
  return std::string(buffer, end);
}

std::string FormatTimestamp(int64_t seconds, int32_t nanos) {
  CivilTime civil = ToCivil(seconds);
  std::string out;
  AppendPadded(&out, civil.year, 4);
  out += '-';
  AppendPadded(&out, civil.month, 2);
  out += '-';
  AppendPadded(&out, civil.day, 2);
  out += 'T';
  AppendPadded(&out, civil.hour, 2);
  out += ':';
  AppendPadded(&out, civil.minute, 2);
  out += ':';
  AppendPadded(&out, civil.second, 2);
  if (nanos != 0) {
    out += '.';
    AppendPadded(&out, nanos, 9);
    out.erase(out.find_last_not_of('0') + 1);
  }
  out += 'Z';
  return out;
}

bool AddDurations(Time a, Time b, Time* sum) {
  int64_t result;
  if (__builtin_add_overflow(Nanoseconds(a), Nanoseconds(b), &result)) return false;
  *sum = DurationOf(result);
  return true;
}

bool SubtractDurations(Time a, Time b, Time* difference) {
  int64_t result;
  if (__builtin_sub_overflow(Nanoseconds(a), Nanoseconds(b), &result)) return false;
  *difference = DurationOf(result);
  return true;
}

bool AddToTimestamp(Time timestamp, Time duration, Time* sum) {
  return ToTimestamp(timestamp.seconds + duration.seconds, int64_t{timestamp.nanos} + duration.nanos, sum);
}

bool SubtractFromTimestamp(Time timestamp, Time duration, Time* difference) {
  return ToTimestamp(timestamp.seconds - duration.seconds, int64_t{timestamp.nanos} - duration.nanos,
                     difference);
}

bool SubtractTimestamps(Time a, Time b, Time* duration) {
  int64_t result;
  if (__builtin_mul_overflow(a.seconds - b.seconds, kNanosPerSecond, &result) ||
      __builtin_add_overflow(result, int64_t{a.nanos} - b.nanos, &result))
    return false;
  *duration = DurationOf(result);
  return true;
}

int64_t DaysFromCivil(int64_t year, int month, int day) {
  int64_t march_year = month <= 2 ? year - 1 : year;
  int64_t era = FloorDivide(march_year, 400);
  int64_t year_of_era = march_year - era * 400;
  int64_t march_month = (month + 9) % 12;  // March is 0
  int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
  return era * kDaysPerEra + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         kDaysToEpoch;
}

CivilTime ToCivil(int64_t seconds) {
  int64_t days = FloorDivide(seconds, 86'400);
  int rest = static_cast<int>(seconds - days * 86'400);
  int64_t from_march = days + kDaysToEpoch;
  int64_t era = FloorDivide(from_march, kDaysPerEra);
  int64_t day_of_era = from_march - era * kDaysPerEra;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t march_month = (5 * day_of_year + 2) / 153;

  CivilTime civil;
  civil.month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  civil.year = era * 400 + year_of_era + (civil.month <= 2 ? 1 : 0);
  civil.day = static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1);
  civil.hour = rest / 3600, civil.minute = rest / 60 % 60, civil.second = rest % 60;
  civil.weekday = static_cast<int>(days + 4 - FloorDivide(days + 4, 7) * 7);
  civil.year_day = static_cast<int>(days - DaysFromCivil(civil.year, 1, 1));
  return civil;
}

int DaysInMonth(int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

}  // namespace guard::cel

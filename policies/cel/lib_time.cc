// Timestamps and durations in CEL: conversions, sums and differences, and the parts of a date, in UTC or in a
// zone.
//
// Overflow is an error, never a wrapped value. Tested by lib_time_test.cc.
#include <limits>
#include <string>

#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/program.h"
#include "policies/cel/time.h"
#include "policies/cel/time_zone.h"

namespace guard::cel {
namespace {

Time TimeOf(const Value& value) { return {value.integer, value.nanos()}; }
Value ToTimestamp(Time time) { return Value::Timestamp(time.seconds, time.nanos); }
Value ToDuration(Time time) { return Value::Duration(time.seconds, time.nanos); }

Value OutOfRange(Evaluation& ev, bool timestamp) {
  return ev.Fail(timestamp ? "timestamp out of range: it must be in the years 0001 to 9999"
                           : "duration out of range: it must fit in 64 bits of nanoseconds");
}

// What a message shows of a string that may be long.
std::string Excerpt(std::string_view text) {
  constexpr size_t kLongest = 64;
  return text.size() <= kLongest ? "'" + std::string(text) + "'"
                                 : "'" + std::string(text.substr(0, kLongest)) + "...'";
}

// ---- Conversions
// ----------------------------------------------------------------------------------------------

Value Same(Evaluation&, const Value* args, uint32_t) { return args[0]; }

Value TimestampFromString(Evaluation& ev, const Value* args, uint32_t) {
  Time time;
  if (!ParseTimestamp(args[0].string(), &time.seconds, &time.nanos))
    return ev.Fail("timestamp " + Excerpt(args[0].string()) +
                   " is not RFC 3339 or out of range (years 0001 to 9999)");
  return ToTimestamp(time);
}

Value TimestampFromInt(Evaluation& ev, const Value* args, uint32_t) {
  if (args[0].integer < kFirstTimestamp || args[0].integer > kLastTimestamp) return OutOfRange(ev, true);
  return Value::Timestamp(args[0].integer, 0);
}

Value DurationFromString(Evaluation& ev, const Value* args, uint32_t) {
  Time time;
  if (!ParseDuration(args[0].string(), &time.seconds, &time.nanos))
    return ev.Fail("duration " + Excerpt(args[0].string()) +
                   " is malformed (as in \"1h30m\", \"-1.5s\") or out of range");
  return ToDuration(time);
}

Value DurationFromInt(Evaluation&, const Value* args, uint32_t) {
  return ToDuration(DurationOf(args[0].integer));
}

Value TimestampToString(Evaluation& ev, const Value* args, uint32_t) {
  return ev.MakeString(FormatTimestamp(args[0].integer, args[0].nanos()));
}
Value DurationToString(Evaluation& ev, const Value* args, uint32_t) {
  return ev.MakeString(FormatDuration(args[0].integer, args[0].nanos()));
}
Value TimestampToInt(Evaluation&, const Value* args, uint32_t) { return Value::Int(args[0].integer); }
Value DurationToInt(Evaluation&, const Value* args, uint32_t) {
  return Value::Int(Nanoseconds(TimeOf(args[0])));
}

// ---- Sums and differences
// -------------------------------------------------------------------------------------

Value AddDurationDuration(Evaluation& ev, const Value* args, uint32_t) {
  Time sum;
  return AddDurations(TimeOf(args[0]), TimeOf(args[1]), &sum) ? ToDuration(sum) : OutOfRange(ev, false);
}
Value AddTimestampDuration(Evaluation& ev, const Value* args, uint32_t) {
  Time sum;
  return AddToTimestamp(TimeOf(args[0]), TimeOf(args[1]), &sum) ? ToTimestamp(sum) : OutOfRange(ev, true);
}
Value AddDurationTimestamp(Evaluation& ev, const Value* args, uint32_t) {
  Time sum;
  return AddToTimestamp(TimeOf(args[1]), TimeOf(args[0]), &sum) ? ToTimestamp(sum) : OutOfRange(ev, true);
}
Value SubtractDurationDuration(Evaluation& ev, const Value* args, uint32_t) {
  Time difference;
  return SubtractDurations(TimeOf(args[0]), TimeOf(args[1]), &difference) ? ToDuration(difference)
                                                                          : OutOfRange(ev, false);
}
Value SubtractTimestampDuration(Evaluation& ev, const Value* args, uint32_t) {
  Time difference;
  return SubtractFromTimestamp(TimeOf(args[0]), TimeOf(args[1]), &difference) ? ToTimestamp(difference)
                                                                              : OutOfRange(ev, true);
}
Value SubtractTimestampTimestamp(Evaluation& ev, const Value* args, uint32_t) {
  Time difference;
  return SubtractTimestamps(TimeOf(args[0]), TimeOf(args[1]), &difference) ? ToDuration(difference)
                                                                           : OutOfRange(ev, false);
}

// ---- Parts
// ----------------------------------------------------------------------------------------------------

// Months, days of the month and of the year count from 0, getDate from 1, and Sunday is 0 (cel-spec).
int64_t FullYear(const CivilTime& t) { return t.year; }
int64_t Month(const CivilTime& t) { return t.month - 1; }
int64_t Date(const CivilTime& t) { return t.day; }
int64_t DayOfMonth(const CivilTime& t) { return t.day - 1; }
int64_t DayOfWeek(const CivilTime& t) { return t.weekday; }
int64_t DayOfYear(const CivilTime& t) { return t.year_day; }
int64_t Hours(const CivilTime& t) { return t.hour; }
int64_t Minutes(const CivilTime& t) { return t.minute; }
int64_t Seconds(const CivilTime& t) { return t.second; }

// The local time of a timestamp: in UTC, or in the zone that the second argument names. An error value
// otherwise.
Value LocalSeconds(Evaluation& ev, const Value* args, uint32_t count) {
  if (count < 2) return args[0];
  constexpr uint64_t kFileWork = 10'000;  // looking a zone up opens and reads a file
  if (!ev.Work(kFileWork)) return ev.OverCost();
  Result<int32_t> offset = OffsetInZone(args[1].string(), args[0].integer);
  if (!offset) return ev.Fail(offset.error().message);
  return Value::Timestamp(args[0].integer + *offset, args[0].nanos());
}

template <int64_t (*part)(const CivilTime&)>
Value PartOf(Evaluation& ev, const Value* args, uint32_t count) {
  Value local = LocalSeconds(ev, args, count);
  return local.is_error() ? local : Value::Int(part(ToCivil(local.integer)));
}

Value MillisecondsOf(Evaluation& ev, const Value* args, uint32_t count) {
  Value local = LocalSeconds(ev, args, count);
  return local.is_error() ? local : Value::Int(local.nanos() / 1'000'000);
}

Value HoursOfDuration(Evaluation&, const Value* args, uint32_t) { return Value::Int(args[0].integer / 3600); }
Value MinutesOfDuration(Evaluation&, const Value* args, uint32_t) { return Value::Int(args[0].integer / 60); }
Value SecondsOfDuration(Evaluation&, const Value* args, uint32_t) { return Value::Int(args[0].integer); }
// cel-spec: the milliseconds behind the whole seconds.
Value MillisecondsPart(Evaluation&, const Value* args, uint32_t) {
  return Value::Int(args[0].nanos() / 1'000'000);
}
// cel-go, and so Kubernetes: all of the duration in milliseconds.
Value AllMilliseconds(Evaluation&, const Value* args, uint32_t) {
  return Value::Int(args[0].integer * 1000 + args[0].nanos() / 1'000'000);
}

}  // namespace

void RegisterTime(Environment& env) {
  const Type *timestamp = &kTimestampType, *duration = &kDurationType, *string = &kStringType,
             *integer = &kIntType;

  env.Add({"timestamp", "timestamp_to_timestamp", false, {timestamp}, timestamp, Same});
  env.Add({"timestamp", "string_to_timestamp", false, {string}, timestamp, TimestampFromString});
  env.Add({"timestamp", "int64_to_timestamp", false, {integer}, timestamp, TimestampFromInt});
  env.Add({"duration", "duration_to_duration", false, {duration}, duration, Same});
  env.Add({"duration", "string_to_duration", false, {string}, duration, DurationFromString});
  env.Add({"duration", "int64_to_duration", false, {integer}, duration, DurationFromInt});
  env.Add({"string", "timestamp_to_string", false, {timestamp}, string, TimestampToString});
  env.Add({"string", "duration_to_string", false, {duration}, string, DurationToString});
  env.Add({"int", "timestamp_to_int64", false, {timestamp}, integer, TimestampToInt});
  env.Add({"int", "duration_to_int64", false, {duration}, integer, DurationToInt});

  env.Add({"_+_", "add_duration_duration", false, {duration, duration}, duration, AddDurationDuration});
  env.Add({"_+_", "add_duration_timestamp", false, {duration, timestamp}, timestamp, AddDurationTimestamp});
  env.Add({"_+_", "add_timestamp_duration", false, {timestamp, duration}, timestamp, AddTimestampDuration});
  env.Add(
      {"_-_", "subtract_duration_duration", false, {duration, duration}, duration, SubtractDurationDuration});
  env.Add({"_-_",
           "subtract_timestamp_duration",
           false,
           {timestamp, duration},
           timestamp,
           SubtractTimestampDuration});
  env.Add({"_-_",
           "subtract_timestamp_timestamp",
           false,
           {timestamp, timestamp},
           duration,
           SubtractTimestampTimestamp});

  const struct {
    const char *function, *id;
    FunctionImpl impl;
  } kParts[] = {
      {"getFullYear", "timestamp_to_year", PartOf<FullYear>},
      {"getMonth", "timestamp_to_month", PartOf<Month>},
      {"getDayOfYear", "timestamp_to_day_of_year", PartOf<DayOfYear>},
      {"getDate", "timestamp_to_day_of_month_1_based", PartOf<Date>},
      {"getDayOfMonth", "timestamp_to_day_of_month", PartOf<DayOfMonth>},
      {"getDayOfWeek", "timestamp_to_day_of_week", PartOf<DayOfWeek>},
      {"getHours", "timestamp_to_hours", PartOf<Hours>},
      {"getMinutes", "timestamp_to_minutes", PartOf<Minutes>},
      {"getSeconds", "timestamp_to_seconds", PartOf<Seconds>},
      {"getMilliseconds", "timestamp_to_milliseconds", MillisecondsOf},
  };
  for (const auto& part : kParts) {
    env.Add({part.function, part.id, true, {timestamp}, integer, part.impl});
    env.Add(
        {part.function, std::string(part.id) + "_with_tz", true, {timestamp, string}, integer, part.impl});
  }
  env.Add({"getHours", "duration_to_hours", true, {duration}, integer, HoursOfDuration});
  env.Add({"getMinutes", "duration_to_minutes", true, {duration}, integer, MinutesOfDuration});
  env.Add({"getSeconds", "duration_to_seconds", true, {duration}, integer, SecondsOfDuration});
  env.Add({"getMilliseconds",
           "duration_to_milliseconds",
           true,
           {duration},
           integer,
           env.dialect() == Dialect::kKubernetes ? AllMilliseconds : MillisecondsPart});
}

}  // namespace guard::cel

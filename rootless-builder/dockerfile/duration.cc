// Tested by tests/unit/dockerfile/values_test.cc.
#include "rootless-builder/dockerfile/duration.h"

#include <limits>

namespace guard::builder {

namespace {

struct Unit {
  std::string_view name;
  int64_t nanoseconds;
};

// "m" after "ms": the longer name wins.
constexpr Unit kUnits[] = {
    {"ns", 1},         {"us", 1'000},        {"\xC2\xB5s", 1'000},  {"\xCE\xBCs", 1'000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

bool IsDigit(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

}  // namespace

std::optional<int64_t> ParseGoDuration(std::string_view text) {
  size_t at = 0;
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) ++at;
  if (text.substr(at) == "0") return 0;
  if (at == text.size()) return std::nullopt;
  __int128 total = 0;
  while (at < text.size()) {
    // number = digits [ "." digits ], at least one digit in all
    __int128 whole = 0, fraction = 0, scale = 1;
    size_t begin = at;
    for (; IsDigit(text, at); ++at) {
      whole = whole * 10 + (text[at] - '0');
      if (whole > std::numeric_limits<int64_t>::max()) return std::nullopt;
    }
    size_t digits = at - begin;
    if (at < text.size() && text[at] == '.') {
      for (++at; IsDigit(text, at); ++at, ++digits) {
        if (scale >= 1'000'000'000'000'000) continue;  // below a nanosecond whatever the unit
        fraction = fraction * 10 + (text[at] - '0');
        scale *= 10;
      }
    }
    if (digits == 0) return std::nullopt;
    const Unit* unit = nullptr;
    for (const Unit& u : kUnits)
      if (unit == nullptr && text.substr(at).starts_with(u.name)) unit = &u;
    if (unit == nullptr) return std::nullopt;
    at += unit->name.size();
    total += whole * unit->nanoseconds + fraction * unit->nanoseconds / scale;
    if (total > std::numeric_limits<int64_t>::max()) return std::nullopt;
  }
  auto result = static_cast<int64_t>(total);
  return negative ? -result : result;
}

}  // namespace guard::builder

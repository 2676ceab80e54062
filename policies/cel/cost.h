// The terms of cel-go's run-time cost model that function families share (interpreter/runtimecost.go), and
// the limits that keep a cheap call from making a huge value.
//
// Two ways to pay: a cost function in the overload's row, charged after the call, for work in proportion to
// its arguments; and Pay() before the work, for anything worse than that.
#pragma once

#include <cmath>
#include <cstdint>

#include "policies/cel/function.h"
#include "policies/cel/program.h"

namespace guard::cel {

inline constexpr uint64_t kMaxString = 16u
                                       << 20;  // bytes of a string, or of a list's array, that one call makes
inline constexpr uint64_t kMaxArena = 256u << 20;  // bytes all values of an evaluation may take
inline constexpr uint64_t kListCreateCost = 10;

// What a value weighs: code points of a string, bytes, elements, entries; of an optional, its value; 1 for
// everything else.
inline uint64_t SizeOf(const Value& value) {
  switch (value.tag) {
    case Tag::kString: return CodePoints(value.string());
    case Tag::kBytes:
    case Tag::kList:
    case Tag::kMap: return value.size;
    case Tag::kOptional: return value.optional ? SizeOf(*value.optional) : 1;
    default: return 1;
  }
}

// The cost of reading text once (times a factor): a tenth of its size, rounded up.
inline uint64_t ScanCost(const Value& text, double factor = 1) {
  return static_cast<uint64_t>(std::ceil(static_cast<double>(SizeOf(text)) * factor * 0.1));
}

// The product, as cel-go rounds it, without overflow.
inline uint64_t ScaledCost(double size, double factor) {
  double cost = size * factor;
  return cost >= 1e18 ? uint64_t{1} << 60 : static_cast<uint64_t>(cost);
}

// Whether a call may make another `bytes` of value.
inline bool HasRoom(Evaluation& ev, uint64_t bytes) {
  return bytes <= kMaxString && (bytes < 4096 || ev.arena().footprint() + bytes <= kMaxArena);
}
inline Value NoRoom(Evaluation& ev) { return ev.Fail("result is too large"); }

// A string of `text`, if there is room for it.
inline Value MakeBounded(Evaluation& ev, std::string_view text) {
  return HasRoom(ev, text.size()) ? ev.MakeString(text) : NoRoom(ev);
}

}  // namespace guard::cel

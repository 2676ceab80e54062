// Steps that call functions and make lists and maps.
#pragma once

#include <vector>

#include "policies/cel/function.h"
#include "policies/cel/step.h"

namespace guard::cel {

// Calls what accepts the arguments' run-time types: the checker's types are promises about documents that
// nobody has validated, so arguments are looked at even when there is only one overload left.
const Step* NewCall(Arena& arena, std::span<const Overload* const> candidates, Steps args, Span span);

// Integers at once, anything else through the overloads of the operator.
enum class Arithmetic : uint8_t { kAdd, kSubtract, kMultiply };
const Step* NewArithmetic(Arena& arena, Arithmetic op, std::span<const Overload* const> candidates,
                          Steps args, Span span);

// text.matches(pattern) with a constant pattern.
const Step* NewMatches(Arena& arena, const Step* text, const re2::RE2* pattern, uint64_t pattern_cost,
                       Span span);

// [a, ?b] and {k: v, ?k: o}; `optional` has one flag an element or entry, or is empty.
const Step* NewList(Arena& arena, Steps items, std::span<const bool> optional, Span span);
const Step* NewMap(Arena& arena, Steps keys_and_values, std::span<const bool> optional, Span span);

}  // namespace guard::cel

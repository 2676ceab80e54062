// Steps that decide: &&, ||, !, ?:, ==, !=, <, in.
#pragma once

#include "policies/cel/function.h"
#include "policies/cel/step.h"

namespace guard::cel {

// An operand that is false (of &&) or true (of ||) wins over errors in the others, wherever it stands.
const Step* NewAnd(Arena& arena, Steps terms, Span span);
const Step* NewOr(Arena& arena, Steps terms, Span span);
const Step* NewNot(Arena& arena, const Step* operand, Span span);
const Step* NewNotStrictlyFalse(Arena& arena, const Step* operand);
const Step* NewConditional(Arena& arena, const Step* condition, const Step* yes, const Step* no, Span span);

const Step* NewEqual(Arena& arena, const Step* left, const Step* right, bool negate);

enum class Relation : uint8_t { kLess, kLessEqual, kGreater, kGreaterEqual };
const Step* NewCompare(Arena& arena, Relation relation, const Step* left, const Step* right, Span span);

const Step* NewIn(Arena& arena, const Step* item, const Step* container, Span span);
// In a literal list of keys: booleans, ints, uints and strings.
const Step* NewInConstant(Arena& arena, const Step* item, Value list, uint64_t cost);

}  // namespace guard::cel

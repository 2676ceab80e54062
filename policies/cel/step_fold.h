// Steps of comprehensions: the general fold, and one for each macro that does the same without an
// accumulator.
#pragma once

#include "policies/cel/step.h"

namespace guard::cel {

inline constexpr uint32_t kNoLocal = UINT32_MAX;

// What every comprehension has: a range and the locals of its variables. With two variables a list gives
// index and item, a map key and value; with one, the item or the key.
struct Iteration {
  const Step* range;
  uint32_t first;
  uint32_t second = kNoLocal;
  Span span;
};

const Step* NewFold(Arena& arena, const Iteration& iteration, uint32_t accumulator, const Step* init,
                    const Step* condition, const Step* step, const Step* result);

const Step* NewAll(Arena& arena, const Iteration& iteration, const Step* predicate);
const Step* NewExists(Arena& arena, const Iteration& iteration, const Step* predicate);
const Step* NewExistsOne(Arena& arena, const Iteration& iteration, const Step* predicate);

// map, filter and transformList. `filter` may be nullptr. The costs are those of the literals that the macro
// is made of: the empty list it begins with and the list of one item that each round adds.
const Step* NewCollect(Arena& arena, const Iteration& iteration, const Step* filter, const Step* item,
                       uint64_t begin_cost, uint64_t item_cost);
// transformMap (with a key) and transformMapEntry (`key` is nullptr and `value` a map of new entries).
const Step* NewCollectMap(Arena& arena, const Iteration& iteration, const Step* filter, const Step* key,
                          const Step* value, uint64_t begin_cost);

// cel.bind: forgets what the local held, so that its first reader computes it.
const Step* NewBind(Arena& arena, uint32_t local, const Step* body, uint64_t cost);

}  // namespace guard::cel

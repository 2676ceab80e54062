// The sets extension (cel-go ext/sets.go): lists compared as sets, element by element with CEL equality.
// Tested by tests/unit/cel/lib_sets_test.cc.
#include "policies/cel/cost.h"
#include "policies/cel/environment.h"

namespace guard::cel {
namespace {

bool Has(Evaluation& ev, const Value& list, const Value& item) {
  for (uint32_t i = 0; i < list.size; ++i) {
    if (ev.Same(ListAt(list, i), item)) return true;
  }
  return false;
}

bool HasAll(Evaluation& ev, const Value& list, const Value& items) {
  for (uint32_t i = 0; i < items.size; ++i) {
    if (!Has(ev, list, ListAt(items, i))) return false;
  }
  return true;
}

bool HasAny(Evaluation& ev, const Value& list, const Value& items) {
  for (uint32_t i = 0; i < items.size; ++i) {
    if (Has(ev, list, ListAt(items, i))) return true;
  }
  return false;
}

// Every element against every other, charged before it is done; the call itself is one more.
bool Pay(Evaluation& ev, const Value* args, uint64_t factor) {
  return ev.Charge(uint64_t{args[0].size} * args[1].size * factor);
}

Value Contains(Evaluation& ev, const Value* args, uint32_t) {
  if (!Pay(ev, args, 1)) return ev.OverCost();
  return Value::Bool(HasAll(ev, args[0], args[1]));
}

Value Equivalent(Evaluation& ev, const Value* args, uint32_t) {
  if (!Pay(ev, args, 2)) return ev.OverCost();
  return Value::Bool(HasAll(ev, args[0], args[1]) && HasAll(ev, args[1], args[0]));
}

Value Intersects(Evaluation& ev, const Value* args, uint32_t) {
  if (!Pay(ev, args, 1)) return ev.OverCost();
  return Value::Bool(HasAny(ev, args[1], args[0]));
}

}  // namespace

void RegisterSets(Environment& env) {
  const Type* list = env.types().List(env.types().Param("T"));
  env.Add({"sets.contains", "list_sets_contains_list", false, {list, list}, &kBoolType, Contains});
  env.Add({"sets.equivalent", "list_sets_equivalent_list", false, {list, list}, &kBoolType, Equivalent});
  env.Add({"sets.intersects", "list_sets_intersects_list", false, {list, list}, &kBoolType, Intersects});
}

}  // namespace guard::cel

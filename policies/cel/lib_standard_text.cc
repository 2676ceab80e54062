// Sizes, and what cel-spec itself asks of strings.
// Tested by tests/unit/cel/standard_test.cc.
#include <re2/re2.h>

#include "policies/cel/cost.h"
#include "policies/cel/environment.h"
#include "policies/cel/function.h"
#include "policies/cel/lib_standard.h"

namespace guard::cel {

namespace {

// Counting the code points of a long text costs nothing in cel-go's model and takes its time.
Value SizeOfString(Evaluation& ev, const Value* a, uint32_t) {
  if (a[0].size > 4096 && !ev.Work(a[0].size / 32)) return ev.OverCost();
  return Value::Int(CodePoints(a[0].string()));
}
Value SizeOfRest(Evaluation&, const Value* a, uint32_t) { return Value::Int(a[0].size); }

Value Contains(Evaluation&, const Value* a, uint32_t) {
  return Value::Bool(a[0].string().find(a[1].string()) != std::string_view::npos);
}
Value StartsWith(Evaluation&, const Value* a, uint32_t) {
  return Value::Bool(a[0].string().starts_with(a[1].string()));
}
Value EndsWith(Evaluation&, const Value* a, uint32_t) {
  return Value::Bool(a[0].string().ends_with(a[1].string()));
}

Value Matches(Evaluation& ev, const Value* a, uint32_t) {
  Value error;
  const re2::RE2* regex = ev.Regex(a[1].string(), &error);
  if (regex == nullptr) return error;
  return Value::Bool(re2::RE2::PartialMatch(re2::StringPiece(a[0].bytes, a[0].size), *regex));
}

uint64_t AffixCost(const Value* a, uint32_t, const Value&) { return ScanCost(a[1]); }
uint64_t ContainsCost(const Value* a, uint32_t, const Value&) { return ScanCost(a[0]) * ScanCost(a[1]); }
uint64_t MatchesCost(const Value* a, uint32_t, const Value&) {
  return ((SizeOf(a[0]) + 1 + 9) / 10) * ((SizeOf(a[1]) + 3) / 4);
}

}  // namespace

void RegisterText(Environment& env) {
  TypePool& types = env.types();
  const Type *string = &kStringType, *boolean = &kBoolType;
  const Type* list = types.List(types.Param("T"));
  const Type* map = types.Map(types.Param("K"), types.Param("V"));
  for (bool receiver : {false, true}) {
    auto id = [&](const char* type) {
      return receiver ? std::string(type) + "_size" : std::string("size_") + type;
    };
    env.Add({"size", id("string"), receiver, {string}, &kIntType, SizeOfString});
    env.Add({"size", id("bytes"), receiver, {&kBytesType}, &kIntType, SizeOfRest});
    env.Add({"size", id("list"), receiver, {list}, &kIntType, SizeOfRest});
    env.Add({"size", id("map"), receiver, {map}, &kIntType, SizeOfRest});
  }
  env.Add({"contains", "contains_string", true, {string, string}, boolean, Contains, ContainsCost});
  env.Add({"startsWith", "starts_with_string", true, {string, string}, boolean, StartsWith, AffixCost});
  env.Add({"endsWith", "ends_with_string", true, {string, string}, boolean, EndsWith, AffixCost});
  env.Add({"matches", "matches_string", true, {string, string}, boolean, Matches, MatchesCost});
  env.Add({"matches", "matches", false, {string, string}, boolean, Matches, MatchesCost});
}

}  // namespace guard::cel

// How functions are declared: one row an overload, its types for the checker, its code for the evaluation,
// its cost.
//
// A family of functions is one lib_*.cc file with one Register function. Adding a function is a row and a C++
// function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policies/cel/type.h"
#include "policies/cel/value.h"

namespace guard::cel {

class Evaluation;
class Environment;

// Arguments are never errors (strict functions are not called then). An error is returned as ev.Fail("...").
// Arguments have the runtime types the overload declares (dyn: any).
using FunctionImpl = Value (*)(Evaluation& ev, const Value* args, uint32_t count);

// The run-time cost of a call that has returned (cel-go interpreter/runtimecost.go and, for Kubernetes'
// libraries, k8s.io/apiserver pkg/cel/library/cost.go); nullptr means 1.
using FunctionCost = uint64_t (*)(const Value* args, uint32_t count, const Value& result);

struct Overload {
  std::string function;   // "startsWith", "_+_", "math.greatest"
  std::string id;         // "string_starts_with_string"; unique
  bool receiver = false;  // x.f(y); params[0] is then the receiver
  std::vector<const Type*> params;
  const Type* result = nullptr;
  FunctionImpl impl = nullptr;
  FunctionCost cost = nullptr;
  // At run time the arguments' own kinds decide; what lists and maps hold is the function's to judge.
  bool shallow = false;
};

// Whether a runtime value may be passed where `type` is declared; what dynamic dispatch asks.
bool Accepts(const Type& type, const Value& value);

// Number of code points (size() of a string, and the unit of string costs).
uint32_t CodePoints(std::string_view utf8);

// The families. Each adds its overloads (and types and constants) to an environment.
void RegisterStandard(Environment& env);  // operators, conversions, size, contains, timestamps ... (cel-spec)
void RegisterTime(Environment& env);      // timestamps and durations, with time zones
void RegisterOptionals(Environment& env);
void RegisterStrings(Environment& env);  // cel-go ext strings, with format and quote
void RegisterMath(Environment& env);
void RegisterLists(Environment& env);  // cel-go ext lists v3: slice, flatten, sort, sortBy, distinct, range,
                                       // reverse, first, last
void RegisterSets(Environment& env);
void RegisterEncoders(Environment& env);
void RegisterRegex(
    Environment& env);  // cel-go ext regex (regex.replace, extract, extractAll); standard dialect
void RegisterNetwork(Environment& env);          // cel-go ext network; standard dialect
void RegisterKubernetesLists(Environment& env);  // isSorted, sum, min, max, indexOf, lastIndexOf, includes
void RegisterKubernetesRegex(Environment& env);  // find, findAll
void RegisterKubernetesUrl(Environment& env);
void RegisterKubernetesQuantity(Environment& env);
void RegisterKubernetesIpCidr(Environment& env);
void RegisterKubernetesFormat(Environment& env);
void RegisterKubernetesSemver(Environment& env);
void RegisterKubernetesAuthz(
    Environment& env);  // compiles; every evaluation is the error "authorizer is not available here"

}  // namespace guard::cel

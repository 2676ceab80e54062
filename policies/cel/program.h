// A Program is a checked expression compiled into a tree of steps; an Evaluation runs programs on one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/base/arena.h"
#include "policies/cel/ast.h"
#include "policies/cel/environment.h"
#include "policies/cel/value.h"

namespace guard::cel {

class Step;  // a compiled node; program.cc and plan.cc only

// Immutable, movable, safe to run from many threads at once, each with its own Evaluation. The Environment it
// was compiled in outlives it.
class Program {
 public:
  Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // The inferred type of the result; dyn when nothing is known or when it was not checked.
  const Type* result_type() const { return result_type_; }
  const std::string& text() const;
  const Ast& ast() const { return *ast_; }
  explicit operator bool() const { return root_ != nullptr; }

 private:
  friend class Evaluation;
  friend struct Compiler;
  std::unique_ptr<Ast> ast_;
  std::unique_ptr<TypePool> types_;  // types the checker made for this expression
  std::unique_ptr<Arena> arena_;     // steps and constants
  Step* root_ = nullptr;
  const Type* result_type_ = &kDynType;
  uint32_t local_slots_ = 0;  // comprehension variables, behind the environment's slots
  uint32_t first_local_ = 0;
};

struct CompileOptions {
  bool check = true;  // false: evaluate what parses, resolving names and overloads at run time
  bool macros = true;
  const Type* expected_result = nullptr;  // e.g. &kBoolType: another static type is an issue (dyn is allowed)
};

std::expected<Program, std::vector<Issue>> Compile(std::string_view text, const Environment& env,
                                                   const CompileOptions& options = {});

// Limits of Kubernetes (k8s.io/apiserver pkg/apis/cel/config.go).
inline constexpr uint64_t kCostPerCall = 1'000'000;
inline constexpr uint64_t kCostPerPolicy = 10'000'000;

// The scratch of one thread: variable slots, arena, cost. Values that Run returns live until Reset or
// destruction.
class Evaluation {
 public:
  Evaluation() = default;
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // Unbinds every slot, frees the arena's contents, zeroes the total cost.
  void Reset();

  void Bind(uint32_t slot, Value value);
  // A variable that is computed at its first use and then kept: the program runs in this same evaluation, so
  // it may use the slots that are bound and other lazy ones. A cycle is an error value.
  void BindLazy(uint32_t slot, const Program* program);
  void Unbind(uint32_t slot);

  // Runs a program. The result may be an error value. Exceeding the cost of a call or what is left of the
  // policy's budget is an error value that nothing absorbs.
  Value Run(const Program& program, uint64_t call_limit = kCostPerCall);

  uint64_t cost() const { return cost_; }  // since Reset or ResetCost
  void ResetCost(uint64_t limit = kCostPerPolicy) { cost_ = 0, cost_limit_ = limit; }

  // For functions.
  Arena& arena() { return arena_; }
  Value Fail(std::string_view message);  // an error value; the message is copied
  Value MakeString(std::string_view text) { return Value::String(arena_.Copy(text)); }
  Value MakeBytes(std::string_view text) { return Value::Bytes(arena_.Copy(text)); }
  Value MakeList(std::span<const Value> items);      // copied
  Value MakeMap(std::span<const MapEntry> entries);  // copied; keys must be unique already
  Value MakeOptional(Value value);
  // Charges for work inside a long-running function; false once over the limit (then return ev.OverCost()).
  bool Charge(uint64_t cost) {
    cost_ += cost;
    return cost_ <= call_end_;
  }
  Value OverCost();

  // For steps.
  const Value& Slot(uint32_t slot);
  Value* locals() { return slots_.data(); }

 private:
  Value RunLazy(uint32_t slot);

  Arena arena_{16 * 1024};
  std::vector<Value> slots_;
  std::vector<const Program*> lazy_;
  uint64_t cost_ = 0;
  uint64_t cost_limit_ = kCostPerPolicy;
  uint64_t call_end_ = kCostPerCall;
  bool over_cost_ = false;
};

}  // namespace guard::cel

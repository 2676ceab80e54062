// A Program is a checked expression compiled into a tree of steps; an Evaluation runs programs on one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policies/base/arena.h"
#include "policies/cel/ast.h"
#include "policies/cel/environment.h"
#include "policies/cel/value.h"

namespace re2 {
class RE2;
}

namespace guard::cel {

class Step;  // a compiled node: step.h

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
  std::unique_ptr<TypePool> types_;                 // types the checker made for this expression
  std::unique_ptr<Arena> arena_;                    // steps and constants
  std::vector<std::unique_ptr<re2::RE2>> regexes_;  // constant patterns
  const Step* root_ = nullptr;
  const Type* result_type_ = &kDynType;
  uint32_t slots_ = 0;   // variables of the environment
  uint32_t locals_ = 0;  // variables of comprehensions and cel.bind
  uint32_t height_ = 0;  // of the tree of steps
};

struct CompileOptions {
  bool check = true;  // false: evaluate what parses, resolving names and overloads at run time
  bool macros = true;
  bool plain_folds = false;  // every comprehension runs as the general fold: the twin that tests compare with
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
  Evaluation();
  ~Evaluation();
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // Unbinds every slot, frees the arena's contents, zeroes the total cost.
  void Reset();

  void Bind(uint32_t slot, Value value) {
    if (slot >= slots_.size()) slots_.resize(slot + 1);
    slots_[slot] = value;
  }
  // A variable that is computed at its first use and then kept: the program runs in this same evaluation, so
  // it may use the slots that are bound and other lazy ones. A cycle is an error value.
  void BindLazy(uint32_t slot, const Program* program);
  void Unbind(uint32_t slot);

  // Runs a program. The result may be an error value. Exceeding the cost of a call or what is left of the
  // policy's budget is an error value that nothing absorbs.
  Value Run(const Program& program, uint64_t call_limit = kCostPerCall);

  uint64_t cost() const { return cost_; }  // since Reset or ResetCost
  void ResetCost(uint64_t limit = kCostPerPolicy) { cost_ = 0, cost_limit_ = limit; }
  // Whether the last Run came to more than it was allowed.
  bool over_cost() const { return over_cost_; }

  // For functions.
  Arena& arena() { return arena_; }
  Value Fail(std::string_view message);  // an error value; the message is copied
  Value MakeString(std::string_view text) { return Value::String(arena_.Copy(text)); }
  Value MakeBytes(std::string_view text) { return Value::Bytes(arena_.Copy(text)); }
  Value MakeList(std::span<const Value> items);      // copied
  Value MakeMap(std::span<const MapEntry> entries);  // copied; keys must be unique already
  Value MakeOptional(Value value);
  // Equality within the evaluation's bounds: false, and the Run fails, when the comparison is enormous.
  bool Same(const Value& a, const Value& b) { return Equal(a, b, work_) || (work_ == 0 && Exhaust()); }
  // As MapFind, for maps of any size: a large one of a document is given an index once it is asked again.
  // `key_hash` is KeyHash of a string, or 0.
  Value Find(const Value& map, const Value& key, uint32_t key_hash = 0) {
    constexpr uint32_t kLargeMap = 64;
    if (map.node_backed && map.size > kLargeMap && key.is(Tag::kString))
      return FindInLarge(map, key, key_hash);
    return key_hash != 0 ? MapFind(map, key.string(), key_hash) : MapFind(map, key);
  }
  // A regular expression made at run time, kept for its next use; nullptr when the pattern is none, and then
  // *error says why.
  const re2::RE2* Regex(std::string_view pattern, Value* error);
  // Charges for work inside a long-running function; false once over the limit (then return ev.OverCost()).
  bool Charge(uint64_t cost) {
    cost_ += cost;
    return cost_ <= call_end_;
  }
  Value OverCost();
  // Takes note of work that has no cost in cel-go's model and may yet be much: a billionth of a second or so
  // each. False once there was too much of it (then return ev.OverCost()).
  bool Work(uint64_t amount) {
    if (work_ <= amount) return Exhaust();
    work_ -= amount;
    return true;
  }
  // For steps.
  void Pay(uint64_t cost) { cost_ += cost; }
  bool Over() const { return cost_ > call_end_; }
  // Asked once in every round of a loop: whether it must stop.
  bool Spent() {
    --work_;
    return cost_ > call_end_ || work_ == 0 || ((work_ & 1023) == 0 && Overfull());
  }
  const Value& Slot(uint32_t slot) {
    const Value& value = slots_[slot];
    return value.is(Tag::kUnset) ? Lazy(slot) : value;
  }
  Value& Local(uint32_t local) { return frame_[local]; }
  // The same error with the place in the expression where it came from, unless it has one.
  Value At(Value error, Span span);

 private:
  static constexpr uint64_t kLargestArena = uint64_t{256} << 20;
  static constexpr uint64_t kWorkWithoutCost = 100'000;
  static constexpr uint64_t kWorkPerCost = 64;
  static constexpr uint32_t kDeepest = 10'000;  // levels of steps, over all programs that are being run

  const Value& Lazy(uint32_t slot);
  Value Enter(const Program& program);
  Value FindInLarge(const Value& map, const Value& key, uint32_t key_hash);
  bool Exhaust() {
    work_ = 0, over_cost_ = true, call_end_ = 0, cost_ += 1;
    return false;
  }
  bool Overfull();

  Arena arena_{16 * 1024};
  uint64_t cost_ = 0;
  uint64_t call_end_ = kCostPerCall;
  uint64_t work_ = kWorkWithoutCost;
  std::vector<Value> slots_;
  Value* frame_ = nullptr;  // locals of the program that is running, within locals_
  std::vector<Value> locals_;
  uint32_t locals_used_ = 0;
  uint32_t depth_ = 0;
  std::vector<const Program*> lazy_;
  std::vector<bool> running_;  // lazy variables that are being computed
  uint64_t cost_limit_ = kCostPerPolicy;
  bool over_cost_ = false;
  bool too_deep_ = false;
  // Large maps that this run has looked into, and their indices: places of entries plus one, by hash.
  struct LargeMap {
    const Entry* entries;
    uint32_t* index;
    uint32_t mask;
  };
  std::vector<LargeMap> large_maps_;
  Value unbound_;  // what Lazy gives when there is nothing to keep

  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>, TextHash, std::equal_to<>> regexes_;
};

}  // namespace guard::cel

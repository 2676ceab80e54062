// Running programs: variables, lazy variables, what a run may cost, and making values.
// Tested by tests/unit/cel/eval_test.cc and cost_test.cc.
#include <re2/re2.h>

#include <algorithm>
#include <bit>

#include "policies/cel/program.h"
#include "policies/cel/step.h"
#include "policies/cel/value_map.h"

namespace guard::cel {

namespace {

constexpr size_t kMostRegexes = 64;
constexpr size_t kLongestRegex = 64 * 1024;

constexpr ErrorData kOverCost{.message = "the expression costs more than it may"};

Value ErrorOf(const ErrorData* data) {
  Value v;
  v.tag = Tag::kError;
  v.error = data;
  return v;
}

}  // namespace

Evaluation::Evaluation() = default;
Evaluation::~Evaluation() = default;

void Evaluation::Reset() {
  arena_.Reset();
  std::fill(slots_.begin(), slots_.end(), Value());
  std::fill(lazy_.begin(), lazy_.end(), nullptr);
  ResetCost();
  over_cost_ = false;
}

void Evaluation::BindLazy(uint32_t slot, const Program* program) {
  Bind(slot, Value());
  if (slot >= lazy_.size()) lazy_.resize(slot + 1), running_.resize(slot + 1);
  lazy_[slot] = program;
}

void Evaluation::Unbind(uint32_t slot) {
  if (slot < slots_.size()) slots_[slot] = Value();
  if (slot < lazy_.size()) lazy_[slot] = nullptr;
}

Value Evaluation::Run(const Program& program, uint64_t call_limit) {
  uint64_t left = cost_limit_ > cost_ ? cost_limit_ - cost_ : 0;
  call_end_ = cost_ + std::min(call_limit, left);
  work_ = kWorkWithoutCost + kWorkPerCost * std::min(call_limit, kCostPerCall);
  over_cost_ = too_deep_ = false;
  large_maps_.clear();  // documents may have gone since the last run
  Value result = Enter(program);
  if (Over()) over_cost_ = true;
  return over_cost_ ? OverCost() : result;
}

// Runs a program's steps on a frame of its own.
Value Evaluation::Enter(const Program& program) {
  if (program.root_ == nullptr) return Fail("there is no program");
  if (program.slots_ > slots_.size()) slots_.resize(program.slots_);
  if (depth_ + program.height_ > kDeepest) {
    too_deep_ = true;
    return Fail("variables refer to each other too deeply");
  }
  uint32_t base = locals_used_;
  locals_used_ += program.locals_;
  if (locals_used_ > locals_.size()) locals_.resize(locals_used_ + 16);
  frame_ = locals_.data() + base;
  depth_ += program.height_;

  Value result = program.root_->Eval(*this);

  depth_ -= program.height_;
  locals_used_ = base;
  return result;
}

const Value& Evaluation::Lazy(uint32_t slot) {
  if (slot >= lazy_.size() || lazy_[slot] == nullptr) return unbound_ = Value();
  if (running_[slot]) return unbound_ = Fail("the variable depends on itself");
  running_[slot] = true;
  uint32_t caller = static_cast<uint32_t>(frame_ - locals_.data());
  Value value = Enter(*lazy_[slot]);
  frame_ = locals_.data() + caller;
  running_[slot] = false;
  // Its place is in another expression than the one that asks.
  if (value.is_error()) value = Fail(value.error->message);
  // What failed for want of room or budget is not kept: another run may have enough of it.
  if (Over() || over_cost_ || (too_deep_ && value.is_error())) return unbound_ = value;
  return slots_[slot] = value;
}

Value Evaluation::Fail(std::string_view message) {
  return ErrorOf(arena_.New<ErrorData>(arena_.Copy(message.substr(0, 1000)), 0u, 0u));
}

Value Evaluation::At(Value error, Span span) {
  if (error.error->expr_end != 0 || error.error == &kOverCost) return error;
  return ErrorOf(arena_.New<ErrorData>(error.error->message, span.begin, span.end));
}

Value Evaluation::OverCost() {
  Exhaust();
  return ErrorOf(&kOverCost);
}

bool Evaluation::Overfull() { return arena_.footprint() > kLargestArena && !Exhaust(); }

Value Evaluation::MakeList(std::span<const Value> items) {
  Value* copy = arena_.AllocateArray<Value>(items.size());
  std::copy(items.begin(), items.end(), copy);
  return Value::Items(copy, static_cast<uint32_t>(items.size()));
}

Value Evaluation::MakeMap(std::span<const MapEntry> entries) {
  MapBuilder builder(arena_, static_cast<uint32_t>(entries.size()));
  for (const MapEntry& entry : entries) builder.Insert(entry.key, entry.value);
  return builder.Finish();
}

Value Evaluation::MakeOptional(Value value) {
  Value optional;
  optional.tag = Tag::kOptional;
  optional.optional = arena_.New<Value>(value);
  return optional;
}

Value Evaluation::FindInLarge(const Value& map, const Value& key, uint32_t key_hash) {
  constexpr size_t kMost = 16;
  const Entry* entries = map.node->entries;
  uint32_t hash = key_hash != 0 ? key_hash : KeyHash(key.string());
  auto known =
      std::find_if(large_maps_.begin(), large_maps_.end(), [&](auto& m) { return m.entries == entries; });
  if (known == large_maps_.end()) {
    if (large_maps_.size() < kMost) large_maps_.push_back({entries, nullptr, 0});
    return Work(map.size / 4) ? MapFind(map, key.string(), hash) : OverCost();
  }
  // Keys chosen to collide make it as slow as it is without an index, and are paid for as that.
  auto place = [&](uint32_t of) { return (of * 0x9e3779b1u) & known->mask; };
  if (known->index == nullptr) {
    if (!Work(map.size * uint64_t{4})) return OverCost();
    uint32_t count = std::bit_ceil(map.size * 2);
    known->index = arena_.AllocateArray<uint32_t>(count);
    known->mask = count - 1;
    std::fill_n(known->index, count, 0);
    for (uint32_t i = 0; i < map.size; ++i) {
      uint32_t at = place(entries[i].key_hash);
      for (uint64_t steps = 0; known->index[at] != 0; at = (at + 1) & known->mask)
        if (++steps > 64 && !Work(1)) return OverCost();
      known->index[at] = i + 1;
    }
  }
  for (uint32_t at = place(hash); known->index[at] != 0; at = (at + 1) & known->mask) {
    const Entry& entry = entries[known->index[at] - 1];
    if (entry.key_hash == hash && entry.key() == key.string()) return Value::Of(entry.value);
    if (!Work(1)) return OverCost();
  }
  return Value();
}

const re2::RE2* Evaluation::Regex(std::string_view pattern, Value* error) {
  auto found = regexes_.find(pattern);
  if (found == regexes_.end()) {
    if (pattern.size() > kLongestRegex) return *error = Fail("the regular expression is too long"), nullptr;
    if (regexes_.size() >= kMostRegexes) regexes_.clear();
    auto regex =
        std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
    found = regexes_.emplace(std::string(pattern), std::move(regex)).first;
  }
  if (!found->second->ok())
    return *error = Fail("invalid regular expression: " + found->second->error()), nullptr;
  return found->second.get();
}

}  // namespace guard::cel

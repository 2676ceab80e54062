// Inference: what may be passed where, while some types are still unknown.
//
// After cel-go's checker/types.go. An unknown type is an inference variable of the scratch pool; assigning
// binds it, and may later widen what it is bound to (int, then dyn). Every step is counted: an expression can
// describe types whose text is exponentially larger than itself, and inference then gives up rather than go
// on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/cel/type.h"

namespace guard::cel {

class Inference {
 public:
  explicit Inference(TypePool& pool) : pool_(pool) {}

  TypePool& pool() { return pool_; }

  const Type* Fresh();
  // What a variable is bound to, as far as that is known at its top; other types as they are.
  const Type* Head(const Type* type) const;
  // Whether a value of type `from` may stand where `to` is wanted; binds variables only if so.
  bool Assign(const Type* from, const Type* to);
  bool Assign(std::span<const Type* const> from, std::span<const Type* const> to);
  // The type with every bound variable replaced, and the unbound ones left or turned into dyn.
  const Type* Resolve(const Type* type, bool unbound_to_dyn = false);

  // No more will be assigned: what is unbound is dyn for good.
  void Finish() { final_ = true; }

  // A declaration's type parameters, each replaced by one fresh variable.
  using Frame = std::vector<std::pair<const Type*, const Type*>>;
  const Type* Instantiate(const Type* declared, Frame& frame);

  // Too many steps were taken; the answers since then are not meaningful.
  bool exhausted() const { return steps_left_ == 0; }

 private:
  bool Step();
  bool Unify(const Type* from, const Type* to);
  // Whether `type` may be what `variable` stands for, and whether the variable was bound already.
  std::pair<bool, bool> Bind(const Type* type, const Type* variable);
  bool Occurs(const Type* variable, const Type* within);
  void Set(uint32_t variable, const Type* type);
  void UndoTo(size_t mark);
  template <class Map>
  const Type* Rebuild(const Type* type, const Map& map);

  TypePool& pool_;
  std::vector<const Type*> bound_;                       // by number, from 1; nullptr: not bound
  std::vector<std::pair<uint32_t, const Type*>> trail_;  // what bindings were before
  uint64_t steps_left_ = 1'000'000;
  bool final_ = false;
};

// The more general of two types that are assignable to each other.
const Type* MostGeneral(const Type* a, const Type* b);

// Whether null is a value of the type.
bool IsNullable(const Type& type);

}  // namespace guard::cel

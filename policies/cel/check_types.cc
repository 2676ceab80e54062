// Unification with widening, after cel-go's checker/types.go.
// Tested by tests/unit/cel/check_test.cc.
#include "policies/cel/check_types.h"

#include <utility>

namespace guard::cel {

namespace {

bool IsVariable(const Type* type) { return type->kind == TypeKind::kParam && type->variable != 0; }
bool IsWild(const Type* type) { return type->kind == TypeKind::kDyn || type->kind == TypeKind::kError; }

bool IsLessSpecific(const Type* a, const Type* b) {
  if (a == b) return true;
  if (a->kind == TypeKind::kDyn || a->kind == TypeKind::kParam) return true;
  if (b->kind == TypeKind::kDyn || b->kind == TypeKind::kParam) return false;
  if (a->kind != b->kind || a->params.size() != b->params.size()) return false;
  if (a->kind == TypeKind::kType) return true;
  if (a->name != b->name) return false;
  for (size_t i = 0; i < a->params.size(); ++i)
    if (!IsLessSpecific(a->params[i], b->params[i])) return false;
  return true;
}

}  // namespace

bool IsNullable(const Type& type) {
  switch (type.kind) {
    case TypeKind::kNull:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kOptional:
    case TypeKind::kOpaque:
    case TypeKind::kObject: return true;
    default: return false;
  }
}

// Of null and a type that has null the other one says more.
const Type* MostGeneral(const Type* a, const Type* b) {
  if (a->kind == TypeKind::kNull) return b;
  if (b->kind == TypeKind::kNull) return a;
  return IsLessSpecific(a, b) ? a : b;
}

const Type* Inference::Fresh() {
  if (bound_.empty()) bound_.push_back(nullptr);
  bound_.push_back(nullptr);
  return pool_.Variable(static_cast<uint32_t>(bound_.size() - 1));
}

const Type* Inference::Head(const Type* type) const {
  while (IsVariable(type) && bound_[type->variable] != nullptr) type = bound_[type->variable];
  return type;
}

bool Inference::Step() {
  if (steps_left_ == 0) return false;
  --steps_left_;
  return true;
}

void Inference::Set(uint32_t variable, const Type* type) {
  trail_.emplace_back(variable, bound_[variable]);
  bound_[variable] = type;
}

void Inference::UndoTo(size_t mark) {
  for (; trail_.size() > mark; trail_.pop_back()) bound_[trail_.back().first] = trail_.back().second;
}

bool Inference::Assign(const Type* from, const Type* to) {
  return Assign(std::span(&from, 1), std::span(&to, 1));
}

bool Inference::Assign(std::span<const Type* const> from, std::span<const Type* const> to) {
  trail_.clear();  // nobody undoes across calls
  if (from.size() != to.size()) return false;
  for (size_t i = 0; i < from.size(); ++i) {
    if (Unify(from[i], to[i])) continue;
    UndoTo(0);
    return false;
  }
  return true;
}

bool Inference::Unify(const Type* from, const Type* to) {
  if (from == to) return true;
  if (!Step()) return false;
  if (IsVariable(to)) {
    auto [valid, was_bound] = Bind(from, to);
    if (valid) return true;
    if (was_bound) return false;
  }
  if (IsVariable(from)) return Bind(to, from).first;
  if (IsWild(from) || IsWild(to)) return true;
  if (from->kind == TypeKind::kNull) return IsNullable(*to);
  if (to->kind == TypeKind::kNull) return IsNullable(*from);
  // An object is a map with known fields.
  if (from->kind == TypeKind::kObject && to->kind == TypeKind::kMap)
    return Unify(&kStringType, to->params[0]) && Unify(&kDynType, to->params[1]);
  if (from->kind == TypeKind::kMap && to->kind == TypeKind::kObject)
    return Unify(from->params[0], &kStringType) && Unify(from->params[1], &kDynType);
  if (from->kind != to->kind) return false;
  if (from->kind == TypeKind::kType) return true;
  if (from->name != to->name || from->params.size() != to->params.size()) return false;
  for (size_t i = 0; i < from->params.size(); ++i)
    if (!Unify(from->params[i], to->params[i])) return false;
  return true;
}

std::pair<bool, bool> Inference::Bind(const Type* type, const Type* variable) {
  if (type == variable) return {true, true};
  if (const Type* bound = bound_[variable->variable]) {
    if (type == bound) return {true, true};
    if (!Unify(type, bound)) return {false, true};
    // Unify may have bound more; what the variable stands for now is the wider of the two.
    const Type* general = MostGeneral(type, bound);
    if (general != bound_[variable->variable] && !Occurs(variable, general)) Set(variable->variable, general);
    return {true, true};
  }
  if (Occurs(variable, type)) return {false, false};
  Set(variable->variable, type);
  return {true, false};
}

bool Inference::Occurs(const Type* variable, const Type* within) {
  if (variable == within) return true;
  if (!within->generic) return false;
  if (!Step()) return true;
  if (IsVariable(within)) {
    const Type* bound = bound_[within->variable];
    return bound != nullptr && Occurs(variable, bound);
  }
  for (const Type* param : within->params)
    if (Occurs(variable, param)) return true;
  return false;
}

template <class Map>
const Type* Inference::Rebuild(const Type* type, const Map& map) {
  switch (type->kind) {
    case TypeKind::kList: return pool_.List(map(type->params[0]));
    case TypeKind::kMap: {
      const Type* key = map(type->params[0]);
      return pool_.Map(key, map(type->params[1]));
    }
    case TypeKind::kType: return pool_.TypeOf(map(type->params[0]));
    case TypeKind::kOptional: return pool_.Optional(map(type->params[0]));
    case TypeKind::kOpaque: {
      std::vector<const Type*> params;
      params.reserve(type->params.size());
      for (const Type* param : type->params) params.push_back(map(param));
      return pool_.Opaque(type->name, std::move(params));
    }
    default: return type;
  }
}

const Type* Inference::Resolve(const Type* type, bool unbound_to_dyn) {
  if (!type->generic) return type;
  if (!Step()) return &kDynType;
  if (type->kind == TypeKind::kParam) {
    const Type* head = Head(type);
    const bool is_unbound = head->kind == TypeKind::kParam;
    const Type* resolved = is_unbound ? head : Resolve(head, unbound_to_dyn);
    // Remembered, so that long chains of variables, and variables that occur twice in each of a chain of
    // types, are looked into once.
    const Type* kept = is_unbound || (unbound_to_dyn && !final_) ? head : resolved;
    for (const Type *next = nullptr, *at = type; at != head && IsVariable(at); at = next)
      next = std::exchange(bound_[at->variable], kept);
    return is_unbound && unbound_to_dyn ? &kDynType : resolved;
  }
  return Rebuild(type, [&](const Type* param) { return Resolve(param, unbound_to_dyn); });
}

const Type* Inference::Instantiate(const Type* declared, Frame& frame) {
  if (!declared->generic) return declared;
  if (declared->kind == TypeKind::kParam) {
    for (const auto& [param, variable] : frame)
      if (param->name == declared->name) return variable;
    return frame.emplace_back(declared, Fresh()).second;
  }
  return Rebuild(declared, [&](const Type* param) { return Instantiate(param, frame); });
}

}  // namespace guard::cel

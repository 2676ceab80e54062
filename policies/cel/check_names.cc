// Resolving names, and ResolveNames for what is run unchecked.
// Tested by tests/unit/cel/check_test.cc.
#include "policies/cel/check_names.h"

#include <algorithm>

namespace guard::cel {

namespace {

bool IsLink(const Expr* expr) {
  return expr->kind == ExprKind::kIdent || (expr->kind == ExprKind::kSelect && !expr->test_only);
}

const Type* TypeOfConstant(const Value& value) {
  switch (value.tag) {
    case Tag::kNull: return &kNullType;
    case Tag::kBool: return &kBoolType;
    case Tag::kInt: return &kIntType;
    case Tag::kUint: return &kUintType;
    case Tag::kDouble: return &kDoubleType;
    case Tag::kString: return &kStringType;
    case Tag::kBytes: return &kBytesType;
    case Tag::kTimestamp: return &kTimestampType;
    case Tag::kDuration: return &kDurationType;
    default: return &kDynType;
  }
}

}  // namespace

NameWalk::NameWalk(const Environment& env) : env_(env) {
  std::string space = env.container();
  while (!space.empty()) {
    namespaces_.push_back(space + ".");
    size_t dot = space.rfind('.');
    space.resize(dot == std::string::npos ? 0 : dot);
  }
  namespaces_.emplace_back();
}

const NameWalk::Local* NameWalk::FindLocal(std::string_view name) const {
  auto found = std::find_if(locals_.rbegin(), locals_.rend(), [&](const Local& l) { return l.name == name; });
  return found == locals_.rend() ? nullptr : &*found;
}

template <class Found>
void NameWalk::EachCandidate(std::string_view name, const Found& found) {
  if (name.starts_with('.')) {
    candidate_ = name.substr(1);
    found(candidate_);
    return;
  }
  for (const std::string& space : namespaces_) {
    candidate_ = space;
    candidate_ += name;
    if (found(candidate_)) return;
  }
}

std::string NameWalk::FunctionName(std::string_view name) {
  std::string function;
  EachCandidate(name, [&](const std::string& candidate) {
    if (!env_.HasFunction(candidate)) return false;
    function = candidate;
    return true;
  });
  return function;
}

const Type* NameWalk::TypeNamed(std::string_view name) {
  const Type* type = nullptr;
  EachCandidate(name, [&](const std::string& candidate) {
    type = env_.FindType(candidate);
    return type != nullptr;
  });
  return type;
}

// The type of a declared variable, type or constant, noted in the tree; nullptr when there is none of the
// name.
const Type* NameWalk::Declared(Expr* expr, const std::string& name) {
  const Type* type = nullptr;
  if (const Variable* variable = env_.FindVariable(name, nullptr)) {
    expr->is_variable = true;
    type = variable->type;
  } else if (const Type* denoted = env_.FindType(name)) {
    expr->denoted = denoted;
    type = denoted;
  } else if (const Value* constant = env_.FindConstant(name)) {
    type = TypeOfConstant(*constant);
  }
  if (type != nullptr) expr->resolved = name;
  return type;
}

// From the top of a chain down to the identifier (or whatever is selected from), then the longest declared
// prefix.
void NameWalk::VisitChain(Expr* top) {
  chain_.clear();
  Expr* root = top;
  for (; IsLink(root); root = root->target) {
    chain_.push_back(root);
    if (root->kind == ExprKind::kIdent) break;
  }
  if (root->kind != ExprKind::kIdent) {  // f(x).a.b
    waiting_.insert(waiting_.end(), chain_.begin(), chain_.end());
    waiting_.push_back(root);
    return;
  }
  if (const Local* local = FindLocal(root->name)) {
    waiting_.insert(waiting_.end(), chain_.begin(), chain_.end() - 1);
    OnName(root, local->type);
    return;
  }
  size_t links = std::min<size_t>(chain_.size(), env_.most_dots() + 1);
  text_ = root->name;
  for (size_t i = 1; i < links; ++i) text_.append(".").append(chain_[chain_.size() - 1 - i]->name);
  const Type* type = nullptr;
  size_t used = links;
  for (; used > 0; --used) {
    Expr* node = chain_[chain_.size() - used];
    EachCandidate(text_, [&](const std::string& candidate) {
      type = Declared(node, candidate);
      return type != nullptr;
    });
    if (type != nullptr) break;
    if (used > 1) text_.resize(text_.size() - node->name.size() - 1);
  }
  const size_t fields = chain_.size() - std::max<size_t>(used, 1);
  waiting_.insert(waiting_.end(), chain_.begin(), chain_.begin() + static_cast<ptrdiff_t>(fields));
  if (type != nullptr)
    OnName(chain_[fields], type);
  else
    OnUnknown(chain_);
}

// math.greatest(x) is a call of a function with that name, not of a method of a variable `math`.
void NameWalk::QualifyCall(Expr* call) {
  if (call->target == nullptr) {
    if (namespaces_.size() == 1 && !call->name.starts_with('.')) return;
    if (std::string function = FunctionName(call->name); !function.empty()) call->name = std::move(function);
    return;
  }
  size_t dots = 1;
  text_.clear();
  const Expr* link = call->target;
  for (; link->kind == ExprKind::kSelect && !link->test_only && dots <= env_.most_dots(); link = link->target)
    ++dots;
  if (link->kind != ExprKind::kIdent || dots > env_.most_dots() + 1) return;
  for (link = call->target; link->kind == ExprKind::kSelect; link = link->target)
    text_.insert(0, link->name + ".");
  text_ = link->name + "." + text_ + call->name;
  if (std::string function = FunctionName(text_); !function.empty()) {
    call->name_span = {link->span.begin, std::max(call->name_span.end, link->span.end)};
    call->name = std::move(function);
    call->target = nullptr;
  }
}

Expr* NameWalk::FirstChild(const Expr* expr) {
  switch (expr->kind) {
    case ExprKind::kSelect: return expr->target;
    case ExprKind::kCall:
      if (expr->target != nullptr) return expr->target;
      return expr->args.empty() ? nullptr : expr->args[0];
    case ExprKind::kComprehension: return expr->iter_range;
    default: return nullptr;
  }
}

void NameWalk::Visit(Expr* expr) {
  const size_t base = waiting_.size();
  waiting_.push_back(expr);
  bool descending = true;
  while (waiting_.size() > base) {
    Expr* current = waiting_.back();
    if (descending && IsLink(current)) {
      waiting_.pop_back();
      size_t before = waiting_.size();
      VisitChain(current);
      // Either its end is a name, now dealt with, or something else to descend into.
      descending = waiting_.size() > before && !IsLink(waiting_.back());
      continue;
    }
    if (descending) {
      if (current->kind == ExprKind::kCall) QualifyCall(current);
      if (Expr* child = FirstChild(current)) {
        waiting_.push_back(child);
        continue;
      }
      descending = false;
    }
    waiting_.pop_back();
    Finish(current);
  }
}

namespace {

class Resolver : public NameWalk {
 public:
  using NameWalk::NameWalk;
  void Run(Expr* root) { Visit(root); }

 private:
  void OnName(Expr*, const Type*) override {}
  void OnUnknown(std::span<Expr* const>) override {}

  void Finish(Expr* expr) override {
    size_t first = expr->kind == ExprKind::kCall && expr->target == nullptr ? 1 : 0;
    for (size_t i = first; i < expr->args.size(); ++i) Visit(expr->args[i]);
    if (expr->kind != ExprKind::kComprehension) return;
    Visit(expr->accu_init);
    size_t outside = locals_.size();
    locals_.push_back({expr->accu_var, &kDynType});
    locals_.push_back({expr->iter_var, &kDynType});
    if (!expr->iter_var2.empty()) locals_.push_back({expr->iter_var2, &kDynType});
    Visit(expr->loop_condition);
    Visit(expr->loop_step);
    locals_.resize(outside + 1);
    Visit(expr->result);
    locals_.resize(outside);
  }
};

}  // namespace

void ResolveNames(Ast& ast, const Environment& env) { Resolver(env).Run(ast.root); }

}  // namespace guard::cel

// Makes the nodes of a tree: the parser and the macros build through here, so that every node's height is
// known and bounded the moment it exists.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/cel/ast.h"

namespace guard::cel {

class TreeBuilder {
 public:
  TreeBuilder(Ast& ast, uint32_t max_height) : ast_(ast), max_height_(max_height) {}

  Expr* Constant(Value value, Span span) {
    Expr* e = ast_.New(ExprKind::kConstant, span);
    e->constant = value;
    return e;
  }
  Expr* String(std::string_view text, Span span) {
    return Constant(Value::String(ast_.arena->Copy(text)), span);
  }

  Expr* Ident(std::string_view name, Span span) {
    Expr* e = ast_.New(ExprKind::kIdent, span);
    e->name = name;
    e->name_span = span;
    return e;
  }

  Expr* Select(Expr* target, std::string_view field, Span span, Span name_span) {
    Expr* e = ast_.New(ExprKind::kSelect, span);
    e->target = target;
    e->name = field;
    e->name_span = name_span;
    return Measure(e);
  }

  Expr* Call(std::string_view name, std::vector<Expr*> args, Span span, Span name_span) {
    return MemberCall(nullptr, name, std::move(args), span, name_span);
  }
  Expr* MemberCall(Expr* target, std::string_view name, std::vector<Expr*> args, Span span, Span name_span) {
    Expr* e = ast_.New(ExprKind::kCall, span);
    e->target = target;
    e->name = name;
    e->name_span = name_span;
    e->args = std::move(args);
    return Measure(e);
  }

  // kList, kMap, kStruct: whoever fills one calls Measure when it is whole.
  Expr* Aggregate(ExprKind kind, Span span) { return ast_.New(kind, span); }
  Expr* List(std::vector<Expr*> items, Span span) {
    Expr* e = Aggregate(ExprKind::kList, span);
    e->optional.resize(items.size());
    e->args = std::move(items);
    return Measure(e);
  }

  // What stands where nothing could be read; whoever sees it knows that an issue was reported.
  Expr* Missing(Span span) { return Constant(Value(), span); }
  static bool IsMissing(const Expr& e) { return e.kind == ExprKind::kConstant && e.constant.is(Tag::kUnset); }

  Expr* Measure(Expr* e) {
    uint32_t below = 0;
    for (const Expr* child :
         {e->target, e->iter_range, e->accu_init, e->loop_condition, e->loop_step, e->result})
      if (child) below = std::max(below, child->height);
    for (const Expr* child : e->args) below = std::max(below, child->height);
    e->height = below + 1;
    if (e->height > max_height_ && !too_high_) too_high_ = e;
    return e;
  }

  // The first node above the limit, or nullptr.
  const Expr* too_high() const { return too_high_; }

 private:
  Ast& ast_;
  uint32_t max_height_;
  const Expr* too_high_ = nullptr;
};

}  // namespace guard::cel

// What the names in an expression stand for, and the walk that Check and ResolveNames share.
//
// A chain a.b.c may be a declared variable "a.b.c", a field of "a.b", or of "a": the longest declared prefix
// wins, and for each prefix the container's namespaces are tried first, innermost first. A comprehension's
// variable hides all of these; a leading dot asks for the declaration in the root namespace and nothing else.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/cel/ast.h"
#include "policies/cel/environment.h"

namespace guard::cel {

// Walks a tree without recursing along its left side: operators, selections, receivers and comprehension
// ranges chain as long as the text is, everything else nests no deeper than the parser lets it.
class NameWalk {
 public:
  explicit NameWalk(const Environment& env);
  virtual ~NameWalk() = default;

 protected:
  struct Local {
    std::string_view name;
    const Type* type;
  };

  void Visit(Expr* expr);
  // An identifier, or the selection that turned out to be a declared name, with the type it has.
  virtual void OnName(Expr* expr, const Type* type) = 0;
  // A chain of which nothing is known: its selections from the last one on, then the identifier.
  virtual void OnUnknown(std::span<Expr* const> chain) = 0;
  // Any other node, after its first child: target, else first argument of a call, else range of a
  // comprehension. The other children are for it to visit.
  virtual void Finish(Expr* expr) = 0;

  const Local* FindLocal(std::string_view name) const;
  // The declared name for `name` as a function or type: in the container, or as it is. Empty when there is
  // none.
  std::string FunctionName(std::string_view name);
  const Type* TypeNamed(std::string_view name);

  const Environment& env_;
  std::vector<Local> locals_;

 private:
  void VisitChain(Expr* top);
  const Type* Declared(Expr* expr, const std::string& name);
  // For every name that `name` may be short for, longest container first, until `found` says true.
  template <class Found>
  void EachCandidate(std::string_view name, const Found& found);
  static Expr* FirstChild(const Expr* expr);
  void QualifyCall(Expr* call);

  std::vector<std::string> namespaces_;  // "x.y.", "x.", ""
  std::vector<Expr*> waiting_;           // nodes whose first child is being visited
  std::vector<Expr*> chain_;             // scratch of VisitChain
  std::string text_, candidate_;         // scratch
};

}  // namespace guard::cel

// The checker itself; Check (environment.h) is its only user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policies/cel/check_names.h"
#include "policies/cel/check_types.h"

namespace guard::cel {

// More than a person would read, and a bound for a text that is wrong everywhere.
inline constexpr size_t kMostIssues = 100;

class Checker : private NameWalk {
 public:
  Checker(Ast& ast, const Environment& env, TypePool& scratch) : NameWalk(env), ast_(ast), infer_(scratch) {}

  std::vector<Issue> Run();

 private:
  void OnName(Expr* expr, const Type* type) override;
  void OnUnknown(std::span<Expr* const> chain) override;
  void Finish(Expr* expr) override;

  // check.cc: one for each kind of node. First children are checked already.
  void CheckSelect(Expr* select);
  void CheckList(Expr* list);
  void CheckMap(Expr* map);
  void CheckStruct(Expr* construction);
  void CheckComprehension(Expr* fold);
  const Type* Join(const Type* before, const Type* next);
  // The type of a list element or map value; of one written with ?, what the optional holds.
  const Type* ElementType(Expr* element, bool optional);
  const Type* FieldType(const Expr* at, const Type* operand, std::string_view field, bool optional);

  // check_call.cc
  void CheckCall(Expr* call);
  void CheckOptionalSelect(Expr* call);
  void CheckLogic(Expr* call);
  void ResolveOverload(Expr* call, std::string_view function);
  bool Matches(const Overload& overload, const Type** result);
  void UnknownFunction(const Expr* call, std::string_view function);
  void NoOverload(const Expr* call, std::string_view function);
  std::string Signatures(std::string_view function, bool receiver) const;

  void Require(const Expr* expr, const Type* wanted);
  bool Full() const { return issues_.size() >= kMostIssues; }
  void Report(Span span, std::string message, std::string hint = {});
  void Unknown(Span span, std::string_view name, const std::vector<std::string_view>& candidates);

  Ast& ast_;
  Inference infer_;
  std::vector<Issue> issues_;
  std::vector<const Type*> arguments_, parameters_;  // scratch of ResolveOverload
};

Span NameSpan(const Expr* expr);

// "did you mean 'spec'?", or empty.
std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace guard::cel

// What cel-go's validator of string.format finds (ext/formatting.go): clauses that do not parse, arguments of
// the wrong type, too few or too many of them. Tested by tests/unit/cel/format_test.cc.
#include "policies/cel/format_check.h"

#include <algorithm>
#include <string>

#include "policies/cel/format_clause.h"

namespace guard::cel {
namespace {

bool Takes(const VerbRule& rule, const Type* type) {
  if (type == nullptr) return true;
  switch (type->kind) {
    case TypeKind::kDyn:
    case TypeKind::kParam:
    case TypeKind::kError: return true;
    case TypeKind::kObject: return rule.Takes(TypeKind::kMap);
    default: return rule.Takes(type->kind);
  }
}

// The first argument, or part of a literal one, that the clause does not take.
const Expr* FirstMistaken(const Expr& argument, const VerbRule& rule, char verb) {
  if (!Takes(rule, argument.type)) return &argument;
  if (verb != 's' || (argument.kind != ExprKind::kList && argument.kind != ExprKind::kMap)) return nullptr;
  for (const Expr* part : argument.args) {
    if (const Expr* mistaken = FirstMistaken(*part, rule, verb)) return mistaken;
  }
  return nullptr;
}

bool IsLiteralCall(const Expr& call) {
  if (call.target == nullptr || call.target->kind != ExprKind::kConstant || call.args.size() != 1)
    return false;
  const Expr& list = *call.args[0];
  bool spread = std::find(list.optional.begin(), list.optional.end(), true) != list.optional.end();
  return call.target->constant.is(Tag::kString) && list.kind == ExprKind::kList && !spread;
}

}  // namespace

void CheckFormat(const Expr& call, FormatStyle style, std::vector<Issue>& issues) {
  if (!IsLiteralCall(call)) return;
  const std::vector<Expr*>& args = call.args[0]->args;
  auto count = static_cast<uint32_t>(args.size());
  ClauseReader reader(call.target->constant.string(), style, count);
  while (!reader.done()) {
    reader.ReadText();
    Result<std::optional<Clause>> clause = reader.ReadClause();
    if (!clause) {
      issues.push_back({call.target->span, clause.error().message, {}});
      return;
    }
    if (!*clause) break;
    VerbRule rule = RuleOf((*clause)->verb, style);
    const Expr* mistaken = FirstMistaken(*args[(*clause)->argument], rule, (*clause)->verb);
    if (mistaken == nullptr) continue;
    issues.push_back(
        {mistaken->span,
         "error during formatting: " + std::string(rule.text) + ", was given " + mistaken->type->name,
         "the clause is %" + std::string(1, (*clause)->verb)});
    return;
  }
  if (reader.used() < count) {
    issues.push_back({args[reader.used()]->span,
                      "too many arguments supplied to string.format (expected " +
                          std::to_string(reader.used()) + ", got " + std::to_string(count) + ")",
                      {}});
  }
}

}  // namespace guard::cel

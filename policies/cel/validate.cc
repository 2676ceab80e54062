// Tested by tests/unit/cel/validate_test.cc.
#include "policies/cel/validate.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "policies/cel/format_check.h"
#include "policies/cel/time.h"

namespace guard::cel {

namespace {

// What is wrong with a literal, or empty.
std::string DurationFault(const Value& literal) {
  int64_t seconds;
  int32_t nanos;
  if (!literal.is(Tag::kString) || ParseDuration(literal.string(), &seconds, &nanos)) return {};
  return "a duration is written like '1h30m' or '1.5s'";
}

std::string TimestampFault(const Value& literal) {
  int64_t seconds;
  int32_t nanos;
  if (literal.is(Tag::kInt) && (literal.integer < kFirstTimestamp || literal.integer > kLastTimestamp))
    return "a timestamp is between the years 1 and 9999";
  if (!literal.is(Tag::kString) || ParseTimestamp(literal.string(), &seconds, &nanos)) return {};
  return "a timestamp is written like '2023-12-24T18:00:00Z'";
}

std::string RegexFault(const Value& literal) {
  if (!literal.is(Tag::kString)) return {};
  RE2 regex(literal.string(), RE2::Quiet);
  return regex.ok() ? std::string() : "the regular expression has an error: " + regex.error();
}

struct LiteralRule {
  std::string_view function;
  size_t argument;  // counting the receiver
  std::string (*fault)(const Value& literal);
};

constexpr LiteralRule kLiteralRules[] = {
    {"duration", 0, DurationFault}, {"timestamp", 0, TimestampFault}, {"matches", 1, RegexFault},
    {"find", 1, RegexFault},        {"findAll", 1, RegexFault},
};

class Validator {
 public:
  explicit Validator(const Ast& ast) : ast_(ast) {}

  std::vector<Issue> Run() {
    for (const Expr& expr : ast_.nodes)
      if (expr.kind == ExprKind::kCall && expr.name == "format") MarkFormatted(expr);
    for (const Expr& expr : ast_.nodes) {
      if (expr.type == nullptr) continue;  // what a macro left behind
      if (expr.kind == ExprKind::kCall) CheckLiteral(expr);
      if (expr.kind == ExprKind::kCall && expr.name == "format")
        CheckFormat(expr, FormatStyle::kLocalised, issues_);
      if (expr.kind == ExprKind::kList && !formatted_.contains(&expr)) CheckElements(expr, 0, 1);
      if (expr.kind == ExprKind::kMap && !formatted_.contains(&expr)) {
        CheckElements(expr, 0, 2);
        CheckElements(expr, 1, 2);
      }
    }
    std::stable_sort(issues_.begin(), issues_.end(),
                     [](const Issue& a, const Issue& b) { return a.span.begin < b.span.begin; });
    return std::move(issues_);
  }

 private:
  // The lists and maps handed to format(), where mixed types are what one wants.
  void MarkFormatted(const Expr& call) {
    std::vector<const Expr*> open(call.args.begin(), call.args.end());
    while (!open.empty()) {
      const Expr* expr = open.back();
      open.pop_back();
      if (expr->kind != ExprKind::kList && expr->kind != ExprKind::kMap) continue;
      formatted_.insert(expr);
      open.insert(open.end(), expr->args.begin(), expr->args.end());
    }
  }

  void CheckLiteral(const Expr& call) {
    for (const LiteralRule& rule : kLiteralRules) {
      if (call.name != rule.function) continue;
      size_t index = rule.argument;
      if (call.target != nullptr && index-- == 0) continue;
      if (index >= call.args.size() || call.args[index]->kind != ExprKind::kConstant) continue;
      std::string fault = rule.fault(call.args[index]->constant);
      if (!fault.empty())
        issues_.push_back({call.args[index]->span, "invalid " + call.name + " argument", std::move(fault)});
    }
  }

  // Of a list's elements, or a map's keys (first 0) or values (first 1), whether all have the first one's
  // type.
  void CheckElements(const Expr& literal, size_t first, size_t stride) {
    const Type* wanted = nullptr;
    for (size_t i = first; i < literal.args.size(); i += stride) {
      const Type* type = literal.args[i]->type;
      const size_t entry = i / stride;
      const bool optional = entry < literal.optional.size() && literal.optional[entry];
      if (optional && first + 1 == stride && type->kind == TypeKind::kOptional) type = type->params[0];
      if (wanted == nullptr) wanted = type;
      if (Same(*wanted, *type)) continue;
      issues_.push_back({literal.args[i]->span,
                         "expected type '" + ToString(*wanted) + "' but found '" + ToString(*type) + "'",
                         "the elements of a literal have one type; dyn() does not change that"});
      if (stride == 1) break;
    }
  }

  const Ast& ast_;
  std::unordered_set<const Expr*> formatted_;
  std::vector<Issue> issues_;
};

}  // namespace

std::vector<Issue> Validate(const Ast& ast) { return Validator(ast).Run(); }

}  // namespace guard::cel

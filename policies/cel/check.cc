// The gradual type checker, after cel-spec ("Gradual Type Checking") and cel-go's checker: one function a
// kind of node.
//
// All mistakes are found in one pass: what is wrong gets the type !error!, which agrees with everything, so
// that one mistake is one issue. Tested by tests/unit/cel/check_test.cc.
#include <algorithm>

#include "policies/cel/checker.h"
#include "policies/cel/validate.h"

namespace guard::cel {

namespace {

// Longer names are not compared with what is declared.
constexpr size_t kLongestSuggestion = 64;

const Type* LiteralType(const Value& value) {
  switch (value.tag) {
    case Tag::kNull: return &kNullType;
    case Tag::kBool: return &kBoolType;
    case Tag::kInt: return &kIntType;
    case Tag::kUint: return &kUintType;
    case Tag::kDouble: return &kDoubleType;
    case Tag::kString: return &kStringType;
    case Tag::kBytes: return &kBytesType;
    default: return &kDynType;
  }
}

}  // namespace

Span NameSpan(const Expr* expr) { return expr->name_span.size() > 0 ? expr->name_span : expr->span; }

std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.empty() || name.size() > kLongestSuggestion) return {};
  // Nearest() wants two thirds of a name to agree, so most candidates are out by their length.
  std::vector<std::string_view> similar;
  for (std::string_view candidate : candidates)
    if (candidate.size() * 3 <= name.size() * 4 && name.size() * 2 <= candidate.size() * 3)
      similar.push_back(candidate);
  std::string_view nearest = Nearest(name, similar);
  return nearest.empty() ? std::string() : "did you mean '" + std::string(nearest) + "'?";
}

std::vector<Issue> Check(Ast& ast, const Environment& env, TypePool& scratch) {
  std::vector<Issue> issues = Checker(ast, env, scratch).Run();
  if (issues.empty() && env.dialect() == Dialect::kKubernetes) issues = Validate(ast);
  return issues;
}

std::vector<Issue> Checker::Run() {
  Visit(ast_.root);
  infer_.Finish();
  for (Expr& expr : ast_.nodes)
    if (expr.type != nullptr) expr.type = infer_.Resolve(expr.type, true);
  if (infer_.exhausted())
    issues_.push_back({ast_.root->span, "the expression's types are too complex to check", {}});
  auto place = [](const Issue& issue) { return std::pair(issue.span.begin, issue.span.end); };
  std::stable_sort(issues_.begin(), issues_.end(),
                   [&](const Issue& a, const Issue& b) { return place(a) < place(b); });
  // A macro may use an operand twice.
  auto same = [&](const Issue& a, const Issue& b) { return a.span == b.span && a.message == b.message; };
  issues_.erase(std::unique(issues_.begin(), issues_.end(), same), issues_.end());
  return std::move(issues_);
}

void Checker::Report(Span span, std::string message, std::string hint) {
  if (!Full()) issues_.push_back({span, std::move(message), std::move(hint)});
}

void Checker::Unknown(Span span, std::string_view name, const std::vector<std::string_view>& candidates) {
  std::string message = "undeclared reference to '" + std::string(name) + "'";
  if (!env_.container().empty()) message += " (in container '" + env_.container() + "')";
  Report(span, std::move(message), DidYouMean(name, candidates));
}

void Checker::Require(const Expr* expr, const Type* wanted) {
  if (infer_.Assign(expr->type, wanted)) return;
  Report(expr->span, "expected type '" + ToString(*infer_.Resolve(wanted, true)) + "' but found '" +
                         ToString(*infer_.Resolve(expr->type, true)) + "'");
}

void Checker::OnName(Expr* expr, const Type* type) {
  expr->type = expr->denoted != nullptr ? infer_.pool().TypeOf(type) : type;
}

// The unknown name is as much of the chain as resembles a declared one: variables.replcas, not `variables`.
void Checker::OnUnknown(std::span<Expr* const> chain) {
  const Expr* root = chain.back();
  chain.back()->type = &kErrorType;
  if (Full()) return;
  std::vector<std::string_view> names = env_.Names();
  const std::string space = root->name + ".";
  auto inside = [&](std::string_view name) { return name.starts_with(space); };
  if (chain.size() > 1 && std::any_of(names.begin(), names.end(), inside)) {
    const size_t longest = std::min<size_t>(chain.size(), env_.most_dots() + 1);
    std::string text = root->name + "." + chain[chain.size() - 2]->name, longer = text;
    Span span{root->span.begin, chain[chain.size() - 2]->span.end};
    for (size_t links = 3; links <= longest && DidYouMean(text, names).empty(); ++links) {
      const Expr* field = chain[chain.size() - links];
      longer += "." + field->name;
      if (!DidYouMean(longer, names).empty()) text = longer, span.end = field->span.end;
    }
    return Unknown(span, text, names);
  }
  for (const Local& local : locals_)
    if (!local.name.starts_with('@') && !local.name.starts_with('#')) names.push_back(local.name);
  Unknown(root->span, root->name, names);
}

void Checker::Finish(Expr* expr) {
  switch (expr->kind) {
    case ExprKind::kConstant: expr->type = LiteralType(expr->constant); break;
    case ExprKind::kIdent: break;  // OnName
    case ExprKind::kSelect: CheckSelect(expr); break;
    case ExprKind::kCall: CheckCall(expr); break;
    case ExprKind::kList: CheckList(expr); break;
    case ExprKind::kMap: CheckMap(expr); break;
    case ExprKind::kStruct: CheckStruct(expr); break;
    case ExprKind::kComprehension: CheckComprehension(expr); break;
  }
}

void Checker::CheckSelect(Expr* select) {
  const Type* field = FieldType(select, select->target->type, select->name, false);
  select->type = select->test_only ? &kBoolType : field;
}

const Type* Checker::FieldType(const Expr* at, const Type* operand, std::string_view field, bool optional) {
  const Type* target = infer_.Resolve(operand);
  if (target->kind == TypeKind::kOptional) target = infer_.Head(target->params[0]), optional = true;
  const Type* result = &kDynType;
  switch (target->kind) {
    case TypeKind::kMap: result = infer_.Resolve(target->params[1]); break;
    case TypeKind::kObject:
      if (auto found = target->fields.find(field); found != target->fields.end()) {
        result = found->second;
      } else if (!target->open) {
        std::vector<std::string_view> fields;
        fields.reserve(target->fields.size());
        for (const auto& [name, type] : target->fields) fields.push_back(name);
        Report(NameSpan(at), "undefined field '" + std::string(field) + "' of " + target->name,
               DidYouMean(field, fields));
        result = &kErrorType;
      }
      break;
    case TypeKind::kParam:
      infer_.Assign(&kDynType, target);
      break;  // it must not become something else later
    case TypeKind::kDyn:
    case TypeKind::kError: break;
    default: Report(NameSpan(at), "type '" + ToString(*target) + "' does not support field selection");
  }
  return optional ? infer_.pool().Optional(result) : result;
}

const Type* Checker::Join(const Type* before, const Type* next) {
  if (before == nullptr) return next;
  return infer_.Assign(before, next) ? MostGeneral(before, next) : &kDynType;
}

const Type* Checker::ElementType(Expr* element, bool optional) {
  Visit(element);
  const Type* type = element->type;
  if (!optional) return type;
  const Type* head = infer_.Head(type);
  if (head->kind == TypeKind::kOptional) return head->params[0];
  if (head->kind != TypeKind::kDyn && head->kind != TypeKind::kError)
    Require(element, infer_.pool().Optional(head));
  return type;
}

void Checker::CheckList(Expr* list) {
  const Type* element = nullptr;
  for (size_t i = 0; i < list->args.size(); ++i)
    element = Join(element, ElementType(list->args[i], i < list->optional.size() && list->optional[i]));
  list->type = infer_.pool().List(element != nullptr ? element : infer_.Fresh());
}

void Checker::CheckMap(Expr* map) {
  const Type *key = nullptr, *value = nullptr;
  for (size_t i = 0; i + 1 < map->args.size(); i += 2) {
    key = Join(key, ElementType(map->args[i], false));
    value = Join(value, ElementType(map->args[i + 1], i / 2 < map->optional.size() && map->optional[i / 2]));
  }
  if (key == nullptr) key = infer_.Fresh(), value = infer_.Fresh();
  map->type = infer_.pool().Map(key, value);
}

// No environment of ours declares message types: the error says which of the two mistakes it is.
void Checker::CheckStruct(Expr* construction) {
  construction->type = &kErrorType;
  for (Expr* value : construction->args) Visit(value);
  if (TypeNamed(construction->name) != nullptr)
    Report(NameSpan(construction), "'" + construction->name + "' is not a message type");
  else
    Unknown(NameSpan(construction), construction->name, env_.Names());
}

void Checker::CheckComprehension(Expr* fold) {
  const Type* range = infer_.Resolve(fold->iter_range->type);
  Visit(fold->accu_init);
  const bool pairs = !fold->iter_var2.empty();
  const Type *first = &kDynType, *second = &kDynType;
  switch (range->kind) {
    case TypeKind::kList:
      first = pairs ? &kIntType : range->params[0];
      second = range->params[0];
      break;
    case TypeKind::kMap: first = range->params[0], second = range->params[1]; break;
    case TypeKind::kObject: first = &kStringType; break;
    case TypeKind::kParam: infer_.Assign(&kDynType, range); break;  // it must not become something else later
    case TypeKind::kDyn:
    case TypeKind::kError: break;
    default:
      first = second = &kErrorType;
      Report(fold->iter_range->span, "expression of type '" + ToString(*infer_.Resolve(range, true)) +
                                         "' cannot be the range of a comprehension: that is a list or a map");
  }
  const Type* accumulator = fold->accu_init->type;
  const size_t outside = locals_.size();
  locals_.push_back({fold->accu_var, accumulator});
  locals_.push_back({fold->iter_var, first});
  if (pairs) locals_.push_back({fold->iter_var2, second});
  Visit(fold->loop_condition);
  Require(fold->loop_condition, &kBoolType);
  Visit(fold->loop_step);
  Require(fold->loop_step, accumulator);
  locals_.resize(outside + 1);
  Visit(fold->result);
  locals_.resize(outside);
  fold->type = infer_.Resolve(fold->result->type);
}

}  // namespace guard::cel

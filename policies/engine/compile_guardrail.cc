// The expressions and paths of a guardrail, checked against what its subject is known to look like.
//
// Tested by tests/unit/engine/load_test.cc and the cases below tests/golden/engine/load.
#include <algorithm>
#include <set>

#include "policies/engine/load.h"

namespace guard {

namespace {

using cel::Type;
using cel::TypeKind;

// The names that an expression takes from outside: comprehension variables are its own.
void FreeNames(const cel::Expr* expr, std::vector<std::string_view>& own, std::set<std::string_view>* names) {
  if (expr == nullptr) return;
  if (expr->kind == cel::ExprKind::kIdent) {
    if (std::find(own.begin(), own.end(), expr->name) == own.end()) names->insert(expr->name);
    return;
  }
  FreeNames(expr->target, own, names);
  for (const cel::Expr* arg : expr->args) FreeNames(arg, own, names);
  if (expr->kind != cel::ExprKind::kComprehension) return;
  FreeNames(expr->iter_range, own, names);
  FreeNames(expr->accu_init, own, names);
  size_t outside = own.size();
  own.push_back(expr->iter_var);
  own.push_back(expr->iter_var2);
  own.push_back(expr->accu_var);
  FreeNames(expr->loop_condition, own, names);
  FreeNames(expr->loop_step, own, names);
  FreeNames(expr->result, own, names);
  own.resize(outside);
}

// The fields that an expression may look at: whatever is selected, also optionally or by index.
void FieldHashes(const cel::Program& program, std::vector<uint32_t>* hashes) {
  if (!program) return;
  for (const cel::Expr& expr : program.ast().nodes) {
    if (expr.kind == cel::ExprKind::kSelect) hashes->push_back(KeyHash(expr.name));
    if (expr.kind == cel::ExprKind::kConstant && expr.constant.is(cel::Tag::kString))
      hashes->push_back(KeyHash(expr.constant.string()));
  }
}

bool IsIdentifier(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

class Compilation {
 public:
  Compilation(const ExpressionNodes& nodes, const Source& source, const SubjectEnvironments::Kind& kind,
              Guardrail* guardrail, Errors* errors)
      : nodes_(nodes), source_(source), kind_(kind), guardrail_(*guardrail), errors_(errors) {
    guardrail_.environment = std::make_unique<cel::Environment>(*kind.environment, nullptr);
    env_ = guardrail_.environment.get();
  }

  void Run() {
    CheckNames();
    PutVariablesInOrder();
    // What can be known before there is an item, then the item, then the rest.
    CompileVariables(/*of_item=*/false);
    if (nodes_.when) guardrail_.when = Compile(nodes_.when, "when", &cel::kBoolType);
    item_type_ = kind_.subject_type;
    if (nodes_.each) {
      if (EachIsBeforeItems()) guardrail_.each = Compile(nodes_.each, "each", nullptr);
      item_type_ = TypeOfItem();
      guardrail_.it_slot = env_->Declare("it", item_type_);
      CompileVariables(/*of_item=*/true);
    }
    if (nodes_.require) guardrail_.require = Compile(nodes_.require, "require", &cel::kBoolType);
    CollectFields();
    if (nodes_.message) guardrail_.message_expression = Compile(nodes_.message, "message", &cel::kStringType);
    if (nodes_.at) CompileAt();
    for (size_t i = 0; i < nodes_.fix.size(); ++i) CompileFixStep(nodes_.fix[i], guardrail_.fix[i]);
  }

 private:
  void CollectFields() {
    std::vector<uint32_t>* hashes = &guardrail_.field_hashes;
    FieldHashes(guardrail_.when, hashes);
    FieldHashes(guardrail_.each, hashes);
    FieldHashes(guardrail_.require, hashes);
    for (const GuardrailVariable& variable : guardrail_.variables) FieldHashes(variable.program, hashes);
    std::sort(hashes->begin(), hashes->end());
    hashes->erase(std::unique(hashes->begin(), hashes->end()), hashes->end());
  }

  void Fail(Span span, std::string message, std::string hint = {}) {
    errors_->push_back(source_.ErrorAt(span, std::move(message), std::move(hint)));
  }

  cel::Program Compile(const Node* node, const std::string& what, const Type* expected) {
    if (!node->is_string()) {
      Fail(node->span, what + " must be a CEL expression in a string", "put it in quotes");
      return {};
    }
    cel::CompileOptions options;
    options.expected_result = expected;
    auto program = cel::Compile(node->string(), *env_, options);
    if (program) return std::move(*program);
    for (const cel::Issue& issue : program.error()) {
      Span span{SourceOffset(source_, *node, issue.span.begin), SourceOffset(source_, *node, issue.span.end)};
      span.end = std::max(span.end, std::min(span.begin + 1, node->span.end));
      Fail(span, what + ": " + issue.message, issue.hint);
    }
    return {};
  }

  // Variables whose name cannot be theirs are told here and left out of everything else.
  void CheckNames() {
    std::set<std::string_view> seen = {"it", "item", "object", "variables"};
    for (const ExpressionNodes::Named& variable : nodes_.variables) {
      std::string_view name = variable.name->string();
      uint32_t slot = 0;
      if (!IsIdentifier(name))
        Fail(variable.name->span, "'" + std::string(name) + "' cannot be a variable's name");
      else if (!seen.insert(name).second || env_->FindVariable(name, &slot))
        Fail(variable.name->span, "there is a '" + std::string(name) + "' already");
      else
        variables_.push_back(variable);
    }
  }

  std::set<std::string_view> NamesIn(const Node* expression) const {
    std::set<std::string_view> names;
    auto ast = cel::Parse(expression->string(), env_->parse_options());
    if (!ast) return names;  // told when it is compiled
    std::vector<std::string_view> own;
    std::set<std::string_view> free;
    FreeNames((*ast)->root, own, &free);
    // The tree goes away; the names of variables stay.
    for (const ExpressionNodes::Named& variable : variables_)
      if (free.contains(variable.name->string())) names.insert(variable.name->string());
    if (free.contains("it")) names.insert("it");
    return names;
  }

  // Each variable after those it refers to, whatever the order in the file.
  void PutVariablesInOrder() {
    size_t count = variables_.size();
    for (const ExpressionNodes::Named& variable : variables_) used_.push_back(NamesIn(variable.expression));
    of_item_.assign(count, false);
    cyclic_.assign(count, false);
    std::vector<int> state(count, 0);  // 1: on the way, 2: done
    for (size_t i = 0; i < count; ++i) Visit(i, state);
  }

  void Visit(size_t i, std::vector<int>& state) {
    if (state[i] != 0) return;
    state[i] = 1;
    of_item_[i] = used_[i].contains("it") && nodes_.each;
    for (size_t k = 0; k < variables_.size(); ++k) {
      if (!used_[i].contains(variables_[k].name->string())) continue;
      if (state[k] == 1) {
        cyclic_[i] = true;
        Fail(variables_[i].name->span, "the variable '" + std::string(variables_[i].name->string()) +
                                           "' depends on itself through '" +
                                           std::string(variables_[k].name->string()) + "'");
        continue;
      }
      Visit(k, state);
      if (of_item_[k]) of_item_[i] = true;
    }
    order_.push_back(i);
    state[i] = 2;
  }

  void CompileVariables(bool of_item) {
    for (size_t i : order_) {
      if (of_item_[i] != of_item) continue;
      const ExpressionNodes::Named& named = variables_[i];
      GuardrailVariable variable;
      variable.name = named.name->string();
      variable.of_item = of_item;
      if (!cyclic_[i])
        variable.program = Compile(named.expression, "variable '" + variable.name + "'", nullptr);
      variable.slot =
          env_->Declare(variable.name, variable.program ? variable.program.result_type() : &cel::kErrorType);
      guardrail_.variables.push_back(std::move(variable));
    }
  }

  // `each` comes before there is an item.
  bool EachIsBeforeItems() {
    std::set<std::string_view> names = NamesIn(nodes_.each);
    for (size_t i = 0; i < variables_.size(); ++i) {
      std::string name(variables_[i].name->string());
      if (!of_item_[i] || !names.contains(name)) continue;
      Fail(nodes_.each->span, "each cannot use '" + name + "', which depends on `it`");
      return false;
    }
    return true;
  }

  const Type* TypeOfItem() {
    if (!guardrail_.each) return &cel::kErrorType;
    const Type* type = guardrail_.each.result_type();
    switch (type->kind) {
      case TypeKind::kDyn:
      case TypeKind::kError: return type;
      case TypeKind::kList: return type->params[0];
      case TypeKind::kMap: {
        Type* entry = env_->types().Object("entry");
        entry->fields = {{"key", type->params[0]}, {"value", type->params[1]}};
        return entry;
      }
      default:
        Fail(nodes_.each->span, "each must be a list or a map, and is of type " + ToString(*type));
        return &cel::kErrorType;
    }
  }

  // Follows a path through the types as far as they are known.
  void CheckPath(const Node& node, const NodePath& path, const Type* type) {
    for (const NodePathStep& step : path) {
      if (type->kind == TypeKind::kList) type = type->params[0];  // an index, or every item
      if (step.index) continue;
      if (type->kind == TypeKind::kMap) {
        type = type->params[1];
        continue;
      }
      if (type->kind == TypeKind::kDyn || type->kind == TypeKind::kError) return;
      auto field = type->fields.find(step.key);
      if (type->kind == TypeKind::kObject && field != type->fields.end()) {
        type = field->second;
        continue;
      }
      if (type->open) return;
      std::vector<std::string_view> fields;
      for (const auto& [name, unused] : type->fields) fields.push_back(name);
      Fail(node.span, "there is no '" + step.key + "' in " + ToString(*type), DidYouMean(step.key, fields));
      return;
    }
  }

  void CompileAt() {
    std::optional<NodePath> path;
    if (nodes_.at->is_string()) path = ParseNodePath(nodes_.at->string());
    if (!path) return Fail(nodes_.at->span, "'at' must be a path", "write it as securityContext.privileged");
    guardrail_.at = nodes_.at->string();
    CheckPath(*nodes_.at, *path, item_type_);
    guardrail_.at_steps = std::move(*path);
  }

  void CompileFixStep(const ExpressionNodes::Fix& nodes, FixStep& step) {
    std::string_view text = step.path;
    std::string_view subject = ToString(guardrail_.subject);
    bool whole = text == subject;
    if (whole ||
        (text.starts_with(subject) && (text[subject.size()] == '.' || text[subject.size()] == '['))) {
      step.from_subject = true;
      text.remove_prefix(whole ? subject.size() : subject.size() + (text[subject.size()] == '.'));
    }
    std::optional<NodePath> path = ParseNodePath(text);
    if (!path) return Fail(nodes.path->span, "'" + step.path + "' is no path");
    if (path->empty() && (step.op != FixStep::Op::kRemove || step.from_subject || !nodes_.each))
      return Fail(nodes.path->span, "this cannot be changed as a whole",
                  "'.' is for removing an item of each");
    CheckPath(*nodes.path, *path, step.from_subject ? kind_.subject_type : item_type_);
    step.steps = std::move(*path);
    if (nodes.where) {
      if (guardrail_.item_slot == 0) guardrail_.item_slot = env_->Declare("item", &cel::kDynType);
      step.where = Compile(nodes.where, "where", &cel::kBoolType);
    }
    if (nodes.expression) step.value_expression = Compile(nodes.expression, "expression", nullptr);
  }

  const ExpressionNodes& nodes_;
  const Source& source_;
  const SubjectEnvironments::Kind& kind_;
  Guardrail& guardrail_;
  Errors* errors_;
  cel::Environment* env_ = nullptr;
  const Type* item_type_ = nullptr;
  std::vector<ExpressionNodes::Named> variables_;
  std::vector<std::set<std::string_view>> used_;
  std::vector<bool> of_item_, cyclic_;
  std::vector<size_t> order_;
};

}  // namespace

void CompileGuardrail(const ExpressionNodes& nodes, const Source& source,
                      const SubjectEnvironments::Kind& kind, Guardrail* guardrail, Errors* errors) {
  Compilation(nodes, source, kind, guardrail, errors).Run();
}

}  // namespace guard

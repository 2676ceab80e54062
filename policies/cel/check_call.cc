// Calls: which overloads they may mean, and what to say when there are none.
// Tested by tests/unit/cel/check_test.cc.
#include <algorithm>
#include <tuple>

#include "policies/cel/checker.h"

namespace guard::cel {

namespace {

constexpr size_t kMostSignatures = 4;

// What cannot match whatever inference says; spares most overloads of an operator the instantiation.
bool MayMatch(const Type* argument, const Type* parameter) {
  if (argument->kind == parameter->kind)
    return argument->kind != TypeKind::kOpaque || argument->name == parameter->name;
  auto flexible = [](const Type* type) {
    switch (type->kind) {
      case TypeKind::kDyn:
      case TypeKind::kError:
      case TypeKind::kParam:
      case TypeKind::kNull:
      case TypeKind::kObject: return true;
      default: return false;
    }
  };
  return flexible(argument) || flexible(parameter);
}

// What macros call, by what people write.
constexpr std::pair<std::string_view, std::string_view> kMacroFunctions[] = {
    {"math.@max", "math.greatest"},
    {"math.@min", "math.least"},
    {"@sortByAssociatedKeys", "sortBy"},
    {"cel.@mapInsert", "transformMapEntry"},
};

std::string_view WrittenName(std::string_view function) {
  for (const auto& [called, written] : kMacroFunctions)
    if (function == called) return written;
  return function;
}

std::string Arguments(const std::vector<const Type*>& types, bool receiver) {
  std::string out;
  for (size_t i = receiver ? 1 : 0; i < types.size(); ++i) {
    if (!out.empty()) out += ", ";
    out += ToString(*types[i]);
  }
  out = "(" + out + ")";
  return receiver && !types.empty() ? ToString(*types[0]) + "." + out : out;
}

std::string Signature(const Overload& overload) {
  std::string out;
  bool is_operator = !overload.function.empty() && overload.function.find_first_of("_@!") == 0;
  if (!overload.receiver && !is_operator) out = WrittenName(overload.function);
  out += Arguments(overload.params, overload.receiver);
  if (overload.receiver) out.insert(out.find(".(") + 1, WrittenName(overload.function));
  return out + " -> " + ToString(*overload.result);
}

}  // namespace

void Checker::CheckCall(Expr* call) {
  if (call->name == "_?._") return CheckOptionalSelect(call);
  if (call->name == "_&&_" || call->name == "_||_") return CheckLogic(call);
  for (size_t i = call->target == nullptr ? 1 : 0; i < call->args.size(); ++i) Visit(call->args[i]);
  std::string_view function = call->name;
  if (call->target != nullptr && !env_.HasFunction(function)) {
    // A method is looked for in the container too, as any function is.
    if (std::string qualified = FunctionName(function); !qualified.empty()) call->name = std::move(qualified);
    function = call->name;
  }
  arguments_.clear();
  if (call->target != nullptr) arguments_.push_back(call->target->type);
  for (const Expr* argument : call->args) arguments_.push_back(argument->type);
  call->type = &kErrorType;
  if (!env_.HasFunction(function)) return UnknownFunction(call, function);
  if (function == "_?_:_" && call->args.size() == 3 && !infer_.Assign(arguments_[0], &kBoolType))
    return Require(call->args[0], &kBoolType);  // says it better than all three types would
  ResolveOverload(call, function);
}

// a.?b. The field is a constant, so it is as well known as that of a.b.
void Checker::CheckOptionalSelect(Expr* call) {
  for (size_t i = 1; i < call->args.size(); ++i) Visit(call->args[i]);
  call->type = &kErrorType;
  if (call->args.size() != 2 || !call->args[1]->constant.is(Tag::kString))
    return Report(call->span, "an optional selection needs a field's name");
  call->overloads = env_.FindFunction(call->name);
  call->type = FieldType(call->args[1], call->args[0]->type, call->args[1]->constant.string(), true);
}

void Checker::CheckLogic(Expr* call) {
  for (size_t i = 1; i < call->args.size(); ++i) Visit(call->args[i]);
  for (const Expr* argument : call->args) Require(argument, &kBoolType);
  call->overloads = env_.FindFunction(call->name);
  call->type = &kBoolType;
}

bool Checker::Matches(const Overload& overload, const Type** result) {
  if (overload.params.size() != arguments_.size()) return false;
  bool generic = overload.result->generic;
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (!MayMatch(infer_.Head(arguments_[i]), overload.params[i])) return false;
    generic = generic || overload.params[i]->generic;
  }
  if (!generic) {
    *result = overload.result;
    return infer_.Assign(arguments_, overload.params);
  }
  Inference::Frame frame;
  parameters_.clear();
  for (const Type* parameter : overload.params) parameters_.push_back(infer_.Instantiate(parameter, frame));
  if (!infer_.Assign(arguments_, parameters_)) return false;
  *result = infer_.Resolve(infer_.Instantiate(overload.result, frame));
  return true;
}

// Every overload that may apply is kept for the evaluation to choose from; results that differ leave dyn.
void Checker::ResolveOverload(Expr* call, std::string_view function) {
  const Type* type = nullptr;
  env_.EachOverload(function, [&](const Overload& overload) {
    const Type* result = nullptr;
    if (overload.receiver != (call->target != nullptr) || !Matches(overload, &result)) return;
    call->overloads.push_back(&overload);
    if (type == nullptr)
      type = result;
    else if (type->kind != TypeKind::kDyn && !Same(*type, *result))
      type = &kDynType;
  });
  if (type != nullptr)
    call->type = type;
  else
    NoOverload(call, function);
}

void Checker::UnknownFunction(const Expr* call, std::string_view function) {
  if (Full()) return;
  std::vector<std::string_view> names = env_.FunctionNames();
  std::erase_if(names, [](std::string_view name) {
    return name.find_first_of("@_!") == 0 || name.find(".@") != name.npos;
  });
  // math.gretest(1): one mistake, not an unknown variable `math` and an unknown method besides.
  const Expr* target = call->target;
  if (target != nullptr && target->kind == ExprKind::kIdent && target->type == &kErrorType) {
    std::string whole = target->name + "." + std::string(function);
    if (!DidYouMean(whole, names).empty()) {
      std::erase_if(issues_, [&](const Issue& issue) { return issue.span == target->span; });
      return Unknown({target->span.begin, NameSpan(call).end}, whole, names);
    }
  }
  Unknown(NameSpan(call), function, names);
}

void Checker::NoOverload(const Expr* call, std::string_view function) {
  if (Full()) return;
  for (const Type*& argument : arguments_) argument = infer_.Resolve(argument, true);
  const bool receiver = call->target != nullptr;
  Report(call->span,
         "found no matching overload for '" + std::string(WrittenName(function)) + "' applied to '" +
             Arguments(arguments_, receiver) + "'",
         Signatures(function, receiver));
}

// Those nearest to the call first.
std::string Checker::Signatures(std::string_view function, bool receiver) const {
  std::vector<const Overload*> overloads = env_.FindFunction(function);
  auto distance = [&](const Overload* overload) {
    size_t fitting = 0;
    for (size_t i = 0; i < std::min(arguments_.size(), overload->params.size()); ++i)
      fitting += MayMatch(arguments_[i], overload->params[i]) ? 1 : 0;
    return std::tuple(overload->receiver != receiver, overload->params.size() != arguments_.size(),
                      arguments_.size() - fitting);
  };
  std::stable_sort(overloads.begin(), overloads.end(),
                   [&](const Overload* a, const Overload* b) { return distance(a) < distance(b); });
  std::string out;
  for (size_t i = 0; i < overloads.size() && i < kMostSignatures; ++i)
    out += (i == 0 ? "it takes " : ", ") + Signature(*overloads[i]);
  if (overloads.size() > kMostSignatures) out += ", ...";
  return out;
}

}  // namespace guard::cel

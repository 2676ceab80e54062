// What an expression may name, and what each dialect starts with.
// Tested by tests/unit/cel/environment_test.cc.
#include "policies/cel/environment.h"

#include <algorithm>

namespace guard::cel {

namespace {

using Family = void (*)(Environment&);

constexpr Family kStandardFamilies[] = {
    RegisterStandard, RegisterTime, RegisterOptionals, RegisterStrings, RegisterMath,
    RegisterLists,    RegisterSets, RegisterEncoders,  RegisterRegex,   RegisterNetwork,
};

// k8s.io/apiserver pkg/cel/environment/base.go, all that the newest version has.
constexpr Family kKubernetesFamilies[] = {
    RegisterStandard,
    RegisterTime,
    RegisterOptionals,
    RegisterStrings,
    RegisterLists,
    RegisterSets,
    RegisterKubernetesLists,
    RegisterKubernetesRegex,
    RegisterKubernetesUrl,
    RegisterKubernetesQuantity,
    RegisterKubernetesIpCidr,
    RegisterKubernetesFormat,
    RegisterKubernetesSemver,
    RegisterKubernetesAuthz,
};

// The names of the language's own types.
void AddTypeNames(Environment& env) {
  for (const Type* type : {&kBoolType, &kIntType, &kUintType, &kDoubleType, &kStringType, &kBytesType,
                           &kNullType, &kTimestampType, &kDurationType})
    env.AddType(type->name, type);
  env.AddType("list", env.types().List(&kDynType));
  env.AddType("map", env.types().Map(&kDynType, &kDynType));
  env.AddType("optional_type", env.types().Optional(&kDynType));
  env.AddType("type", env.types().TypeOf(&kDynType));
}

}  // namespace

Environment::Environment(Dialect dialect) : dialect_(dialect) {
  AddTypeNames(*this);
  if (dialect == Dialect::kStandard) {
    for (Family family : kStandardFamilies) family(*this);
  } else {
    for (Family family : kKubernetesFamilies) family(*this);
  }
}

Environment::Environment(const Environment& parent, std::nullptr_t)
    : dialect_(parent.dialect_),
      parent_(&parent),
      types_(&parent.types_),
      container_(parent.container_),
      first_slot_(parent.slot_count()),
      most_dots_(parent.most_dots_) {}

void Environment::NoteName(std::string_view name) {
  most_dots_ = std::max(most_dots_, static_cast<uint32_t>(std::count(name.begin(), name.end(), '.')));
}

uint32_t Environment::Declare(std::string_view name, const Type* type) {
  uint32_t slot = slot_count();
  variables_.push_back({std::string(name), type});
  variable_slots_.insert_or_assign(std::string(name), slot);
  NoteName(name);
  return slot;
}

void Environment::Add(Overload overload) {
  NoteName(overload.function);
  const Overload& kept = overloads_.emplace_back(std::move(overload));
  functions_[kept.function].push_back(&kept);
}

void Environment::AddType(std::string_view name, const Type* type) {
  NoteName(name);
  type_names_.insert_or_assign(std::string(name), type);
}

void Environment::AddConstant(std::string_view name, Value value) {
  NoteName(name);
  constants_.insert_or_assign(std::string(name), value);
}

ParseOptions Environment::parse_options() const {
  ParseOptions options;
  // Kubernetes compiles with neither cel-go's bindings and math nor its quoted field names.
  bool standard = dialect_ == Dialect::kStandard;
  options.bind_macro = options.block_macro = options.math_macros = options.quoted_fields = standard;
  return options;
}

const Variable* Environment::FindVariable(std::string_view name, uint32_t* slot) const {
  for (const Environment* env = this; env != nullptr; env = env->parent_) {
    auto found = env->variable_slots_.find(name);
    if (found == env->variable_slots_.end()) continue;
    if (slot != nullptr) *slot = found->second;
    return &env->variables_[found->second - env->first_slot_];
  }
  return nullptr;
}

const Type* Environment::FindType(std::string_view name) const {
  for (const Environment* env = this; env != nullptr; env = env->parent_)
    if (auto found = env->type_names_.find(name); found != env->type_names_.end()) return found->second;
  return nullptr;
}

const Value* Environment::FindConstant(std::string_view name) const {
  for (const Environment* env = this; env != nullptr; env = env->parent_)
    if (auto found = env->constants_.find(name); found != env->constants_.end()) return &found->second;
  return nullptr;
}

bool Environment::HasFunction(std::string_view name) const {
  for (const Environment* env = this; env != nullptr; env = env->parent_)
    if (env->functions_.contains(name)) return true;
  return false;
}

std::vector<const Overload*> Environment::FindFunction(std::string_view name) const {
  std::vector<const Overload*> found;
  EachOverload(name, [&](const Overload& overload) { found.push_back(&overload); });
  return found;
}

std::vector<std::string_view> Environment::Names() const {
  std::vector<std::string_view> names;
  for (const Environment* env = this; env != nullptr; env = env->parent_) {
    for (const auto& [name, slot] : env->variable_slots_) names.push_back(name);
    for (const auto& [name, type] : env->type_names_) names.push_back(name);
    for (const auto& [name, value] : env->constants_) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string_view> Environment::FunctionNames() const {
  std::vector<std::string_view> names;
  for (const Environment* env = this; env != nullptr; env = env->parent_)
    for (const auto& [name, overloads] : env->functions_) names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace guard::cel

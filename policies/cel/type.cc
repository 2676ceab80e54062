// The types everyone shares, interning of the composed ones, and how types read in messages.
// Tested by tests/unit/cel/type_test.cc.
#include "policies/cel/type.h"

#include <functional>

namespace guard::cel {

const Type kDynType{TypeKind::kDyn, "dyn"};
const Type kNullType{TypeKind::kNull, "null_type"};
const Type kBoolType{TypeKind::kBool, "bool"};
const Type kIntType{TypeKind::kInt, "int"};
const Type kUintType{TypeKind::kUint, "uint"};
const Type kDoubleType{TypeKind::kDouble, "double"};
const Type kStringType{TypeKind::kString, "string"};
const Type kBytesType{TypeKind::kBytes, "bytes"};
const Type kTimestampType{TypeKind::kTimestamp, "google.protobuf.Timestamp"};
const Type kDurationType{TypeKind::kDuration, "google.protobuf.Duration"};
const Type kErrorType{TypeKind::kError, "!error!"};

namespace {

// A type is printed for a person; a hostile expression can make one whose text would be exponential.
constexpr size_t kLongestText = 400;

Type Compose(TypeKind kind, std::string_view name, std::vector<const Type*> params) {
  Type type{kind, std::string(name), std::move(params)};
  for (const Type* param : type.params) type.generic = type.generic || param->generic;
  return type;
}

void Append(std::string& out, const Type& type) {
  if (out.size() > kLongestText) return;
  switch (type.kind) {
    case TypeKind::kNull: out += "null"; return;
    case TypeKind::kTimestamp: out += "timestamp"; return;
    case TypeKind::kDuration: out += "duration"; return;
    default: out += type.name;
  }
  if (type.params.empty()) return;
  out += '(';
  for (size_t i = 0; i < type.params.size(); ++i) {
    if (i > 0) out += ", ";
    Append(out, *type.params[i]);
  }
  out += ')';
}

}  // namespace

bool Same(const Type& a, const Type& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.variable != b.variable || a.params.size() != b.params.size() || a.name != b.name)
    return false;
  for (size_t i = 0; i < a.params.size(); ++i)
    if (!Same(*a.params[i], *b.params[i])) return false;
  return true;
}

std::string ToString(const Type& type) {
  std::string out;
  Append(out, type);
  if (out.size() > kLongestText) out.resize(kLongestText), out += "...";
  return out;
}

size_t TypePool::Hash::operator()(const Type* type) const {
  size_t hash = std::hash<std::string_view>()(type->name) + static_cast<size_t>(type->kind) + type->variable;
  for (const Type* param : type->params) hash = hash * 1099511628211u + std::hash<const void*>()(param);
  return hash;
}

// Parameters are compared as pointers: they are interned already.
bool TypePool::Equal::operator()(const Type* a, const Type* b) const {
  return a->kind == b->kind && a->variable == b->variable && a->name == b->name && a->params == b->params;
}

const Type* TypePool::Find(const Type& type) const {
  for (const TypePool* pool = this; pool != nullptr; pool = pool->parent_)
    if (auto found = pool->interned_.find(&type); found != pool->interned_.end()) return *found;
  return nullptr;
}

const Type* TypePool::Intern(Type type) {
  if (const Type* found = Find(type)) return found;
  const Type* made = &all_.emplace_back(std::move(type));
  interned_.insert(made);
  return made;
}

const Type* TypePool::List(const Type* element) {
  return Intern(Compose(TypeKind::kList, "list", {element}));
}

const Type* TypePool::Map(const Type* key, const Type* value) {
  return Intern(Compose(TypeKind::kMap, "map", {key, value}));
}

const Type* TypePool::TypeOf(const Type* denoted) {
  return Intern(Compose(TypeKind::kType, "type", {denoted}));
}

const Type* TypePool::Optional(const Type* value) {
  return Intern(Compose(TypeKind::kOptional, "optional_type", {value}));
}

const Type* TypePool::Opaque(std::string_view name, std::vector<const Type*> params) {
  return Intern(Compose(TypeKind::kOpaque, name, std::move(params)));
}

const Type* TypePool::Param(std::string_view name) {
  Type type{TypeKind::kParam, std::string(name)};
  type.generic = true;
  return Intern(std::move(type));
}

const Type* TypePool::Variable(uint32_t number) {
  Type type{TypeKind::kParam, "dyn"};
  type.generic = true;
  type.variable = number;
  return Intern(std::move(type));
}

Type* TypePool::Object(std::string_view name, bool open) {
  Type& type = all_.emplace_back(Type{TypeKind::kObject, std::string(name)});
  type.open = open;
  return &type;
}

}  // namespace guard::cel

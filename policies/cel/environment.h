// An Environment is what an expression may name: variables, functions, types, and the rules it is compiled
// under.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policies/cel/function.h"
#include "policies/cel/parser.h"
#include "policies/cel/type.h"

namespace guard::cel {

enum class Dialect : uint8_t {
  kStandard,    // the language with all extensions; what the conformance corpus uses
  kKubernetes,  // exactly what Kubernetes compiles policies with, with its load-time validators
};

struct Variable {
  std::string name;  // may be qualified: "variables.replicas"
  const Type* type;
};

// Immutable once shared: programs compiled from it and environments derived from it refer to it, so it
// outlives them. Safe to read from many threads.
class Environment {
 public:
  // An environment with the dialect's own functions and types.
  explicit Environment(Dialect dialect);
  // One that sees everything `parent` has (slots included) and adds to it.
  explicit Environment(const Environment& parent, std::nullptr_t);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Adds a variable and gives its slot: the index to bind it under in an Evaluation. Slots count from 0
  // through the parents.
  uint32_t Declare(std::string_view name, const Type* type);
  void Add(Overload overload);
  void AddType(std::string_view name, const Type* type);  // a name that denotes a type: int, net.IP
  void AddConstant(std::string_view name, Value value);   // an enum or named constant
  void set_container(std::string container) { container_ = std::move(container); }

  Dialect dialect() const { return dialect_; }
  const std::string& container() const { return container_; }
  ParseOptions parse_options() const;
  TypePool& types() { return *types_; }
  const TypePool& types() const { return *types_; }
  uint32_t slot_count() const;

  // nullptr when there is none. Looks through the parents.
  const Variable* FindVariable(std::string_view name, uint32_t* slot) const;
  const Type* FindType(std::string_view name) const;
  const Value* FindConstant(std::string_view name) const;
  // All overloads of a function, this environment's and the parents'.
  std::vector<const Overload*> FindFunction(std::string_view name) const;
  // Every name an error message may suggest.
  std::vector<std::string_view> Names() const;

 private:
  Dialect dialect_;
  const Environment* parent_ = nullptr;
  std::shared_ptr<TypePool> types_;
  std::string container_;
  std::vector<Variable> variables_;
  std::map<std::string, std::vector<std::unique_ptr<Overload>>, std::less<>> functions_;
  std::map<std::string, const Type*, std::less<>> type_names_;
  std::map<std::string, Value, std::less<>> constants_;
};

// Type-checks and annotates a tree in place; all issues found, none when it is sound. In the Kubernetes
// dialect the load-time validators run too (literal durations, timestamps and regular expressions;
// homogeneous aggregates).
std::vector<Issue> Check(Ast& ast, const Environment& env, TypePool& scratch);

}  // namespace guard::cel

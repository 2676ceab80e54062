// An Environment is what an expression may name: variables, functions, types, and the rules it is compiled
// under.
#pragma once

#include <cstddef>
#include <deque>
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
  TypePool& types() { return types_; }
  const TypePool& types() const { return types_; }
  uint32_t slot_count() const { return first_slot_ + static_cast<uint32_t>(variables_.size()); }

  // nullptr when there is none. Looks through the parents.
  const Variable* FindVariable(std::string_view name, uint32_t* slot) const;
  const Type* FindType(std::string_view name) const;
  const Value* FindConstant(std::string_view name) const;
  bool HasFunction(std::string_view name) const;
  // All overloads of a function, the parents' first.
  std::vector<const Overload*> FindFunction(std::string_view name) const;
  // The same without a copy.
  template <class Visit>
  void EachOverload(std::string_view name, const Visit& visit) const {
    if (parent_ != nullptr) parent_->EachOverload(name, visit);
    if (auto found = functions_.find(name); found != functions_.end())
      for (const Overload* overload : found->second) visit(*overload);
  }
  // Every name an error message may suggest: the variables, types and constants, or the functions.
  std::vector<std::string_view> Names() const;
  std::vector<std::string_view> FunctionNames() const;
  // The most dots in a declared name, so that a.a.a.a... is looked up no further than names can reach.
  uint32_t most_dots() const { return most_dots_; }

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class T>
  using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

  void NoteName(std::string_view name);

  Dialect dialect_;
  const Environment* parent_ = nullptr;
  TypePool types_;
  std::string container_;
  uint32_t first_slot_ = 0;
  uint32_t most_dots_ = 0;
  std::deque<Variable> variables_;
  ByName<uint32_t> variable_slots_;
  std::deque<Overload> overloads_;
  ByName<std::vector<const Overload*>> functions_;
  ByName<const Type*> type_names_;
  ByName<Value> constants_;
};

// Type-checks and annotates a tree in place; all issues found, none when it is sound. In the Kubernetes
// dialect the load-time validators run too (literal durations, timestamps and regular expressions;
// homogeneous aggregates).
//
// What names stand for, after Check and after ResolveNames:
//   an identifier or selection with is_variable     the variable `resolved` of the environment
//   ... with `denoted`                              a type as a value
//   ... with `resolved` and neither of those        the constant `resolved`
//   an identifier with none of them                 a comprehension's variable (or, not checked, nothing at
//   all) any other selection                             a field of its target a call of a declared function
//   a.b.f(x)          function "a.b.f" with no target
std::vector<Issue> Check(Ast& ast, const Environment& env, TypePool& scratch);

// The part of Check that a program which is not checked needs too: what names stand for. What is unknown
// stays as it is, to fail when it is evaluated.
void ResolveNames(Ast& ast, const Environment& env);

}  // namespace guard::cel

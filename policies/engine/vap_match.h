// Which requests a policy or a binding is about: MatchResources, as the API server reads and asks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policies/engine/fields.h"
#include "policies/engine/vap_attributes.h"

namespace guard {

struct LabelRequirement {
  enum class Operator : uint8_t { kIn, kNotIn, kExists, kDoesNotExist };
  std::string key;
  Operator op = Operator::kIn;
  std::vector<std::string> values;

  bool Matches(const Node* labels) const;
};

// All must hold; none: everything matches.
struct LabelSelector {
  std::vector<LabelRequirement> requirements;
  Span span;  // in its file; empty when it was not written

  bool empty() const { return requirements.empty(); }
  // `labels` may be nullptr: no labels.
  bool Matches(const Node* labels) const;
};

struct ResourceRule {
  enum class Scope : uint8_t { kAll, kNamespaced, kCluster };
  struct Resource {
    std::string name, subresource;  // "*" for any; an empty subresource is the resource itself
  };
  std::vector<std::string> groups, versions;  // "*" for any
  std::vector<Resource> resources;
  std::vector<std::string> names;  // of objects; none: any
  uint8_t operations = 0;          // a bit each
  Scope scope = Scope::kAll;
};

struct MatchResources {
  std::vector<ResourceRule> rules;  // none: everything
  std::vector<ResourceRule> excluded;
  LabelSelector namespaces, objects;
  bool equivalent = true;  // other versions and former groups of a resource match too
};

LabelSelector ReadLabelSelector(const Node& node, const Source& source, std::string what, Errors* errors);
MatchResources ReadMatchResources(const Node& node, const Source& source, std::string what, Errors* errors);

// Finds the Namespace object of a name; nullptr when there is none.
class NamespaceLookup {
 public:
  virtual ~NamespaceLookup() = default;
  virtual const Node* FindNamespace(std::string_view name) const = 0;
};

struct Matched {
  bool matches = false;
  ApiName kind, resource;  // as the rule has them
  // The rule is about another version of the object, whose shape differs.
  bool needs_conversion = false;
  // It cannot be known whether it matches: why. `matches` is true then.
  std::string_view error;
};
Matched Match(const MatchResources& match, const AdmissionAttributes& request,
              const NamespaceLookup& namespaces);

// Kinds that the API server never asks policies about: those that could lock everybody out.
bool IsExemptFromPolicies(std::string_view group, std::string_view kind);

// The other group under which a resource is or was served; the same group when there is none.
std::string_view OtherGroup(std::string_view group, std::string_view resource);
// Whether versions of a resource differ so much that an object cannot be judged as if it were of another one.
bool ShapeChanged(std::string_view group, std::string_view resource);

// The label that every namespace has, whether its manifest says so or not.
inline constexpr std::string_view kNamespaceNameLabel = "kubernetes.io/metadata.name";

}  // namespace guard

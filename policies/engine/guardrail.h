// A Guardrail is one YAML file with CEL expressions: what must hold, where to point, what to say, how to fix
// it, which controls it serves, and the examples that are its tests. docs/guardrails.md describes the format.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/cel/program.h"
#include "policies/document/document.h"
#include "policies/engine/node_path.h"
#include "policies/engine/subject.h"

namespace guard {

enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };
std::string_view ToString(Severity severity);
std::optional<Severity> ParseSeverity(std::string_view name);

struct KubernetesVersion {
  uint16_t major = 1;
  uint16_t minor = 0;
  auto operator<=>(const KubernetesVersion&) const = default;
};
inline constexpr KubernetesVersion kLatestKubernetes{1, 37};
// "1.36", "v1.36", "1.36.2", "latest".
Result<KubernetesVersion> ParseKubernetesVersion(std::string_view text);

// ">=1.19 <1.35": all must hold. Empty: every version.
struct VersionRange {
  KubernetesVersion from{0, 0};
  KubernetesVersion before{UINT16_MAX, 0};
  bool Contains(KubernetesVersion version) const { return from <= version && version < before; }
};
Result<VersionRange> ParseVersionRange(std::string_view text);

struct ControlMapping {
  std::string catalogue;         // with its edition: "cis-kubernetes-1.12"
  std::vector<std::string> ids;  // "5.2.11"
};

// One edit of a fix. Paths are relative to `it` (".", "securityContext.privileged"), or start at the
// subject's own variable ("pod.containers.volumeMounts"). Through a list a path means every item.
struct FixStep {
  enum class Op : uint8_t { kRemove, kSet, kAdd };  // kAdd appends to a list unless an equal item is there
  Op op = Op::kRemove;
  std::string path;  // as it is written
  NodePath steps;    // below `it`, or below the subject
  bool from_subject = false;
  Node value;                     // kSet, kAdd: the literal from the guardrail's file; or
  cel::Program value_expression;  // what this gives (`expression:` in the file)
  cel::Program where;  // kRemove through a list: only the items (named `item`) for which this is true
};

struct GuardrailVariable {
  std::string name;
  uint32_t slot = 0;
  cel::Program program;
  bool of_item = false;  // refers to `it`, so it has another value for every item
};

// An example: a manifest, or for `subject: pod` a bare pod spec.
struct Example {
  const Node* object = nullptr;
  std::optional<KubernetesVersion>
      kubernetes;  // what it is judged as at; the latest that the guardrail is for
};

// For `subject: resource`: a kind of object that the guardrail is about.
struct ResourceKind {
  std::string group, kind;
};

// Immutable once loaded; shared by threads. Owned by its PolicySet.
struct Guardrail {
  std::string name;  // the rule id in every report
  std::string pack;  // the folder it lives in
  std::string file;
  std::string title, description, remediation;
  Severity severity = Severity::kMedium;
  std::vector<ControlMapping> controls;
  SubjectKind subject = SubjectKind::kPod;
  VersionRange kubernetes;
  std::vector<ResourceKind> resources;  // empty: every kind
  bool deprecated = false;              // kept so that its id stays taken; never evaluated

  std::unique_ptr<cel::Environment> environment;  // before the programs, which refer to it
  std::vector<GuardrailVariable> variables;       // each after those it refers to
  cel::Program when, each, require, message_expression;
  std::vector<uint32_t> field_hashes;  // of the fields that its conditions look at, sorted
  std::string at;     // relative to `it` (to the subject without `each`); empty: the item itself
  NodePath at_steps;  // the same, taken apart
  std::vector<FixStep> fix;
  bool fix_is_safe = true;
  uint32_t it_slot = 0, item_slot = 0;

  std::vector<Example> good, bad;
  std::string digest;              // SHA-256 of the file's bytes, hex
  const Source* source = nullptr;  // the file, for places in it
  const Document* document = nullptr;
};

}  // namespace guard

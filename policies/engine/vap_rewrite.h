// Expressions of guardrails as Kubernetes can evaluate them: other names for what a guardrail sees, and
// guard.* calls written out.
#pragma once

#include <string>
#include <string_view>

#include "policies/cel/program.h"
#include "policies/engine/guardrail.h"

namespace guard {

struct RewriteOptions {
  std::string_view from;    // what it.from is, where containers of one origin are judged at a time
  bool of_entries = false;  // `it` is a key of the map kExportedItems instead of an item
};

// The variables that exported policies have of their own.
inline constexpr std::string_view kExportedSpec = "podSpec";
inline constexpr std::string_view kExportedMetadata = "podMetadata";
inline constexpr std::string_view kExportedContainers = "podContainers";
inline constexpr std::string_view kExportedItems = "guardedItems";
inline constexpr std::string_view kExportedFailing = "failing";  // or with an origin: failingContainers

// Whether the program selects a field of `it`.
bool AsksItFor(const cel::Program& program, std::string_view field);

// An error when the program says something that only this project's own evaluation knows.
Result<std::string> RewriteForKubernetes(const Guardrail& guardrail, const cel::Program& program,
                                         const RewriteOptions& options);

// Regular expressions that match where ReachesRuntimeSocket and ReachesHostSecrets say yes, for paths as
// Kubernetes and DOCKER_HOST have them; a path with ".." or a variable always. (Paths that are harmless
// though they lie in such a place are left to HarmlessPathPattern.)
std::string RuntimeSocketPattern();
std::string HostSecretsPattern();
std::string HarmlessPathPattern();

}  // namespace guard

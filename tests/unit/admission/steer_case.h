// Pods for tests of steering: YAML in and out, and what the guardrails find in them.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "webhook/admission/steer.h"

namespace guard::test {

// With a digest, as the configuration demands it.
SteerOptions Options();

nlohmann::json FromYaml(std::string_view yaml);
std::string ToYaml(const nlohmann::json& value);

// A Pod with this spec, given as YAML.
nlohmann::json PodOf(std::string_view spec);
// The names of the guardrails of build-isolation and pod-security-restricted that have findings.
std::set<std::string> Findings(const nlohmann::json& pod);

// What holds of every pod, whatever it is: nothing new is found, a second pass changes nothing, and the
// patch from one to the other applies.
void ExpectSteeredWell(const nlohmann::json& pod, const SteerResult& result, const SteerOptions& options);

}  // namespace guard::test

// Reviews as tests write them: YAML in, a readable text of the answer out.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "webhook/admission/reviewer.h"

namespace guard::test {

// The rules of a configuration's text (config.yaml in `folder`); prints the errors and throws when it does
// not load.
std::shared_ptr<const Rules> LoadRules(std::string_view config, const std::string& folder = "");
// The errors of a configuration, a line each; empty when it loads.
std::string ConfigErrors(std::string_view config, const std::string& folder = "");

// A YAML text as JSON.
std::string ToJson(std::string_view yaml);

inline constexpr std::chrono::system_clock::time_point kNow{
    std::chrono::seconds(1'790'000'000)};  // 2026-09-21

Answer Review(const std::shared_ptr<const Rules>& rules, Route route, std::string_view profile,
              std::string_view review_yaml);

// The answer and the decision for people: the patch decoded, a line each for all that is told.
std::string Show(const Answer& answer);

}  // namespace guard::test

// Guardrails' fixes carried out on a whole object: what steering applies, and what a denial offers.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "policies/engine/evaluate.h"
#include "policies/subjects/kubernetes.h"

namespace guard {

// An object judged by some guardrails, with places and fixes in `text`.
class JudgedText {
 public:
  JudgedText(std::string text, Evaluator& evaluator, const ProjectOptions& options);

  std::span<const Finding> findings() const { return findings_; }
  std::set<std::string> Rules() const;  // the names of the guardrails that found something

 private:
  Source source_;
  Documents documents_;
  std::vector<Subject> subjects_;
  std::vector<Finding> findings_;
};

enum class WhichFixes : bool { kSafe, kAll };

// `object` after the fixes of the evaluator's findings, applied until none of them changes anything. What
// each did is appended to `done`, once.
nlohmann::json Mend(nlohmann::json object, Evaluator& evaluator, WhichFixes which,
                    const ProjectOptions& options, std::vector<std::string>* done);

}  // namespace guard

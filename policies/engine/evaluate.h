// Guardrails over subjects: findings. The one evaluation behind all four doors.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "policies/document/edit.h"
#include "policies/engine/guardrail.h"
#include "policies/engine/policy_set.h"

namespace guard {

// Edits that make a finding go away. Safe: what they leave is still valid and means the same otherwise.
struct Fix {
  std::string title;
  bool safe = true;
  std::vector<TextEdit> edits;  // sorted, not overlapping; in the subject's source
};

struct Finding {
  const Guardrail* guardrail = nullptr;
  const Subject* subject = nullptr;
  std::string message;
  Span span;         // where to point
  std::string path;  // of the node pointed to (or that is missing) below the document's root
  bool failed =
      false;  // the guardrail could not be evaluated: reported as a finding, since unknown is not compliant
  std::optional<Fix> fix;
};

struct EvaluateOptions {
  KubernetesVersion kubernetes = kLatestKubernetes;
  bool fixes = true;  // make fixes too (reports that do not show them need not pay)
};

// One thread's evaluator over a fixed selection of guardrails. The set outlives it.
class Evaluator {
 public:
  Evaluator(const PolicySet& set, std::span<const Guardrail* const> guardrails,
            const EvaluateOptions& options = {});
  Evaluator(Evaluator&&) noexcept;
  ~Evaluator();

  // Appends the findings about one subject, in the order of the guardrails.
  void Evaluate(const Subject& subject, std::vector<Finding>* findings);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Findings as every report lists them: by line, then rule, then column.
void SortFindings(std::vector<Finding>* findings);

}  // namespace guard

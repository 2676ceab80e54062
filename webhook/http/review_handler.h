// Judges what a session hands over, writes the decision down, and only then lets the answer go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webhook/admission/reviewer.h"
#include "webhook/decisions/log.h"
#include "webhook/http/handler.h"
#include "webhook/http/review_counters.h"

namespace guard {

// One loop's.
class ReviewHandler final : public Handler {
 public:
  // `log` may be nullptr: decisions are not written down.
  ReviewHandler(std::unique_ptr<Reviewer> reviewer, DecisionLog* log, LogSync sync, bool deny_on_error,
                ReviewCounters* counters);

  When Handle(const Call& call, Reply* reply, Pending& pending) override;
  // Writes down the decisions of the turn.
  std::vector<Instead> Settle() override;
  // On the loop's thread, between requests. Gives back the one that is not used any more, so that somebody
  // with more time can let it go.
  std::unique_ptr<Reviewer> Use(std::unique_ptr<Reviewer> reviewer);

 private:
  void Describe(const Decision& decision, DecisionRecord* record);

  std::unique_ptr<Reviewer> reviewer_;
  DecisionLog* log_;
  LogSync sync_;
  bool deny_on_error_;
  ReviewCounters* counters_;
  Answer answer_;
  std::vector<RecordedGuardrail> guardrails_;
  DecisionBatch batch_;
  std::vector<std::string> denied_instead_;  // the uid, by record; empty: its answer is a denial anyway
};

// The denial that takes the place of an answer whose decision could not be written down.
std::string UnloggedDenial(std::string_view uid);

}  // namespace guard

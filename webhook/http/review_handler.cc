// Tested by review_handler_test.cc.
#include "webhook/http/review_handler.h"

#include <nlohmann/json.hpp>

namespace guard {

ReviewHandler::ReviewHandler(std::unique_ptr<Reviewer> reviewer, DecisionLog* log, LogSync sync,
                             bool deny_on_error, ReviewCounters* counters)
    : reviewer_(std::move(reviewer)),
      log_(log),
      sync_(sync),
      deny_on_error_(deny_on_error),
      counters_(counters) {}

std::unique_ptr<Reviewer> ReviewHandler::Use(std::unique_ptr<Reviewer> reviewer) {
  std::swap(reviewer_, reviewer);
  return reviewer;
}

Handler::When ReviewHandler::Handle(const Call& call, Reply* reply, Pending& pending) {
  auto wall = std::chrono::system_clock::now();
  auto begin = std::chrono::steady_clock::now();
  reviewer_->Review(call.route, call.profile, call.body, wall, &answer_);
  auto took = std::chrono::steady_clock::now() - begin;
  const Decision& decision = answer_.decision;
  counters_->Count(answer_.status, decision, took);
  reply->status = answer_.status;
  reply->body = answer_.body;
  // What is no review at all is answered with a text, and there is no decision about it.
  if (answer_.status != 200) reply->content_type = "text/plain; charset=utf-8";
  if (answer_.status != 200) return When::kNow;
  if (!log_) return When::kWithTurn;

  DecisionRecord record;
  record.time = wall;
  record.evaluation = std::chrono::duration_cast<std::chrono::microseconds>(took);
  Describe(decision, &record);
  bool denied = decision.verdict == Verdict::kDeny;
  if (sync_ == LogSync::kWrite) {
    batch_.Add(record);
    denied_instead_.push_back(denied || !deny_on_error_ ? std::string() : decision.uid);
    return When::kWithTurn;
  }
  bool deny = !denied && deny_on_error_;
  log_->AppendDurable(record, [waiting = pending.Keep(), counters = counters_, deny,
                               uid = deny ? decision.uid : std::string()](const Result<uint64_t>& logged) {
    if (logged) return waiting->Release(std::nullopt);
    counters->durable_log_errors.fetch_add(1, std::memory_order_relaxed);
    waiting->Release(deny ? std::optional(UnloggedDenial(uid)) : std::nullopt);
  });
  return When::kLater;
}

std::vector<Handler::Instead> ReviewHandler::Settle() {
  std::vector<Instead> instead;
  if (batch_.size() == 0) return instead;
  for (size_t i = log_->AppendBatch(batch_); i < batch_.size(); ++i) {
    counters_->log_errors.Add();
    if (!denied_instead_[i].empty()) instead.push_back({i, UnloggedDenial(denied_instead_[i])});
  }
  batch_.Clear();
  denied_instead_.clear();
  return instead;
}

void ReviewHandler::Describe(const Decision& decision, DecisionRecord* record) {
  guardrails_.clear();
  for (const GuardrailCount& count : decision.guardrails)
    guardrails_.push_back({count.guardrail, ToString(count.action), count.findings, count.exempted});
  record->uid = decision.uid;
  record->profile = decision.profile;
  record->route = decision.route;
  record->operation = decision.operation;
  record->group = decision.group;
  record->version = decision.version;
  record->resource = decision.resource;
  record->subresource = decision.subresource;
  record->kind = decision.kind;
  record->namespace_name = decision.namespace_name;
  record->name = decision.name;
  record->user = decision.user;
  record->dry_run = decision.dry_run;
  record->verdict = ToString(decision.verdict);
  record->guardrails = guardrails_;
  record->exemptions = decision.exemptions;
  record->policy_set = decision.policy_set;
  record->error = decision.error;
}

std::string UnloggedDenial(std::string_view uid) {
  nlohmann::ordered_json review = {{"apiVersion", "admission.k8s.io/v1"},
                                   {"kind", "AdmissionReview"},
                                   {"response",
                                    {{"uid", uid},
                                     {"allowed", false},
                                     {"status",
                                      {{"code", 500},
                                       {"message",
                                        "guard-webhook cannot write its decision log, and nothing is "
                                        "admitted without a record; the webhook's "
                                        "operators find the reason in its log"}}}}}};
  return review.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace guard

#include "webhook/http/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guard {
namespace {

using testing::HasSubstr;
using testing::Not;

Decision Denied() {
  Decision decision;
  decision.profile = "ci";
  decision.route = "validate";
  decision.operation = "CREATE";
  decision.verdict = Verdict::kDeny;
  decision.guardrails = {{"no-privileged", Action::kDeny, 2, 0}, {"no-host-path", Action::kWarn, 0, 3}};
  return decision;
}

TEST(Metrics, SumUpTheLoops) {
  LoopCounters sockets[2];
  ReviewCounters reviews[2];
  Metrics metrics("1.2.3");
  for (int i = 0; i < 2; ++i) metrics.AddLoop(&sockets[i], &reviews[i]);
  sockets[0].connections.Add(3);
  sockets[1].connections.Add(4);
  sockets[1].CountStatus(413);
  sockets[1].CountStatus(299);
  reviews[0].Count(200, Denied(), std::chrono::microseconds(30));
  reviews[1].Count(200, Denied(), std::chrono::milliseconds(3));
  reviews[1].Count(404, Denied(), std::chrono::milliseconds(3));
  metrics.CountReload(Reloaded::kPolicies, true, Metrics::SystemTime(std::chrono::seconds(100)));
  metrics.CountReload(Reloaded::kPolicies, false, Metrics::SystemTime(std::chrono::seconds(200)));
  metrics.SetPolicies("abc");
  metrics.SetCertificate(Metrics::SystemTime(std::chrono::seconds(12345)));
  std::string page = metrics.Scrape();
  for (const char* line : {
           "guard_webhook_build_info{version=\"1.2.3\"} 1\n",
           "guard_webhook_connections 7\n",
           "guard_webhook_http_responses_total{code=\"413\"} 1\n",
           "guard_webhook_http_responses_total{code=\"other\"} 1\n",
           "guard_webhook_review_duration_seconds_count{operation=\"CREATE\",verdict=\"deny\"} 2\n",
           "guard_webhook_review_duration_seconds_bucket{operation=\"CREATE\",verdict=\"deny\",le=\"5e-05\"} "
           "1\n",
           "guard_webhook_review_duration_seconds_bucket{operation=\"CREATE\",verdict=\"deny\",le=\"0.0025\"}"
           " 1\n",
           "guard_webhook_review_duration_seconds_bucket{operation=\"CREATE\",verdict=\"deny\",le=\"0.005\"} "
           "2\n",
           "guard_webhook_review_duration_seconds_bucket{operation=\"CREATE\",verdict=\"deny\",le=\"+Inf\"} "
           "2\n",
           "guard_webhook_reviews_total{profile=\"ci\",route=\"validate\",verdict=\"deny\"} 2\n",
           "guard_webhook_guardrail_findings_total{guardrail=\"no-privileged\",action=\"deny\"} 4\n",
           "guard_webhook_guardrail_findings_total{guardrail=\"no-host-path\",action=\"exempted\"} 6\n",
           "guard_webhook_policy_set_info{digest=\"abc\"} 1\n",
           "guard_webhook_certificate_expiry_timestamp_seconds 12345\n",
           "guard_webhook_reloads_total{what=\"policies\",result=\"success\"} 1\n",
           "guard_webhook_reloads_total{what=\"policies\",result=\"failure\"} 1\n",
           "guard_webhook_reload_last_ok{what=\"policies\"} 0\n",
           "guard_webhook_reload_last_ok{what=\"certificate\"} 1\n",
           "guard_webhook_reload_last_success_timestamp_seconds{what=\"policies\"} 100\n",
           "process_resident_memory_bytes ",
       })
    EXPECT_THAT(page, HasSubstr(line));
  EXPECT_THAT(page, Not(HasSubstr("verdict=\"allow\"")));
}

TEST(Metrics, UnknownOperationsShareALabel) {
  ReviewCounters reviews;
  LoopCounters sockets;
  Decision decision = Denied();
  for (const char* operation : {"", "PATCH", "create"}) {
    decision.operation = operation;
    reviews.Count(200, decision, std::chrono::hours(1));
  }
  Metrics metrics("x");
  metrics.AddLoop(&sockets, &reviews);
  EXPECT_THAT(metrics.Scrape(), HasSubstr("operation=\"unknown\",verdict=\"deny\"} 3\n"));
}

}  // namespace
}  // namespace guard

#include "webhook/http/review_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "webhook/http/server_config.h"

namespace guard {
namespace {

using testing::HasSubstr;

// A log that keeps what it is told, or fails.
class FakeLog final : public DecisionLog {
 public:
  Result<uint64_t> Append(const DecisionRecord& record) override {
    if (failing) return Fail("disk full");
    records.push_back(std::string(record.verdict) + " " + std::string(record.uid) + " " +
                      std::string(record.profile) + " " + std::string(record.operation) + " " +
                      std::string(record.name) + " " + std::to_string(record.guardrails.size()));
    return records.size();
  }
  void AppendDurable(const DecisionRecord& record, Completion done) override {
    waiting.emplace_back(std::move(done), Append(record));
  }
  size_t AppendBatch(const DecisionBatch& batch) override {
    size_t count = failing ? std::min(batch.size(), room) : batch.size();
    for (size_t i = 0; i < count; ++i) records.emplace_back(batch.fields(i));
    writes += count > 0;
    return count;
  }
  DecisionLogStatus status() const override { return {}; }
  Result<void> Close() override { return {}; }

  bool failing = false;
  size_t room = 0;  // for so many records of a batch when it fails
  int writes = 0;
  std::vector<std::string> records;
  std::vector<std::pair<Completion, Result<uint64_t>>> waiting;
};

class FakePending final : public Pending, public std::enable_shared_from_this<FakePending> {
 public:
  std::shared_ptr<Pending> Keep() override { return shared_from_this(); }
  void Release(std::optional<std::string> other) override { released = true, instead = std::move(other); }
  bool released = false;
  std::optional<std::string> instead;
};

std::unique_ptr<Reviewer> MakeReviewer() {
  auto config = ParseWebhookConfig("c.yaml",
                                   "apiVersion: guardctl.dev/v1\nkind: WebhookConfiguration\n"
                                   "tls: {certificate: c, key: k}\n"
                                   "profiles: {strict: {packs: {pod-security-baseline: deny}}}\n");
  return std::make_unique<Reviewer>(*Rules::Load(config->rules));
}

std::string Review(bool privileged) {
  nlohmann::json pods = {{"group", ""}, {"version", "v1"}, {"resource", "pods"}};
  nlohmann::json pod_kind = {{"group", ""}, {"version", "v1"}, {"kind", "Pod"}};
  nlohmann::json pod = {
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata", {{"name", "web"}, {"namespace", "shop"}}},
      {"spec",
       {{"containers",
         {{{"name", "c"}, {"image", "a:1"}, {"securityContext", {{"privileged", privileged}}}}}}}}};
  return nlohmann::json{{"apiVersion", "admission.k8s.io/v1"},
                        {"kind", "AdmissionReview"},
                        {"request",
                         {{"uid", "u1"},
                          {"kind", pod_kind},
                          {"resource", pods},
                          {"name", "web"},
                          {"namespace", "shop"},
                          {"operation", "CREATE"},
                          {"userInfo", {{"username", "alice"}}},
                          {"object", pod}}}}
      .dump();
}

bool Allowed(std::string_view body) {
  return nlohmann::json::parse(body).at("response").at("allowed").get<bool>();
}

struct Fixture {
  explicit Fixture(LogSync sync, bool deny_on_error = true)
      : handler(MakeReviewer(), &log, sync, deny_on_error, &counters) {}
  FakeLog log;
  ReviewCounters counters;
  ReviewHandler handler;
  std::shared_ptr<FakePending> pending = std::make_shared<FakePending>();
  Reply reply;
  std::vector<std::string> answers;  // of the turn

  Handler::When Ask(std::string_view profile, std::string_view body) {
    reply = {};
    Handler::When when = handler.Handle({Route::kValidate, profile, body}, &reply, *pending);
    answers.emplace_back(reply.body);
    return when;
  }
  // What goes out.
  std::vector<std::string> Settle() {
    for (Handler::Instead& instead : handler.Settle()) answers.at(instead.index) = std::move(instead.body);
    return std::exchange(answers, {});
  }
};

TEST(ReviewHandler, WritesDownBeforeItAnswers) {
  Fixture f(LogSync::kWrite);
  EXPECT_EQ(f.Ask("strict", Review(false)), Handler::When::kWithTurn);
  EXPECT_EQ(f.Ask("strict", Review(true)), Handler::When::kWithTurn);
  EXPECT_TRUE(f.log.records.empty());
  std::vector<std::string> answers = f.Settle();
  EXPECT_TRUE(Allowed(answers[0]));
  EXPECT_FALSE(Allowed(answers[1]));
  EXPECT_THAT(f.log.records,
              testing::ElementsAre(HasSubstr("\"verdict\":\"allow\""), HasSubstr("\"verdict\":\"deny\"")));
  EXPECT_EQ(f.log.writes, 1);
  EXPECT_TRUE(f.Settle().empty());
  EXPECT_EQ(f.log.writes, 1);
}

TEST(ReviewHandler, ATextIsAnsweredToWhatIsNoReview) {
  Fixture f(LogSync::kWrite);
  f.Ask("strict", "garbage");
  EXPECT_EQ(f.reply.status, 400);
  EXPECT_THAT(std::string(f.reply.content_type), HasSubstr("text/plain"));
  f.Ask("nobody", Review(false));
  EXPECT_EQ(f.reply.status, 404);
  EXPECT_TRUE(f.log.records.empty());
}

TEST(ReviewHandler, DeniesWhatItCannotWriteDown) {
  Fixture f(LogSync::kWrite);
  f.log.failing = true;
  f.log.room = 1;
  for (bool privileged : {false, false, true, false}) f.Ask("strict", Review(privileged));
  std::vector<std::string> answers = f.Settle();
  EXPECT_TRUE(Allowed(answers[0]));  // this one is on the log
  for (size_t i : {1u, 3u}) {
    EXPECT_FALSE(Allowed(answers[i]));
    EXPECT_THAT(answers[i], HasSubstr("\"uid\":\"u1\""));
    EXPECT_THAT(answers[i], HasSubstr("cannot write its decision log"));
  }
  EXPECT_THAT(answers[2], HasSubstr("privileged"));  // a denial keeps its own reason
  EXPECT_EQ(f.counters.log_errors.get(), 3u);
  f.log.failing = false;
  f.Ask("strict", Review(false));
  EXPECT_TRUE(Allowed(f.Settle()[0]));
}

TEST(ReviewHandler, AllowsItWhereThatIsChosen) {
  Fixture f(LogSync::kWrite, /*deny_on_error=*/false);
  f.log.failing = true;
  f.Ask("strict", Review(false));
  EXPECT_TRUE(Allowed(f.Settle()[0]));
  EXPECT_EQ(f.counters.log_errors.get(), 1u);
}

TEST(ReviewHandler, WaitsForTheDisk) {
  Fixture f(LogSync::kFsync);
  EXPECT_EQ(f.Ask("strict", Review(false)), Handler::When::kLater);
  EXPECT_FALSE(f.pending->released);
  f.log.waiting[0].first(std::move(f.log.waiting[0].second));
  EXPECT_TRUE(f.pending->released);
  EXPECT_FALSE(f.pending->instead);

  f.log.failing = true;
  EXPECT_EQ(f.Ask("strict", Review(false)), Handler::When::kLater);
  f.log.waiting[1].first(std::move(f.log.waiting[1].second));
  ASSERT_TRUE(f.pending->instead);
  EXPECT_FALSE(Allowed(*f.pending->instead));
  EXPECT_EQ(f.counters.durable_log_errors, 1u);
}

TEST(ReviewHandler, ChangesItsReviewerBetweenRequests) {
  Fixture f(LogSync::kWrite);
  std::unique_ptr<Reviewer> old = f.handler.Use(MakeReviewer());
  EXPECT_NE(old, nullptr);
  f.Ask("strict", Review(true));
  EXPECT_FALSE(Allowed(f.reply.body));
}

TEST(UnloggedDenial, EscapesTheUid) {
  EXPECT_EQ(nlohmann::json::parse(UnloggedDenial("a\"b\xff")).at("response").at("uid"), "a\"b\xef\xbf\xbd");
}

}  // namespace
}  // namespace guard

// What is no review gets no verdict, what cannot be judged is denied, and answers stay within what the API
// server accepts.
#include "webhook/admission/reviewer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/admission/review_case.h"
#include "webhook/admission/response.h"

namespace guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kConfig[] = R"yaml(
apiVersion: guardctl.dev/v1
kind: WebhookConfiguration
profiles:
  ci: {packs: {build-isolation: deny}}
  hints: {packs: {build-isolation: warn}}
)yaml";

Answer Raw(std::string_view body, std::string_view profile = "ci") {
  Reviewer reviewer(test::LoadRules(kConfig));
  Answer answer;
  reviewer.Review(Route::kValidate, profile, body, test::kNow, &answer);
  return answer;
}

TEST(Reviewer, WhatIsNoReviewIsAFailedCall) {
  for (const char* body :
       {"", "{", "[]", "null", "{}", R"({"apiVersion":"admission.k8s.io/v1"})",
        R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":7}})",
        R"({"request":{"uid":"a"},"request":{"uid":"b"}})", "\xff\xfe", "{\"a\":1} x"}) {
    Answer answer = Raw(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.decision.verdict, Verdict::kDeny);
    EXPECT_FALSE(answer.decision.error.empty());
  }
  EXPECT_EQ(Raw(std::string(100'000, '[')).status, 400);
}

TEST(Reviewer, AnUnknownProfileIsToldWithThoseThereAre) {
  Answer answer = Raw("{}", "sandbox");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "there is no profile 'sandbox'; there are: ci, hints\n");
}

TEST(Reviewer, WhatCannotBeJudgedIsDenied) {
  struct {
    const char *field, *told;
  } cases[] = {
      {R"("operation":"PATCH")", "operation"},
      {R"("operation":"CREATE")", "request.object is missing"},
      {R"("operation":"CREATE","object":[])", "request.object is no object"},
      {R"("operation":"CREATE","object":{"apiVersion":"v2","kind":"Pod"})", "another kind"},
      {R"("operation":"CREATE","object":{})", "another kind"},
      {R"("operation":"DELETE","userInfo":{"groups":{}})", "groups"},
      {R"("operation":"DELETE","dryRun":"yes")", "dryRun"},
      {R"("operation":"DELETE","namespace":{})", "namespace"},
  };
  for (const auto& c : cases) {
    Answer answer = Raw(
        std::string(R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{)") +
        R"("uid":"u","kind":{"version":"v1","kind":"Pod"},"resource":{"resource":"pods"},)" + c.field + "}}");
    EXPECT_EQ(answer.status, 200) << c.field;
    EXPECT_EQ(answer.decision.verdict, Verdict::kDeny) << c.field;
    EXPECT_THAT(answer.decision.error, HasSubstr(c.told));
    nlohmann::json review = nlohmann::json::parse(answer.body);
    EXPECT_EQ(review["response"]["uid"], "u");
    EXPECT_EQ(review["response"]["allowed"], false);
    EXPECT_EQ(review["response"]["status"]["code"], 400);
  }
}

TEST(Reviewer, WarningsStayWithinTheApiServersLimits) {
  std::string pod =
      "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[";
  for (int i = 0; i < 200; ++i)
    pod += std::string(i ? "," : "") + R"({"name":"a-container-with-a-long-name-)" + std::to_string(i) +
           R"(","image":"docker:dind","securityContext":{"privileged":true}})";
  pod += "]}}";
  Answer answer =
      Raw(R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",)"
          R"("kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1",)"
          R"("resource":"pods"},"operation":"CREATE","object":)" +
              pod + "}}",
          "hints");
  nlohmann::json response = nlohmann::json::parse(answer.body)["response"];
  EXPECT_EQ(response["allowed"], true);
  EXPECT_EQ(answer.decision.verdict, Verdict::kWarn);
  size_t total = 0;
  for (const std::string warning : response["warnings"]) {
    EXPECT_LE(warning.size(), 240);
    total += warning.size();
  }
  EXPECT_LE(total, 4096);
  EXPECT_THAT(response["warnings"].back().get<std::string>(), HasSubstr(" more"));
  for (const auto& [key, value] : response["auditAnnotations"].items()) {
    EXPECT_EQ(key.find('/'), std::string::npos);
    EXPECT_LE(value.get<std::string>().size(), 4096);
  }
}

TEST(Response, EscapesWhatItTells) {
  Response response;
  response.uid = "u\"\\\n";
  response.message = "\x01\xff\"";
  std::string out;
  WriteReview(response, &out);
  nlohmann::json review = nlohmann::json::parse(out);
  EXPECT_EQ(review["response"]["uid"], "u\"\\\n");
  EXPECT_EQ(review["response"]["status"]["message"], "\x01\uFFFD\"");
  EXPECT_FALSE(review["response"].contains("patch"));
  EXPECT_FALSE(review["response"].contains("patchType"));
}

TEST(Response, AWarningIsCutBetweenCharacters) {
  std::vector<std::string> warnings = {std::string(238, 'a') + "\u00e4\u00e4\u00e4\u00e4"};
  BoundWarnings(&warnings);
  EXPECT_THAT(warnings, ElementsAre(std::string(237, 'a') + "..."));
}

}  // namespace
}  // namespace guard

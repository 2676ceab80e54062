// Fixes carried out on objects: until nothing changes, the safe ones alone where nobody looks.
#include "webhook/admission/mend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admission/review_case.h"
#include "webhook/admission/rules.h"

namespace guard {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

struct Fixture {
  Fixture() : set(PolicySet::Load(PolicySet::Embedded()).value()) {
    const std::string packs[] = {"build-isolation", "pod-security-restricted"};
    guardrails = set.Select(packs).value();
  }
  Evaluator Make() const { return {set, guardrails, {}}; }

  PolicySet set;
  std::vector<const Guardrail*> guardrails;
};

json Pod(std::string_view spec) {
  return json::parse(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":)" +
                     std::string(spec) + "}");
}

TEST(Mend, AppliesEveryFixUntilNothingIsLeftToMend) {
  Fixture fixture;
  Evaluator evaluator = fixture.Make();
  json pod = Pod(R"({"hostPID":true,"containers":[
    {"name":"a","image":"registry.example.com/a:1","securityContext":{"privileged":true}},
    {"name":"b","image":"registry.example.com/b:1","volumeMounts":[{"name":"s","mountPath":"/s"}]}],
    "volumes":[{"name":"s","hostPath":{"path":"/run/docker.sock"}}]})");
  std::vector<std::string> done;
  json mended = Mend(pod, evaluator, WhichFixes::kAll, {}, &done);
  EXPECT_TRUE(JudgedText(mended.dump(), evaluator, {}).findings().empty()) << mended.dump(2);
  EXPECT_FALSE(mended["spec"].contains("hostPID"));
  EXPECT_FALSE(mended["spec"].contains("volumes"));
  EXPECT_FALSE(mended["spec"]["containers"][1].contains("volumeMounts"));
  EXPECT_EQ(mended["spec"]["containers"][0]["image"], "registry.example.com/a:1");
  EXPECT_THAT(done, Contains(HasSubstr("no-host-pid: ")));
  EXPECT_EQ(Mend(mended, evaluator, WhichFixes::kAll, {}, &done), mended);
}

TEST(Mend, LeavesUnsafeFixesToPeople) {
  Fixture fixture;
  Evaluator evaluator = fixture.Make();
  json pod = Pod(R"({"containers":[{"name":"a","image":"a","securityContext":{"privileged":true}}]})");
  std::vector<std::string> done;
  EXPECT_EQ(Mend(pod, evaluator, WhichFixes::kSafe, {}, &done), pod);
  EXPECT_TRUE(done.empty());
}

TEST(Mend, LeavesAloneWhatItCannotRead) {
  Fixture fixture;
  Evaluator evaluator = fixture.Make();
  std::vector<std::string> done;
  for (const char* spec :
       {"null", "7", R"({"containers":7})", R"({"containers":[7,null,[]],"volumes":{}})"}) {
    json pod = Pod(spec);
    json mended = Mend(pod, evaluator, WhichFixes::kAll, {}, &done);
    EXPECT_EQ(mended["kind"], "Pod");
  }
}

}  // namespace
}  // namespace guard

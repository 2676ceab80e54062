// What guardrails find in a pod, where findings point, and that nothing in a document goes unsaid because it
// could not be evaluated.
#include "policies/engine/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/policies.h"

namespace guard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Describe(const Finding& finding) {
  LineColumn place = finding.subject->source->Locate(finding.span.begin);
  std::string text(finding.subject->source->text(finding.span));
  return finding.guardrail->name + ' ' + std::to_string(place.line) + ':' + std::to_string(place.column) +
         " '" + text + "' " + finding.path + ": " + finding.message;
}

std::vector<Finding> Judge(const PolicySet& set, const Subject& subject,
                           const EvaluateOptions& options = {}) {
  std::vector<const Guardrail*> guardrails;
  for (const auto& guardrail : set.guardrails()) guardrails.push_back(guardrail.get());
  Evaluator evaluator(set, guardrails, options);
  std::vector<Finding> findings;
  evaluator.Evaluate(subject, &findings);
  return findings;
}

std::vector<std::string> Found(const std::vector<PolicyFile>& files, const std::string& pod) {
  PolicySet set = test::Load(files);
  test::PodText text(pod);
  std::vector<std::string> told;
  for (const Finding& finding : Judge(set, text.subject)) told.push_back(Describe(finding));
  return told;
}

std::vector<std::string> Found(const std::string& rule, const std::string& pod) {
  return Found(std::vector{test::Rule("g", rule)}, pod);
}

constexpr char kPrivileged[] = R"yaml(
  each: pod.containers
  require: "!it.?securityContext.?privileged.orValue(false)"
  at: securityContext.privileged
  message: "'container ' + it.name + ' is privileged'"
)yaml";

TEST(Evaluate, PointsAtTheValue) {
  EXPECT_THAT(
      Found(kPrivileged, "containers:\n- name: a\n- name: b\n  securityContext: {privileged: true}\n"),
      ElementsAre("g 4:33 'true' containers[1].securityContext.privileged: container b is privileged"));
}

TEST(Evaluate, PointsAtTheNearestParentOfWhatIsMissing) {
  const char* rule = R"yaml(
  each: pod.containers
  require: it.?securityContext.?runAsNonRoot.orValue(false)
  at: securityContext.runAsNonRoot
)yaml";
  EXPECT_THAT(
      Found(rule, "containers:\n- image: i\n  name: a\n- name: b\n  securityContext: {privileged: true}\n"),
      ElementsAre("g 3:3 'name: a' containers[0].securityContext.runAsNonRoot: The title",
                  "g 5:3 'securityContext' containers[1].securityContext.runAsNonRoot: The title"));
}

TEST(Evaluate, PointsAtTheSubjectAsAWholeWhenNothingOfItIsThere) {
  test::PodText pod("containers: []\n");
  pod.subject.span = {0, 10};
  PolicySet set = test::Load({test::Rule("g", "  require: pod.?hostUsers.hasValue()\n  at: hostUsers\n")});
  std::vector<Finding> findings = Judge(set, pod.subject);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].span, (Span{0, 10}));
  EXPECT_EQ(findings[0].path, "hostUsers");
}

TEST(Evaluate, GoesThroughTheEntriesOfAMap) {
  const char* rule = R"yaml(
  each: pod.metadata.annotations
  require: "it.key != 'bad/key'"
  message: "it.key + ' is ' + it.value"
)yaml";
  EXPECT_THAT(Found(rule, "metadata:\n  annotations: {good: a, bad/key: b}\n"),
              ElementsAre("g 2:26 'bad/key: b' metadata.annotations['bad/key']: bad/key is b"));
  EXPECT_THAT(Found(std::string(rule).append("  at: key\n"), "metadata:\n  annotations: {bad/key: b}\n"),
              ElementsAre("g 2:17 'bad/key' metadata.annotations['bad/key']: bad/key is b"));
  EXPECT_THAT(Found(std::string(rule).append("  at: value\n"), "metadata:\n  annotations: {bad/key: b}\n"),
              ElementsAre("g 2:26 'b' metadata.annotations['bad/key']: bad/key is b"));
}

TEST(Evaluate, GoesThroughScalarsAndComputedLists) {
  EXPECT_THAT(Found("  each: pod.securityContext.supplementalGroups\n  require: it != 0\n",
                    "securityContext: {supplementalGroups: [1, 0]}\n"),
              ElementsAre("g 1:43 '0' securityContext.supplementalGroups[1]: The title"));
  EXPECT_THAT(Found("  each: pod.containers.filter(c, c.name != 'a')\n  require: 'false'\n  at: image\n",
                    "containers: [{name: a}, {name: b, image: i}]\n"),
              ElementsAre("g 1:42 'i' containers[1].image: The title"));
  EXPECT_THAT(
      Found("  each: pod.containers.map(c, c.name)\n  require: 'false'\n", "containers: [{name: a}]\n"),
      ElementsAre("g 1:1 '' : The title"));
}

TEST(Evaluate, AppliesWhereWhenHolds) {
  const char* rule = "  when: pod.hostNetwork\n  require: 'false'\n";
  EXPECT_THAT(Found(rule, "hostNetwork: true\n").size(), 1u);
  EXPECT_THAT(Found(rule, "hostNetwork: false\n"), IsEmpty());
}

TEST(Evaluate, ComputesVariablesOncePerItemWhereTheyDependOnIt) {
  const char* rule = R"yaml(
  variables:
    - {name: label, expression: "it.name + '/' + suffix"}
    - {name: suffix, expression: string(size(pod.containers))}
  each: pod.containers
  require: label == 'a/2'
  message: label
)yaml";
  EXPECT_THAT(Found(rule, "containers: [{name: a}, {name: b}]\n"),
              ElementsAre("g 1:25 '{name: b}' containers[1]: b/2"));
}

TEST(Evaluate, JudgesByKubernetesVersion) {
  PolicySet set = test::Load({test::Rule("until", "  kubernetes: '<1.25'\n  require: 'false'\n"),
                              test::Rule("since", "  kubernetes: '>=1.25'\n  require: 'false'\n"),
                              test::Rule("retired", "  deprecated: true\n  require: 'false'\n")});
  test::PodText pod("containers: []\n");
  EXPECT_EQ(Judge(set, pod.subject)[0].guardrail->name, "since");
  EXPECT_EQ(Judge(set, pod.subject, {{1, 24}, true})[0].guardrail->name, "until");
  EXPECT_EQ(Judge(set, pod.subject, {{1, 24}, true}).size(), 1u);
}

TEST(Evaluate, JudgesOnlyTheResourcesItIsAbout) {
  PolicySet set = test::Load({test::Rule("g", R"yaml(
  subject: resource
  resources: [{group: rbac.authorization.k8s.io, kind: ClusterRole}, {kind: PersistentVolume}]
  require: "false"
)yaml")});
  test::PodText text("a: b\n");
  text.subject.kind = SubjectKind::kResource;
  auto judged = [&](std::string_view version, std::string_view kind) {
    text.subject.api_version = version, text.subject.object_kind = kind;
    return !Judge(set, text.subject).empty();
  };
  EXPECT_TRUE(judged("rbac.authorization.k8s.io/v1", "ClusterRole"));
  EXPECT_TRUE(judged("v1", "PersistentVolume"));
  EXPECT_FALSE(judged("v1", "ClusterRole"));
  EXPECT_FALSE(judged("example.com/v1", "PersistentVolume"));
}

// Unknown is not compliant.
TEST(Evaluate, TellsWhatCannotBeEvaluated) {
  struct Case {
    const char* pod;
    const char* message;
  };
  const Case cases[] = {
      {"containers: [{name: a, securityContext: {privileged: 'yes'}}]\n",
       "could not be evaluated: no such overload in '!it.?sec"},
      {"containers: [{name: a, securityContext: text}]\n",
       "could not be evaluated: there is a string where a map belongs"},
      {"containers: [text]\n", "could not be evaluated: there is a string where a map belongs"},
      {"containers: [null]\n", "could not be evaluated: there is null where a map belongs"},
      {"containers: text\n", "could not be evaluated: 'each' gives a string"},
      {"containers: {a: {name: b}}\n", "could not be evaluated: 'each' gives a map"},
      {"other: 1\n", "could not be evaluated: no such key: containers in 'containers'"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.pod);
    PolicySet set = test::Load({test::Rule("g", kPrivileged)});
    test::PodText pod(c.pod);
    std::vector<Finding> findings = Judge(set, pod.subject);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_TRUE(findings[0].failed);
    EXPECT_FALSE(findings[0].fix);
    EXPECT_THAT(findings[0].message, HasSubstr(c.message));
  }
}

// An optional selection finds nothing in a string, and 0 is not "0": neither makes a pod compliant.
TEST(Evaluate, TellsOfMisfitsThatAGuardrailLooksAt) {
  const char* pod = "containers: [{name: a, securityContext: {runAsUser: '0', privileged: false}}]\n";
  EXPECT_THAT(
      Found("  each: pod.containers\n  require: it.?securityContext.?runAsUser.orValue(1) != 0\n", pod),
      ElementsAre("g 1:42 'runAsUser: '0'' containers[0].securityContext.runAsUser: could not be evaluated: "
                  "there is a "
                  "string where a whole number belongs"));
  EXPECT_THAT(Found(kPrivileged, pod), IsEmpty());
}

TEST(Evaluate, FailsClosedWhenWhenFails) {
  EXPECT_THAT(Found("  when: pod.hostNetwork\n  require: 'true'\n", "hostNetwork: [1]\n"),
              ElementsAre(HasSubstr("could not be evaluated: 'when' gives a list")));
}

TEST(Evaluate, FallsBackOnTheTitleWhenTheMessageFails) {
  EXPECT_THAT(
      Found("  each: pod.containers\n  require: 'false'\n  message: it.name\n", "containers: [{image: i}]\n"),
      ElementsAre(HasSubstr(": The title")));
}

TEST(Evaluate, StopsAnExpensiveGuardrailWithOneFinding) {
  std::string many = "containers:\n";
  for (int i = 0; i < 300; ++i) many += "- {name: n" + std::to_string(i) + "}\n";
  const char* rule = R"yaml(
  each: pod.containers
  require: "pod.containers.all(a, pod.containers.all(b, pod.containers.all(c, a.name + b.name != c.name)))"
)yaml";
  EXPECT_THAT(Found(rule, many), ElementsAre(HasSubstr("costs more than it may")));
}

TEST(Evaluate, MakesADocumentsWordsPrintable) {
  EXPECT_THAT(Found("  each: pod.containers\n  require: 'false'\n  message: it.name\n",
                    "containers: [{name: \"a\\e[31mb\\x85\\n\"}]\n"),
              ElementsAre(HasSubstr(": a\\x1b[31mb\\x85\\x0a")));
  std::string name(5000, 'x');
  EXPECT_THAT(Found("  each: pod.containers\n  require: 'false'\n  message: it.name\n",
                    "containers: [{name: " + name + "}]\n"),
              ElementsAre(testing::EndsWith(": " + name.substr(0, 1000) + "...")));
}

// The index that many findings share says what the search for a few says.
TEST(Evaluate, GivesEveryFindingItsPath) {
  std::string pod = "containers:\n";
  for (int i = 0; i < 100; ++i) pod += "- {name: n, securityContext: {privileged: true}}\n";
  PolicySet set = test::Load({test::Rule("g", kPrivileged)});
  test::PodText text(pod);
  std::vector<Finding> findings = Judge(set, text.subject);
  ASSERT_EQ(findings.size(), 100u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(findings[i].path, "containers[" + std::to_string(i) + "].securityContext.privileged");
}

TEST(Evaluate, SharesTheValueOfTheSameEach) {
  EXPECT_THAT(Found({test::Rule("a", kPrivileged), test::Rule("b", kPrivileged)},
                    "containers: [{name: x, securityContext: {privileged: true}}]\n")
                  .size(),
              2u);
}

TEST(SortFindings, OrdersByLineThenRuleThenColumn) {
  PolicySet set = test::Load({test::Rule("b", "  each: pod.containers\n  require: 'false'\n"),
                              test::Rule("a", "  each: pod.containers\n  require: 'false'\n")});
  test::PodText pod("containers: [{name: x}, {name: y},\n  {name: z}]\n");
  std::vector<Finding> findings = Judge(set, pod.subject);
  SortFindings(&findings);
  std::vector<std::string> order;
  for (const Finding& finding : findings) order.push_back(finding.guardrail->name + finding.path);
  EXPECT_THAT(order, ElementsAre("acontainers[0]", "acontainers[1]", "bcontainers[0]", "bcontainers[1]",
                                 "acontainers[2]", "bcontainers[2]"));
}

}  // namespace
}  // namespace guard

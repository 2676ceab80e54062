// The Pod Security packs against Kubernetes' own cases: every pod, at every version it is meant for.
#include <map>

#include "policies/document/document.h"
#include "tests/support/golden.h"
#include "tests/unit/packs/judge.h"

namespace guard {
namespace {

std::string RulesOf(const std::vector<Finding>& findings) {
  std::string rules;
  for (const Finding& finding : findings)
    rules += " " + finding.guardrail->name + " (" + finding.message + ")";
  return rules;
}

TEST(PodSecurity, AgreesWithKubernetesAtEveryVersion) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS names no folder with pod-security/cases.jsonl";
  Source cases("cases.jsonl", test::ReadFile(test::Corpus() / "pod-security/cases.jsonl"));
  Documents lines = ReadJson(cases);
  ASSERT_FALSE(lines.error) << Render(*lines.error);

  std::map<std::pair<std::string_view, std::string_view>, Evaluator> evaluators;
  int verdicts = 0;
  for (const Document& line : lines.all) {
    std::string_view level = line.root.FindString("level");
    bool expect_pass = line.root.FindString("expect") == "pass";
    std::string name(line.root.FindString("name"));
    test::Manifest manifest(name + ".yaml", std::string(line.root.FindString("yaml")));
    ASSERT_FALSE(manifest.subjects.empty()) << name;
    for (const Node& version : line.root.Find("versions")->list()) {
      auto parsed = ParseKubernetesVersion(version.string());
      ASSERT_TRUE(parsed) << version.string();
      auto known = evaluators.find({level, version.string()});
      if (known == evaluators.end())
        known = evaluators
                    .emplace(std::pair{level, version.string()},
                             test::EvaluatorOf({"pod-security-" + std::string(level)}, *parsed))
                    .first;
      std::vector<Finding> findings = test::Judge(manifest, known->second);
      EXPECT_EQ(findings.empty(), expect_pass)
          << level << ' ' << version.string() << ' ' << name << RulesOf(findings);
      for (const Finding& finding : findings) EXPECT_FALSE(finding.failed) << name << ' ' << finding.message;
      ++verdicts;
    }
  }
  EXPECT_GE(verdicts, 4537);
}

// A defect is told once: the restricted pack leaves to baseline what baseline says already.
TEST(PodSecurity, NoDefectIsToldTwice) {
  if (test::Corpus().empty()) GTEST_SKIP() << "GUARD_CORPUS names no folder with pod-security/cases.jsonl";
  Source cases("cases.jsonl", test::ReadFile(test::Corpus() / "pod-security/cases.jsonl"));
  Documents lines = ReadJson(cases);
  Evaluator evaluator = test::EvaluatorOf({"pod-security-restricted"}, kLatestKubernetes);
  for (const Document& line : lines.all) {
    if (line.root.FindString("level") != "restricted") continue;
    if (line.root.Find("versions")->list().back().string() != "v1.37") continue;
    std::string name(line.root.FindString("name"));
    test::Manifest manifest(name + ".yaml", std::string(line.root.FindString("yaml")));
    std::map<std::string, std::string> told;
    for (const Finding& finding : test::Judge(manifest, evaluator)) {
      auto [other, is_new] = told.emplace(finding.path, finding.guardrail->name);
      EXPECT_TRUE(is_new) << name << ": " << finding.path << " by " << other->second << " and "
                          << finding.guardrail->name;
    }
  }
}

}  // namespace
}  // namespace guard

#include "tests/unit/admission/steer_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "policies/document/document.h"
#include "policies/document/value.h"
#include "policies/engine/evaluate.h"
#include "policies/subjects/kubernetes.h"
#include "webhook/admission/json_patch.h"

namespace guard::test {

namespace {

using nlohmann::json;

const PolicySet& Packs() {
  static const PolicySet set = [] {
    auto loaded = PolicySet::Load(PolicySet::Embedded());
    if (!loaded) throw std::runtime_error(Render(loaded.error().front()));
    return std::move(*loaded);
  }();
  return set;
}

}  // namespace

SteerOptions Options() {
  SteerOptions options;
  options.builder_image =
      "registry.example.com/guard/rootless-builder:1.0.0@sha256:"
      "1111111111111111111111111111111111111111111111111111111111111111";
  return options;
}

json FromYaml(std::string_view yaml) {
  Source source("pod.yaml", std::string(yaml));
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  if (documents.error) throw std::runtime_error(Render(*documents.error));
  FlowLayout layout;
  layout.json = true, layout.tight = true;
  return json::parse(FlowText(Value(documents.all.at(0).root), layout));
}

std::string ToYaml(const json& value) {
  Source source("pod.json", value.dump());
  Documents documents = ReadJson(source);
  if (documents.error) throw std::runtime_error(Render(*documents.error));
  return BlockText(Value(documents.all.at(0).root), 0, {});
}

json PodOf(std::string_view spec) {
  return {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "p"}}}, {"spec", FromYaml(spec)}};
}

std::set<std::string> Findings(const json& pod) {
  Source source("pod.json", pod.dump());
  Documents documents = ReadJson(source);
  if (documents.error) throw std::runtime_error(Render(*documents.error));
  std::vector<Subject> subjects;
  ProjectKubernetes(documents, documents.all.at(0), {}, &subjects);
  const std::string packs[] = {"build-isolation", "pod-security-restricted"};
  EvaluateOptions options;
  options.fixes = false;
  Evaluator evaluator(Packs(), *Packs().Select(packs), options);
  std::vector<Finding> findings;
  for (const Subject& subject : subjects) evaluator.Evaluate(subject, &findings);
  std::set<std::string> names;
  for (const Finding& finding : findings) names.insert(finding.guardrail->name);
  return names;
}

void ExpectSteeredWell(const json& pod, const SteerResult& result, const SteerOptions& options) {
  json patch = DiffPatch(pod, result.pod);
  Result<json> patched = ApplyPatch(pod, patch);
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(*patched, result.pod);
  EXPECT_EQ(result.changed, pod != result.pod);

  SteerResult again = Steer(result.pod, options);
  EXPECT_FALSE(again.changed && result.changed) << DiffPatch(result.pod, again.pod).dump(1);
  EXPECT_EQ(again.pod, result.pod);
  if (result.changed) {
    EXPECT_TRUE(again.not_steered.empty()) << again.not_steered.front();
  }

  std::set<std::string> before = Findings(pod), after = Findings(result.pod);
  std::vector<std::string> fresh;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(fresh));
  for (const std::string& name : fresh) ADD_FAILURE() << "new finding: " << name;
}

}  // namespace guard::test

// What one AdmissionReview costs: from the body's bytes to the answer's.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "bench/sample.h"
#include "policies/document/document.h"
#include "policies/document/value.h"
#include "webhook/admission/reviewer.h"

namespace guard::bench {
namespace {

std::shared_ptr<const Rules> DefaultRules() {
  Source source("config.yaml",
                "apiVersion: guardctl.dev/v1\nkind: WebhookConfiguration\nprofiles:\n  ci:\n    packs: "
                "{build-isolation: deny, pod-security-baseline: deny, pod-security-restricted: deny}\n");
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  std::vector<Error> errors;
  auto rules = Rules::Load(ReadRulesConfig(documents.all.at(0).root, source, &errors));
  if (!rules) std::fprintf(stderr, "%s\n", Render(rules.error().front()).c_str()), std::abort();
  return *rules;
}

std::string ReviewOf(const std::string& object) {
  Source source("pod.yaml", object);
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  FlowLayout layout;
  layout.json = true, layout.tight = true;
  bool pod = documents.all.at(0).root.FindString("kind") == "Pod";
  std::string kind = pod ? R"({"group":"","version":"v1","kind":"Pod"})"
                         : R"({"group":"apps","version":"v1","kind":"Deployment"})";
  std::string resource = pod ? R"({"group":"","version":"v1","resource":"pods"})"
                             : R"({"group":"apps","version":"v1","resource":"deployments"})";
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","kind":)" +
         kind + R"(,"resource":)" + resource +
         R"(,"namespace":"ci","name":"x","operation":"CREATE","userInfo":{"username":"dev","groups":["system:authenticated"]},"dryRun":false,"oldObject":null,"object":)" +
         FlowText(Value(documents.all[0].root), layout) + "}}";
}

void ReviewPod(benchmark::State& state, const std::string& object) {
  Reviewer reviewer(DefaultRules());
  std::string body = ReviewOf(object);
  Answer answer;
  auto now = std::chrono::system_clock::now();
  for (auto _ : state) {
    reviewer.Review(Route::kValidate, "ci", body, now, &answer);
    benchmark::DoNotOptimize(answer.body.data());
  }
  state.counters["bytes"] = static_cast<double>(body.size());
  state.counters["allowed"] = answer.decision.verdict == Verdict::kAllow ? 1 : 0;
}
BENCHMARK_CAPTURE(ReviewPod, good, GoodPod())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(ReviewPod, bad, BadPod())->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace guard::bench

// What one pod costs: reading it, projecting it, and judging it by the default packs.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "bench/sample.h"
#include "policies/engine/evaluate.h"
#include "policies/subjects/kubernetes.h"
#include "policies/subjects/recognise.h"

namespace guard::bench {
namespace {

const PolicySet& DefaultSet() {
  static const PolicySet set = [] {
    auto loaded = PolicySet::Load(PolicySet::Embedded());
    if (!loaded) std::fprintf(stderr, "%s\n", Render(loaded.error().front()).c_str()), std::abort();
    return std::move(*loaded);
  }();
  return set;
}

void LoadDefaultPacks(benchmark::State& state) {
  std::vector<PolicyFile> files = PolicySet::Embedded();
  std::vector<std::string> packs = DefaultSet().DefaultPacks();
  for (auto _ : state) benchmark::DoNotOptimize(PolicySet::Load(files, packs));
}
BENCHMARK(LoadDefaultPacks)->Unit(benchmark::kMillisecond);

// Projection is part of what a subject costs, so it is timed with the evaluation.
void JudgeThreeContainerPod(benchmark::State& state, const std::string& text) {
  Source source("pod.yaml", text);
  auto guardrails = DefaultSet().Select(DefaultSet().DefaultPacks());
  Evaluator evaluator(DefaultSet(), *guardrails);
  Documents documents = ReadManifest(source);
  Node root = documents.all.front().root;
  std::vector<Subject> subjects;
  std::vector<Finding> findings;
  for (auto _ : state) {
    Documents projected(source);
    Document document{root, 0};
    subjects.clear(), findings.clear();
    ProjectKubernetes(projected, document, {}, &subjects);
    for (Subject& subject : subjects) {
      subject.source = &source;
      evaluator.Evaluate(subject, &findings);
    }
    benchmark::DoNotOptimize(findings.data());
  }
  state.counters["guardrails"] = static_cast<double>(guardrails->size());
  state.counters["findings"] = static_cast<double>(findings.size());
}
BENCHMARK_CAPTURE(JudgeThreeContainerPod, good, GoodPod())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(JudgeThreeContainerPod, bad, BadPod())->Unit(benchmark::kMicrosecond);

void ReadYamlPods(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < state.range(0); ++i) text += "---\n" + GoodPod(i);
  for (auto _ : state) {
    Source source("pods.yaml", text);
    benchmark::DoNotOptimize(ReadYaml(source, YamlSchema::kKubernetes).all.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(ReadYamlPods)->Arg(1)->Arg(1000);

}  // namespace
}  // namespace guard::bench

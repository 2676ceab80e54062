// What the packs' guardrails export says the same as they do, about every one of their own examples.
#include <gtest/gtest.h>

#include "policies/engine/vap.h"
#include "policies/engine/vap_export.h"
#include "policies/subjects/kubernetes.h"
#include "tests/support/golden.h"

namespace guard {
namespace {

Node String(const char* text) {
  Node node;
  node.kind = NodeKind::kString;
  node.bytes = text;
  node.size = static_cast<uint32_t>(std::char_traits<char>::length(text));
  return node;
}

// A bare pod spec as a Pod; its metadata stands in it.
Node PodOf(const Node& spec, Arena& arena) {
  Entry* entries = arena.AllocateArray<Entry>(4);
  const Node* metadata = spec.Find("metadata");
  Node none;
  none.kind = NodeKind::kMap;
  const std::pair<const char*, Node> fields[] = {{"apiVersion", String("v1")},
                                                 {"kind", String("Pod")},
                                                 {"metadata", metadata ? *metadata : none},
                                                 {"spec", spec}};
  for (size_t i = 0; i < 4; ++i) {
    Entry* entry = new (&entries[i]) Entry();
    entry->set_key(fields[i].first);
    entry->value = fields[i].second;
  }
  Node pod;
  pod.kind = NodeKind::kMap;
  pod.size = 4;
  pod.entries = entries;
  return pod;
}

// What a policy says of an example: nothing when it is not about such an object.
struct Verdict {
  bool judged = false;
  std::string told;
};

Verdict Judge(const AdmissionPolicySet& policy, const Guardrail& guardrail, const Node& example) {
  constexpr std::string_view kKinds[] = {
      "Pod",    "ReplicationController", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job",
      "CronJob"};
  Documents scratch(*guardrail.source);
  std::vector<Subject> subjects;
  ProjectExample(scratch, *guardrail.document, example, guardrail.subject, &subjects);
  Arena arena;
  Subject subject = subjects.at(0);
  if (subject.object_kind == "PodSpec") {
    subject.object = PodOf(subject.object, arena);
    subject.object_kind = "Pod", subject.api_version = "v1";
  }
  bool own = std::find(std::begin(kKinds), std::end(kKinds), subject.object_kind) != std::end(kKinds);
  bool former =
      subject.api_version == "v1" || subject.api_version == "apps/v1" || subject.api_version == "batch/v1";
  if (guardrail.subject == SubjectKind::kPod && (!own || !former)) return {};
  AdmissionPolicyAnswer answer;
  AdmissionPolicyJudge judge(policy);
  judge.Judge(AttributesToCreate(subject, arena), &answer);
  Verdict verdict{true, {}};
  for (const AdmissionPolicyResult& result : answer.results) verdict.told += result.message + "\n";
  return verdict;
}

TEST(VapExport, SaysWhatTheGuardrailSays) {
  auto set = PolicySet::Load(PolicySet::Embedded());
  ASSERT_TRUE(set);
  std::string refused;
  int exported = 0, judged = 0;
  for (const auto& guardrail : set->guardrails()) {
    SCOPED_TRACE(guardrail->name);
    if (guardrail->deprecated || !guardrail->kubernetes.Contains(kLatestKubernetes)) continue;
    auto text = ExportPolicy(*guardrail, "Deny");
    if (!text) {
      refused += text.error().message + "\n";
      continue;
    }
    ++exported;
    PolicyFile file{guardrail->name + ".yaml", *text, {}};
    auto policy = AdmissionPolicySet::Load(std::span(&file, 1));
    if (!policy) {
      for (const Error& error : policy.error()) ADD_FAILURE() << Render(error);
      continue;
    }
    auto check = [&](const std::vector<Example>& examples, bool good) {
      for (size_t i = 0; i < examples.size(); ++i) {
        if (examples[i].kubernetes && *examples[i].kubernetes != kLatestKubernetes) continue;
        Verdict verdict = Judge(*policy, *guardrail, *examples[i].object);
        if (!verdict.judged) continue;
        ++judged;
        EXPECT_EQ(verdict.told.empty(), good) << (good ? "good " : "bad ") << i << ": " << verdict.told;
        EXPECT_EQ(verdict.told.find("resulted in error"), std::string::npos) << verdict.told;
      }
    };
    check(guardrail->good, true);
    check(guardrail->bad, false);
  }
  EXPECT_GT(exported, 80);
  EXPECT_GT(judged, 400);
  test::ExpectGolden("engine/vap/not-exported.txt", refused);
}

TEST(VapExport, ReadsWell) {
  auto set = PolicySet::Load(PolicySet::Embedded());
  ASSERT_TRUE(set);
  for (const char* name : {"no-host-pid", "memory-limit", "pss-run-as-non-root", "default-namespace",
                           "rbac-wildcard", "no-latest-tag", "no-runtime-socket"}) {
    const Guardrail* guardrail = set->Find(name);
    ASSERT_TRUE(guardrail) << name;
    auto text = ExportPolicy(*guardrail, "Warn");
    test::ExpectGolden("engine/vap/export/" + std::string(name) + ".yaml",
                       text ? *text : ToString(text.error()) + "\n");
  }
}

}  // namespace
}  // namespace guard

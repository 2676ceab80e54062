// Guardrails and subjects for the engine's tests, written in a line or two.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policies/engine/policy_set.h"
#include "policies/engine/subject.h"

namespace guard::test {

// A guardrail of the pack `p` about pods; `rest` is what its spec says besides what every spec must.
inline PolicyFile Rule(const std::string& name, const std::string& rest) {
  std::string text = "apiVersion: guardctl.dev/v1\nkind: Guardrail\nmetadata: {name: " + name +
                     "}\nspec:\n  title: The title\n  severity: high\n  description: D.\n  remediation: R.\n";
  if (rest.find("  controls:") == std::string::npos) text += "  controls: {cra: [annex-I.I.1]}\n";
  if (rest.find("  subject:") == std::string::npos) text += "  subject: pod\n";
  return {"p/" + name + ".yaml", text + rest, {}};
}

inline PolicySet Load(const std::vector<PolicyFile>& files, const std::vector<std::string>& wanted = {}) {
  auto set = PolicySet::Load(files, wanted);
  if (set) return std::move(*set);
  for (const Error& error : set.error()) ADD_FAILURE() << Render(error);
  return std::move(*PolicySet::Load({}));
}

// A document whose root is the pod's spec, as a subject of its own: the engine knows no Kubernetes objects.
struct PodText {
  explicit PodText(std::string text)
      : source("pod.yaml", std::move(text)), documents(ReadYaml(source, YamlSchema::kKubernetes)) {
    if (documents.error) ADD_FAILURE() << Render(*documents.error);
    const Document& document = documents.all.front();
    subject.kind = SubjectKind::kPod;
    subject.value = subject.object = document.root;
    subject.document = &document;
    subject.source = &source;
    subject.real_value = subject.real_object = &document.root;
    subject.holds_pod_spec = true;
    subject.object_kind = "Pod", subject.api_version = "v1";
  }

  Source source;
  Documents documents;
  Subject subject;
};

}  // namespace guard::test

// Kubernetes' policies and requests for tests, written in a line or two.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policies/engine/vap.h"

namespace guard::test {

inline PolicyFile File(std::string text, std::string name = "policy.yaml") {
  return {name, std::move(text), name};
}

// Pods, on creation and update.
inline constexpr const char* kPods =
    "{resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: "
    "[pods]}]}";

// A policy `p`; `rest` is what its spec says besides matchConstraints.
inline std::string Policy(const std::string& rest, const std::string& constraints = kPods,
                          const std::string& name = "p") {
  return "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: "
         "{name: " +
         name + "}\nspec:\n  matchConstraints: " + constraints + "\n" + rest;
}

inline std::string Binding(const std::string& rest = "  validationActions: [Deny]\n",
                           const std::string& name = "b", const std::string& policy = "p") {
  return "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n"
         "metadata: {name: " +
         name + "}\nspec:\n  policyName: " + policy + "\n" + rest;
}

// One validation.
inline std::string Require(const std::string& expression) {
  return "  validations: [{expression: \"" + expression + "\"}]\n";
}

inline AdmissionPolicySet LoadSet(const std::string& text) {
  std::vector<PolicyFile> files = {File(text)};
  auto set = AdmissionPolicySet::Load(files);
  if (set) return std::move(*set);
  for (const Error& error : set.error()) ADD_FAILURE() << Render(error);
  return std::move(*AdmissionPolicySet::Load({}));
}

// The errors of loading, one a line.
inline std::string LoadErrors(const std::string& text) {
  std::vector<PolicyFile> files = {File(text)};
  auto set = AdmissionPolicySet::Load(files);
  if (set) return "";
  std::string all;
  for (const Error& error : set.error()) all += ToString(error) + "\n";
  return all;
}

// A request that creates the object in `text`.
struct Request {
  explicit Request(std::string text, std::string old = "") {
    object = Read(std::move(text));
    if (!old.empty()) old_object = Read(std::move(old));
    a.kind = {"", "v1", "Pod"};
    a.resource = {"", "v1", "pods"};
    a.name = "web";
    a.namespace_name = "shop";
    a.user.name = "jane";
    a.object = object;
    a.old_object = old_object;
    if (old_object) a.operation = AdmissionOperation::kUpdate;
  }

  const Node* Read(std::string text) {
    sources.push_back(std::make_unique<Source>("object.yaml", std::move(text)));
    documents.push_back(std::make_unique<Documents>(ReadYaml(*sources.back(), YamlSchema::kKubernetes)));
    if (documents.back()->error) ADD_FAILURE() << Render(*documents.back()->error);
    return &documents.back()->all.front().root;
  }

  std::vector<std::unique_ptr<Source>> sources;
  std::vector<std::unique_ptr<Documents>> documents;
  const Node* object = nullptr;
  const Node* old_object = nullptr;
  AdmissionAttributes a;
};

inline AdmissionPolicyAnswer Judge(const AdmissionPolicySet& set, const AdmissionAttributes& request) {
  AdmissionPolicyAnswer answer;
  AdmissionPolicyJudge judge(set);
  judge.Judge(request, &answer);
  return answer;
}

// "p/b deny: message", one a line.
inline std::string Verdict(const AdmissionPolicySet& set, const AdmissionAttributes& request) {
  std::string all;
  for (const AdmissionPolicyResult& result : Judge(set, request).results) {
    all += std::string(result.policy) + "/" + std::string(result.binding);
    if (result.actions.deny) all += " deny";
    if (result.actions.warn) all += " warn";
    if (result.actions.audit) all += " audit";
    all += ": " + result.message + "\n";
  }
  return all;
}
inline std::string Verdict(const std::string& policies, const AdmissionAttributes& request) {
  return Verdict(LoadSet(policies), request);
}

}  // namespace guard::test

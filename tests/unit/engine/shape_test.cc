#include "policies/engine/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policies/document/document.h"
#include "policies/engine/pod_schema.h"

namespace guard {
namespace {

// What does not fit, as its text and what belongs there.
std::vector<std::string> Misfits(std::string text) {
  static cel::TypePool pool;
  static const Shape shape(PodType(pool));
  Source source("pod.yaml", std::move(text));
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  std::vector<Misfit> misfits;
  shape.Check(documents.all.at(0).root, &misfits);
  std::vector<std::string> told;
  for (const Misfit& misfit : misfits)
    told.push_back(std::string(source.text(misfit.node->span)) + ", not " + std::string(misfit.belongs));
  return told;
}

TEST(Shape, PassesAPodAsItShouldBe) {
  EXPECT_THAT(Misfits(R"yaml(
metadata: {labels: {a: b}}
hostNetwork: true
unknown: {anything: [goes]}
containers:
- name: a
  env: [null, {name: A, value: "1"}]
  securityContext: {runAsUser: 1000, runAsGroup: 1e3, capabilities: {add: [CHOWN]}}
  resources: {limits: {cpu: 1, memory: 1Gi}}
  livenessProbe: {httpGet: {port: http}, initialDelaySeconds: null}
)yaml"),
              testing::IsEmpty());
}

TEST(Shape, TellsEverythingThatDoesNotFit) {
  EXPECT_THAT(Misfits(R"yaml(
metadata: {annotations: {a: true}}
hostNetwork: "true"
volumes: {a: b}
securityContext: [x]
containers:
- 7
- {name: 1, securityContext: text, env: [{name: A, value: 8080}], ports: [{hostPort: 80.5}]}
- securityContext: {privileged: [], capabilities: {add: ALL, drop: [1]}, runAsUser: "0"}
)yaml"),
              testing::ElementsAre("true, not a string", "\"true\", not true or false", "{a: b}, not a list",
                                   "[x], not a map", "7, not a map", "1, not a string", "text, not a map",
                                   "8080, not a string", "80.5, not a whole number", "[], not true or false",
                                   "ALL, not a list", "1, not a string", "\"0\", not a whole number"));
}

}  // namespace
}  // namespace guard

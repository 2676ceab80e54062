// Pods that Kubernetes would not let through, or that are only meant to hurt: nothing breaks, and nothing is
// changed that is not understood.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/admission/steer_case.h"

namespace guard {
namespace {

using nlohmann::json;

TEST(SteerHostile, WrongTypesEverywhereAreLeftAlone) {
  const json good = test::FromYaml(R"(
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {a: b}, annotations: {c: d}}
spec:
  securityContext: {runAsUser: 0, seccompProfile: {type: Unconfined}, seLinuxOptions: {type: spc_t}}
  initContainers: [{name: i, image: busybox, command: [sh, -c, "true"]}]
  containers:
    - name: build
      image: docker:27
      command: [docker, build]
      args: ["."]
      env: [{name: DOCKER_HOST, value: "tcp://docker:2375"}, {name: B, valueFrom: {fieldRef: {fieldPath: a}}}]
      ports: [{containerPort: 1}]
      resources: {limits: {cpu: "1"}}
      securityContext: {privileged: true, capabilities: {add: [ALL], drop: []}, appArmorProfile: {type: Unconfined}}
      volumeMounts: [{name: sock, mountPath: /var/run/docker.sock, readOnly: true}]
    - {name: dind, image: "docker:27-dind", readinessProbe: {exec: {command: [docker, info]}}, lifecycle: {preStop: {}}}
  volumes: [{name: sock, hostPath: {path: /var/run/docker.sock}}, {name: e, emptyDir: {}}]
)");
  const json flat = good.flatten();
  ASSERT_TRUE(Steer(good, test::Options()).changed);
  const json wrong[] = {nullptr,       7, -1.5, true, "text", json::array(), json::object(), {{{"name", 1}}},
                        {nullptr, "x"}};
  for (const auto& [leaf, unused] : flat.items()) {
    // Every place on the way to every value.
    for (json::json_pointer at(leaf); !at.empty(); at = at.parent_pointer())
      for (const json& value : wrong) {
        json pod = good;
        pod[at] = value;
        SteerResult result = Steer(pod, test::Options());
        EXPECT_EQ(result.changed, result.pod != pod) << at << value;
        if (!result.changed) {
          EXPECT_EQ(result.pod, pod) << at << value;
          continue;
        }
        SteerResult again = Steer(result.pod, test::Options());
        EXPECT_EQ(again.pod, result.pod) << at << value;
      }
  }
}

TEST(SteerHostile, AnythingMayComeInsteadOfAPod) {
  for (const char* text :
       {"null", "7", "[]", "{}", R"({"spec": null})", R"({"spec": {}})", R"({"spec": {"containers": null}})",
        R"({"spec": {"containers": []}})", R"({"spec": [], "metadata": 1})"}) {
    json pod = json::parse(text);
    SteerResult result = Steer(pod, test::Options());
    EXPECT_FALSE(result.changed) << text;
    EXPECT_EQ(result.pod, pod) << text;
  }
}

TEST(SteerHostile, ThousandsOfContainersTakeNoTime) {
  json pod = test::PodOf("containers: [{name: build, image: docker, command: [docker, build, .]}]");
  json& spec = pod["spec"];
  for (int i = 0; i < 1000; ++i) {
    std::string n = std::to_string(i);
    spec["containers"].push_back({{"name", "dind-" + n},
                                  {"image", "docker:dind"},
                                  {"securityContext", {{"privileged", true}}},
                                  {"env", {{{"name", "DOCKER_TLS_CERTDIR"}, {"value", "/certs" + n}}}},
                                  {"volumeMounts", {{{"name", "v" + n}, {"mountPath", "/var/lib/docker"}}}}});
    spec["volumes"].push_back({{"name", "v" + n}, {"emptyDir", json::object()}});
  }
  auto start = std::chrono::steady_clock::now();
  SteerResult result = Steer(pod, test::Options());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_TRUE(result.changed);
  EXPECT_EQ(result.pod["spec"]["volumes"].size(), 1);
  EXPECT_EQ(Steer(result.pod, test::Options()).pod, result.pod);
}

TEST(SteerHostile, SentencesStayReadable) {
  json pod = test::PodOf(
      "containers: [{name: k, image: gcr.io/kaniko-project/executor}, {name: p, image: x, "
      "securityContext: {privileged: true}}]");
  pod["spec"]["containers"][1]["name"] = "evil\n\x1b[31m\xff" + std::string(5000, 'x');
  SteerResult result = Steer(pod, test::Options());
  ASSERT_EQ(result.not_steered.size(), 1);
  EXPECT_LT(result.not_steered[0].size(), 120);
  EXPECT_EQ(result.not_steered[0].find('\n'), std::string::npos);
  EXPECT_EQ(result.not_steered[0].find('\x1b'), std::string::npos);
}

TEST(SteerHostile, OurAnnotationSaysNothing) {
  json pod = test::PodOf("containers: [{name: k, image: gcr.io/kaniko-project/executor}]");
  pod["metadata"]["annotations"][kSteeredAnnotation] = "kaniko";
  EXPECT_TRUE(Steer(pod, test::Options()).changed);
}

}  // namespace
}  // namespace guard

// Rules of steering one by one; whole pods are in tests/golden/admission/steer.
#include "webhook/admission/steer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/admission/steer_case.h"

namespace guard {
namespace {

using nlohmann::json;

json Steered(std::string_view spec) {
  json pod = test::PodOf(spec);
  SteerResult result = Steer(pod, test::Options());
  EXPECT_TRUE(result.changed) << spec << (result.not_steered.empty() ? "" : result.not_steered.front());
  test::ExpectSteeredWell(pod, result, test::Options());
  return result.pod;
}

// The container of this name, wherever it is.
json ContainerOf(const json& pod, std::string_view name) {
  for (const char* list : {"initContainers", "containers"})
    if (pod["spec"].contains(list))
      for (const json& container : pod["spec"][list])
        if (container["name"] == name) return container;
  return nullptr;
}

TEST(Steer, WithoutABuilderNothingIsSteered) {
  json pod = test::PodOf("containers: [{name: k, image: gcr.io/kaniko-project/executor}]");
  SteerResult result = Steer(pod, {});
  EXPECT_FALSE(result.changed);
  EXPECT_EQ(result.pod, pod);
}

TEST(Steer, KanikoKeepsWhatItIsToldToDo) {
  for (const char* image :
       {"gcr.io/kaniko-project/executor", "gcr.io/kaniko-project/executor:v1.24.0-debug@sha256:aaaa",
        "mirror.example.com/gcr/kaniko-project/executor:debug", "ghcr.io/osscontainertools/kaniko:v1.25.0",
        "cgr.dev/chainguard/kaniko", "martizih/kaniko", "bitnami/kaniko:1",
        "registry.example.com/ci/kaniko:debug",
        "ghcr.io/kaniko-build/dist/chainguard-dev-kaniko/executor:v1.25.0-debug"}) {
    json pod =
        Steered("containers: [{name: k, image: '" + std::string(image) +
                "', args: [--context=/src, --destination=reg/app], env: [{name: AWS_REGION, value: eu}]}]");
    json container = ContainerOf(pod, "k");
    EXPECT_EQ(container["image"], test::Options().builder_image);
    EXPECT_EQ(container["command"], json({"/kaniko/executor"}));
    EXPECT_EQ(container["args"], json({"--context=/src", "--destination=reg/app"}));
    EXPECT_EQ(container["env"], json({{{"name", "AWS_REGION"}, {"value", "eu"}}}));
  }
  json pod = Steered(
      "containers: [{name: k, image: gcr.io/kaniko-project/executor:debug, command: [sleep], args: "
      "[infinity]}]");
  EXPECT_EQ(ContainerOf(pod, "k")["command"], json({"sleep"}));
}

TEST(Steer, ToolsThatAreTheCommandBecomeTheBuilder) {
  struct Case {
    const char* container;
    json command, args;
  };
  const Case cases[] = {
      {"{image: quay.io/buildah/stable, command: [/usr/bin/buildah, bud, .]}", {"buildah"}, {"bud", "."}},
      {"{image: quay.io/buildah/stable, args: [buildah, push, x]}", {"buildah"}, {"push", "x"}},
      {"{image: quay.io/podman/stable, command: [podman], args: [build, .]}", {"podman"}, {"build", "."}},
      {"{image: r.j3ss.co/img, args: [build, -t, x, .]}", {"docker"}, {"build", "-t", "x", "."}},
      {"{image: moby/buildkit:rootless, command: [buildctl-daemonless.sh], args: [build, --frontend, "
       "dockerfile.v0, "
       "--local, context=/w, --local, dockerfile=/w/d, --opt, target=x, --opt, 'build-arg:A=b=c', "
       "'--output=type=image,name=reg/app,push=true']}",
       {"docker"},
       {"buildx", "build", "--file", "/w/d/Dockerfile", "--target", "x", "--build-arg", "A=b=c", "--output",
        "type=image,name=reg/app,push=true", "/w"}},
  };
  for (const Case& c : cases) {
    std::string spec(c.container);
    json pod = Steered("containers: [" + spec.insert(1, "name: b, ") + "]");
    EXPECT_EQ(ContainerOf(pod, "b")["image"], test::Options().builder_image) << c.container;
    EXPECT_EQ(ContainerOf(pod, "b")["command"], c.command) << c.container;
    EXPECT_EQ(ContainerOf(pod, "b")["args"], c.args) << c.container;
  }
}

TEST(Steer, WhatCannotBeSteeredIsLeftAloneWithAReason) {
  struct Case {
    const char* spec;
    const char* reason;
  };
  const Case cases[] = {
      {"containers: [{name: b, image: moby/buildkit:rootless, command: [sh, -c, buildctl build]}]",
       "buildctl"},
      {"containers: [{name: b, image: 'moby/buildkit:v0.16', args: [--addr, 'tcp://0.0.0.0:1234']}]",
       "BuildKit daemon"},
      {"containers: [{name: b, image: moby/buildkit, command: [buildctl, --addr, 'tcp://b:1', build]}]",
       "BuildKit daemon"},
      {"containers: [{name: b, image: moby/buildkit, command: [buildctl-daemonless.sh, build, "
       "--frontend=gateway.v0, "
       "--local, context=.]}]",
       "frontend"},
      {"containers: [{name: b, image: r.j3ss.co/img, args: [unpack, x]}]", "img unpack"},
      {"containers: [{name: b, image: 'gcr.io/kaniko-project/warmer:latest'}]", "does not stand in for"},
      {"containers: [{name: b, image: plugins/kaniko}]", "does not stand in for"},
      {"containers: [{name: b, image: 'plugins/docker:20'}]", "daemon of its own"},
      {"containers: [{name: b, image: ghcr.io/earthly/earthly}]", "does not stand in for"},
      {"containers: [{name: b, image: alpine, command: [sh, -c, 'dockerd & docker build .']}]",
       "daemon of its own"},
      {"containers: [{name: b, image: alpine, command: [sh, -c, '/kaniko/executor --context .']}]",
       "image of its own"},
      {"containers: [{name: b, image: 'docker:cli', command: [docker, build, .], env: [{name: DOCKER_HOST, "
       "value: "
       "'ssh://ci@build.example.com'}]}]",
       "daemon elsewhere"},
      {"containers: [{name: b, image: 'docker:cli', command: [docker, build, .], env: [{name: "
       "DOCKER_TLS_VERIFY, value: "
       "'1'}, {name: DOCKER_HOST, value: 'tcp://build.example.com:2376'}]}]",
       "daemon elsewhere"},
      {"containers: [{name: d, image: 'docker:dind', securityContext: {privileged: true}}]",
       "nothing in the pod"},
      {"hostPID: true\ncontainers: [{name: k, image: gcr.io/kaniko-project/executor}]", "hostPID"},
      {"hostIPC: true\ncontainers: [{name: k, image: gcr.io/kaniko-project/executor}]", "hostIPC"},
      {"os: {name: windows}\ncontainers: [{name: k, image: gcr.io/kaniko-project/executor}]", "Windows"},
      {"containers: [{name: k, image: gcr.io/kaniko-project/executor}, {name: p, image: x, securityContext: "
       "{privileged: true}}]",
       "container 'p' is privileged"},
      {"containers: [{name: k, image: gcr.io/kaniko-project/executor}]\ninitContainers: [{name: own, image: "
       "busybox, "
       "command: [chown, -R, '1000', /w]}]",
       "container 'own' runs commands that need root"},
      {"containers: [{name: k, image: gcr.io/kaniko-project/executor}]\ninitContainers: [{name: own, image: "
       "x, "
       "securityContext: {runAsUser: 0}}]",
       "container 'own' asks for root"},
      {"containers: [{name: k, image: gcr.io/kaniko-project/executor}]\nvolumes: [{name: h, hostPath: {path: "
       "/var}}]",
       "volume 'h' mounts '/var'"},
      {"containers: [{name: b, image: docker, command: [docker, build, .], volumeMounts: [{name: t, "
       "mountPath: /usr/local, "
       "readOnly: true}]}]\nvolumes: [{name: t, emptyDir: {}}]",
       "read-only"},
  };
  for (const Case& c : cases) {
    json pod = test::PodOf(c.spec);
    SteerResult result = Steer(pod, test::Options());
    EXPECT_FALSE(result.changed) << c.spec;
    EXPECT_EQ(result.pod, pod) << c.spec;
    EXPECT_TRUE(result.done.empty()) << c.spec;
    std::string reasons;
    for (const std::string& reason : result.not_steered) reasons += reason + '\n';
    EXPECT_NE(reasons.find(c.reason), std::string::npos) << c.spec << '\n' << reasons;
  }
}

TEST(Steer, AProposalHasWhatIsInTheWayTakenOut) {
  SteerResult result =
      Steer(test::PodOf("hostPID: true\nhostNetwork: true\n"
                        "containers: [{name: k, image: gcr.io/kaniko-project/executor, volumeMounts: "
                        "[{name: h, mountPath: /h}, {name: w, mountPath: /w}]}]\n"
                        "volumes: [{name: h, hostPath: {path: /srv}}, {name: w, emptyDir: {}}]"),
            test::Options());
  ASSERT_FALSE(result.proposal.is_null());
  EXPECT_FALSE(result.proposal["spec"].contains("hostPID"));
  EXPECT_EQ(result.proposal["spec"]["volumes"].size(), 1);
  std::set<std::string> left = test::Findings(result.proposal);
  EXPECT_EQ(
      left.count("pss-host-path-volumes") + left.count("pss-host-pid") + left.count("pss-run-as-non-root"),
      0);
}

TEST(Steer, UsersAreKeptUnlessTheyAreRoot) {
  struct Case {
    const char* pod_context;
    const char* container_context;
    json pod_user, container_user;
  };
  const Case cases[] = {
      {"{}", "{}", 1000, nullptr},
      {"{}", "{runAsUser: 0}", 1000, nullptr},
      {"{runAsUser: 0}", "{}", 1000, nullptr},
      {"{runAsUser: 0}", "{runAsUser: 4711}", 1000, 4711},
      {"{runAsUser: 4711}", "{}", 4711, nullptr},
      {"{runAsUser: 4711}", "{runAsUser: 0}", 4711, nullptr},
      {"{}", "{runAsUser: 4711}", nullptr, 4711},
      {"{runAsNonRoot: true}", "{}", nullptr, nullptr},
      {"{runAsNonRoot: true}", "{runAsUser: 0, runAsNonRoot: false}", 1000, nullptr},
  };
  for (const Case& c : cases) {
    json pod = Steered("securityContext: " + std::string(c.pod_context) +
                       "\ncontainers: [{name: k, image: gcr.io/kaniko-project/executor, securityContext: " +
                       c.container_context + "}]");
    const json& context = pod["spec"]["securityContext"];
    json own = ContainerOf(pod, "k")["securityContext"];
    EXPECT_EQ(context.value("runAsUser", json()), c.pod_user) << c.pod_context << c.container_context;
    EXPECT_EQ(own.value("runAsUser", json()), c.container_user) << c.pod_context << c.container_context;
    EXPECT_EQ(context["runAsNonRoot"], true);
    EXPECT_FALSE(own.contains("runAsNonRoot"));
  }
}

TEST(Steer, RootStaysInAUserNamespaceWhereRestrictedAllowsIt) {
  const char* spec =
      "hostUsers: false\ncontainers: [{name: k, image: gcr.io/kaniko-project/executor, securityContext: "
      "{runAsUser: 0}}]";
  EXPECT_EQ(ContainerOf(Steered(spec), "k")["securityContext"]["runAsUser"], 0);
  SteerOptions before = test::Options();
  before.kubernetes = {1, 34};
  EXPECT_EQ(Steer(test::PodOf(spec), before).pod["spec"]["securityContext"]["runAsUser"], 1000);
}

TEST(Steer, ASteeredContainerLosesEveryWayOut) {
  json pod = Steered(R"(
securityContext: {seccompProfile: {type: Unconfined}, appArmorProfile: {type: Unconfined}, seLinuxOptions: {type: spc_t, level: s0}}
containers:
  - name: build
    image: docker:27
    command: [sh, -c, docker build .]
    env: [{name: A, value: b}, {name: DOCKER_HOST, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: DOCKER_TLS_VERIFY, value: "1"}]
    volumeMounts: [{name: sock, mountPath: /var/run/docker.sock, subPath: docker.sock}, {name: w, mountPath: /w}]
    securityContext: {privileged: true, procMount: Unmasked, capabilities: {add: [ALL, NET_BIND_SERVICE], drop: [NET_RAW]}, seccompProfile: {type: Unconfined}}
volumes: [{name: sock, hostPath: {path: /var/run}}, {name: w, emptyDir: {}}]
)");
  json build = ContainerOf(pod, "build");
  EXPECT_EQ(build["securityContext"], json::parse(R"({"allowPrivilegeEscalation": false,
                                                      "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}})"));
  EXPECT_EQ(pod["spec"]["securityContext"]["seLinuxOptions"], json({{"level", "s0"}}));
  EXPECT_EQ(
      build["env"],
      json::parse(R"([{"name": "A", "value": "b"}, {"name": "HOME", "value": "/home/rootless-builder"}])"));
  EXPECT_EQ(test::Findings(pod).count("no-runtime-socket"), 0);
  EXPECT_EQ(pod["spec"]["volumes"].size(), 2);
}

TEST(Steer, AStandInTakesTheNameThatIsFree) {
  json pod = Steered(R"(
containers:
  - {name: rootless-builder, image: "docker:27", command: [docker, build, .], volumeMounts: [{name: rootless-builder, mountPath: /w}]}
volumes: [{name: rootless-builder, emptyDir: {}}, {name: rootless-builder-2, emptyDir: {}}]
)");
  const json& installer = pod["spec"]["initContainers"][0];
  EXPECT_EQ(installer["name"], "rootless-builder-2");
  EXPECT_EQ(installer["volumeMounts"][0]["name"], "rootless-builder-3");
}

TEST(Steer, AnInstallerThatOnlyLooksLikeOursIsNotTrusted) {
  json pod = Steered(R"(
initContainers:
  - {name: rootless-builder, image: "registry.example.com/guard/rootless-builder:1.0.0@sha256:1111111111111111111111111111111111111111111111111111111111111111", command: [rootless-builder, install, /stand-in], volumeMounts: [{name: evil, mountPath: /stand-in, subPath: x}]}
  - {name: other, image: evil, command: [rootless-builder, install, /stand-in], volumeMounts: [{name: evil, mountPath: /stand-in}]}
containers:
  - {name: build, image: "docker:27", command: [docker, build, .], volumeMounts: [{name: evil, mountPath: /usr/local/bin/docker, subPath: d}]}
volumes: [{name: evil, emptyDir: {}}]
)");
  const json build = ContainerOf(pod, "build");
  for (const json& mount : build["volumeMounts"]) EXPECT_EQ(mount["name"], "rootless-builder");
}

TEST(Steer, ResourcesOfTheInstallerAreThoseOfTheBuild) {
  json pod = Steered(
      "containers: [{name: b, image: docker, command: [docker, build, .], resources: {limits: {cpu: '1', "
      "memory: "
      "1Gi, nvidia.com/gpu: 1}, requests: {cpu: '1', memory: 1Gi}}}]");
  EXPECT_EQ(
      pod["spec"]["initContainers"][0]["resources"],
      json::parse(R"({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}})"));
}

TEST(Steer, TemplatesAreSteeredInPlace) {
  json spec = test::FromYaml("containers: [{name: k, image: gcr.io/kaniko-project/executor}]");
  json metadata;
  SteerReport report = SteerTemplate(&metadata, &spec, test::Options());
  EXPECT_TRUE(report.changed);
  EXPECT_EQ(metadata["annotations"][kSteeredAnnotation], "kaniko");
  EXPECT_EQ(spec["containers"][0]["image"], test::Options().builder_image);
  EXPECT_FALSE(SteerTemplate(&metadata, &spec, test::Options()).changed);
}

}  // namespace
}  // namespace guard

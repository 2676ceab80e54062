// Any JSON as a pod: steering never crashes; the patch that goes out applies; a second pass changes nothing
// and has nothing more to say; and no guardrail of build-isolation or pod-security-restricted finds
// something that it had not found before.
//
// The input is a pod as it is, or a recipe: bytes choose from words that matter, as random texts seldom make
// a pod that builds.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policies/engine/evaluate.h"
#include "policies/subjects/kubernetes.h"
#include "webhook/admission/json_patch.h"
#include "webhook/admission/steer.h"

namespace {

using nlohmann::json;

constexpr const char* kBuilder = "reg.example/rootless-builder:1@sha256:11111111111111111111111111111111";

const guard::PolicySet& Packs() {
  static const guard::PolicySet set = [] {
    auto loaded = guard::PolicySet::Load(guard::PolicySet::Embedded());
    if (!loaded) std::abort();
    return std::move(*loaded);
  }();
  return set;
}

std::set<std::string> Findings(const json& pod) {
  static guard::Evaluator evaluator = [] {
    const std::string packs[] = {"build-isolation", "pod-security-restricted"};
    guard::EvaluateOptions options;
    options.fixes = false;
    return guard::Evaluator(Packs(), *Packs().Select(packs), options);
  }();
  guard::Source source("pod.json", pod.dump(-1, ' ', false, json::error_handler_t::replace));
  guard::Documents documents = guard::ReadJson(source);
  std::set<std::string> names;
  if (documents.error) return names;
  std::vector<guard::Subject> subjects;
  guard::ProjectKubernetes(documents, documents.all.at(0), {}, &subjects);
  std::vector<guard::Finding> findings;
  for (const guard::Subject& subject : subjects) evaluator.Evaluate(subject, &findings);
  for (const guard::Finding& finding : findings) names.insert(finding.guardrail->name);
  return names;
}

// Pods made of words that matter.
class Recipe {
 public:
  Recipe(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  json Pod() {
    json spec = {{"containers", json::array()}};
    for (int i = 1 + Below(4); i > 0; --i) spec["containers"].push_back(Container());
    if (Below(2)) {
      for (int i = Below(3); i > 0; --i) spec["initContainers"].push_back(Container());
    }
    for (int i = Below(5); i > 0; --i) spec["volumes"].push_back(Volume());
    if (Below(3) == 0) spec["securityContext"] = Context();
    if (Below(12) == 0) spec["hostUsers"] = false;
    if (Below(16) == 0) spec["hostPID"] = true;
    if (Below(16) == 0) spec["automountServiceAccountToken"] = false;
    if (Below(24) == 0) spec["shareProcessNamespace"] = true;
    json metadata = {{"name", "p"}};
    if (Below(4) == 0) metadata["annotations"] = {{"guardctl.dev/steered", "docker"}};
    if (Below(8) == 0)
      metadata["annotations"]["container.apparmor.security.beta.kubernetes.io/build"] = "unconfined";
    if (Below(6) == 0)
      metadata["labels"] = {{Pick("jenkins/label", "tekton.dev/taskRun", "actions-runner"), "x"}};
    if (Below(16) != 0) Name(spec);
    json pod = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", metadata}, {"spec", spec}};
    if (Below(16) == 0) Spoil(pod);
    return pod;
  }

 private:
  int Below(int n) { return at_ < size_ ? data_[at_++] % n : 0; }
  template <class... Words>
  std::string Pick(Words... words) {
    const char* all[] = {words...};
    return all[Below(static_cast<int>(sizeof...(words)))];
  }
  std::string VolumeName() { return Pick("v", "sock", "certs", "rootless-builder", "work"); }

  json Container() {
    json container = {{"name", Pick("build", "helper", "svc-0", "runner", "dind", "main", "wait", "jnlp",
                                    "step-a", "c", "rootless-builder")}};
    container["image"] =
        Pick("docker:27", "docker:27-dind", "node:20", "gcr.io/kaniko-project/executor:debug",
             "quay.io/buildah/stable", "quay.io/podman/stable", "moby/buildkit:rootless", "r.j3ss.co/img",
             kBuilder, "ghcr.io/actions/actions-runner", "plugins/docker", "mirror/docker@sha256:aaaa",
             "a/kaniko-tool", "summerwind/actions-runner-dind", "jenkins/inbound-agent");
    json words = Command();
    if (!words.empty()) container[Below(2) ? "command" : "args"] = words;
    if (Below(4) == 0) {
      container["command"] = {"/tekton/bin/entrypoint"};
      container["args"] = {"-wait_file", "x", "-entrypoint", "docker", "--", "build", "."};
    }
    if (Below(6) == 0) {
      json own = Command();
      container["command"] = {"/var/run/argo/argoexec", "emissary", "--"};
      for (const json& word : own) container["command"].push_back(word);
    }
    for (int i = Below(4); i > 0; --i) container["env"].push_back(Variable());
    for (int i = Below(5); i > 0; --i) container["volumeMounts"].push_back(Mount());
    if (Below(2)) container["securityContext"] = Context();
    if (Below(6) == 0) container["restartPolicy"] = "Always";
    if (Below(6) == 0) container["readinessProbe"] = {{"exec", {{"command", {"docker", "info"}}}}};
    if (Below(6) == 0) container["resources"] = {{"limits", {{"cpu", "1"}, {"fuse", "1"}}}};
    if (Below(8) == 0) container["ports"] = {{{"containerPort", 2375}, {"hostPort", 2375}}};
    return container;
  }
  json Command() {
    switch (Below(14)) {
      case 0: return json::array();
      case 1: return {"cat"};
      case 2: return {"sh", "-c", "docker build . && docker push x"};
      case 3: return {"dockerd", "--host=tcp://0.0.0.0:2375"};
      case 4: return {"--tls=false"};
      case 5: return {"/kaniko/executor", "--context=/w", "--destination=x"};
      case 6: return {"buildah", "bud", "."};
      case 7: return {"buildctl-daemonless.sh", "build", "--frontend=dockerfile.v0", "--local", "context=."};
      case 8: return {"img", "build", "."};
      case 9: return {"rootless-builder", "install", "/stand-in"};
      case 10: return {"rootless-builder", "stand-in", "--ports", "2375"};
      case 11: return {"sh", "-c", "dockerd & chown -R 1000 /x; nerdctl build ."};
      case 12: return {"/usr/bin/docker", "build", "."};
      default: return {"sh"};
    }
  }
  json Variable() {
    json variable = {
        {"name", Pick("DOCKER_HOST", "DOCKER_TLS_CERTDIR", "DOCKER_TLS_VERIFY", "HOME", "DOCKER_ENABLED",
                      "DOCKER_CONFIG", "A", "DOCKERD_IN_RUNNER", "DISABLE_WAIT_FOR_DOCKER")}};
    if (Below(4) == 0)
      variable["valueFrom"] = {{"secretKeyRef", {{"name", "s"}, {"key", "k"}}}};
    else
      variable["value"] =
          Pick("tcp://docker:2375", "unix:///var/run/docker.sock", "", "true", "/root/.docker", "/root",
               "ssh://u@h", "tcp://build.example.com:2376", "/certs");
    return variable;
  }
  json Mount() {
    json mount = {
        {"name", VolumeName()},
        {"mountPath", Pick("/var/run/docker.sock", "/var/run", "/run", "/certs/client", "/var/lib/docker",
                           "/w", "/stand-in", "/usr/local/bin/docker", "/usr/local/bin", "/root/.docker",
                           "/home/rootless-builder", "/etc/docker/certs.d/x", "/usr/bin/docker", "")}};
    if (Below(4) == 0) mount["readOnly"] = true;
    if (Below(4) == 0) mount["subPath"] = "docker";
    return mount;
  }
  json Volume() {
    json volume = {{"name", VolumeName()}};
    switch (Below(5)) {
      case 0:
        volume["hostPath"] = {{"path", Pick("/var/run/docker.sock", "//run/./", "/", "/var/lib/docker",
                                            "/usr/bin/docker", "/srv", "/run/../etc", "/dev/fuse", "")}};
        break;
      case 1: volume["secret"] = {{"secretName", "s"}}; break;
      case 2: volume["persistentVolumeClaim"] = {{"claimName", "s"}}; break;
      default: volume["emptyDir"] = json::object();
    }
    return volume;
  }
  json Context() {
    json context = json::object();
    if (Below(2)) context["privileged"] = Below(2) == 0;
    if (Below(3) == 0) context["runAsUser"] = Below(3) * 1000 - (Below(16) == 1 ? 1 : 0);
    if (Below(4) == 0) context["runAsNonRoot"] = Below(2) == 0;
    if (Below(4) == 0)
      context["capabilities"] = {{"add", {Pick("SYS_ADMIN", "NET_BIND_SERVICE")}}, {"drop", {"ALL"}}};
    if (Below(4) == 0)
      context["seccompProfile"] = {{"type", Pick("Unconfined", "RuntimeDefault", "Localhost")}};
    if (Below(6) == 0) context["procMount"] = "Unmasked";
    if (Below(6) == 0) context["seLinuxOptions"] = {{"type", "spc_t"}, {"level", "s0"}};
    if (Below(8) == 0) context["allowPrivilegeEscalation"] = nullptr;
    return context;
  }
  // Names that Kubernetes demands to be different are, by a number behind all but the first.
  static void Name(json& spec) {
    std::set<std::string> containers, volumes;
    auto name = [](json& item, const char* key, std::set<std::string>* seen) {
      std::string text = item[key];
      while (text.empty() || !seen->insert(text).second) text += '2';
      item[key] = text;
    };
    for (const char* list : {"initContainers", "containers"}) {
      if (!spec.contains(list)) continue;
      for (json& container : spec[list]) {
        name(container, "name", &containers);
        std::set<std::string> paths;
        if (container.contains("volumeMounts"))
          for (json& mount : container["volumeMounts"]) name(mount, "mountPath", &paths);
      }
    }
    if (spec.contains("volumes"))
      for (json& volume : spec["volumes"]) name(volume, "name", &volumes);
  }
  // Something that Kubernetes would not let through, somewhere.
  void Spoil(json& value) {
    json* at = &value;
    while (at->is_structured() && !at->empty() && Below(8) != 0) {
      auto item = at->begin();
      std::advance(item, Below(static_cast<int>(std::min<size_t>(at->size(), 200))));
      at = &*item;
    }
    switch (Below(5)) {
      case 0: *at = nullptr; break;
      case 1: *at = 7; break;
      case 2: *at = json::array({1, nullptr}); break;
      case 3: *at = {{"name", 1}}; break;
      default: *at = "x";
    }
  }

  const uint8_t* data_;
  size_t size_, at_ = 0;
};

[[noreturn]] void Stop(const char* what, const json& pod, const json& after) {
  fprintf(stderr, "%s\nbefore: %s\nafter: %s\n", what,
          pod.dump(-1, ' ', false, json::error_handler_t::replace).c_str(),
          after.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 20'000 || size == 0) return 0;
  json pod;
  if (data[0] == '{') {
    bool deep = false;
    pod = json::parse(
        data, data + size,
        [&](int depth, json::parse_event_t, json&) {
          deep |= depth > 100;
          return true;
        },
        false);
    if (pod.is_discarded() || deep) return 0;
  } else {
    pod = Recipe(data, size).Pod();
  }

  guard::SteerOptions options;
  options.builder_image = kBuilder;
  guard::SteerResult result = guard::Steer(pod, options);
  if (result.changed != (result.pod != pod)) Stop("'changed' is wrong", pod, result.pod);
  if (result.changed && (!result.not_steered.empty() || result.done.empty() || !result.proposal.is_null()))
    Stop("changed, and not", pod, result.pod);
  auto patched = guard::ApplyPatch(pod, guard::DiffPatch(pod, result.pod));
  if (!patched || *patched != result.pod) Stop("the patch does not apply", pod, result.pod);
  if (!result.changed) return 0;

  guard::SteerResult again = guard::Steer(result.pod, options);
  if (again.changed) Stop("a second pass changes something", result.pod, again.pod);
  if (!again.not_steered.empty()) Stop(again.not_steered.front().c_str(), pod, result.pod);
  std::set<std::string> before = Findings(pod), after = Findings(result.pod);
  for (const std::string& name : after)
    if (!before.count(name)) Stop(("new finding: " + name).c_str(), pod, result.pod);
  return 0;
}

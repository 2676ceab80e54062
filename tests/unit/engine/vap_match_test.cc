// Every field of matchConstraints has a request that it takes and one that it leaves out.
#include <gtest/gtest.h>

#include "tests/unit/engine/vap_policies.h"

namespace guard {
namespace {

using test::Binding, test::Judge, test::LoadSet, test::Policy, test::Request, test::Require, test::Verdict;

// What a request is, in short: "CREATE /v1/pods in shop", "CONNECT /v1/pods/exec in shop named web".
struct Asked {
  AdmissionOperation operation = AdmissionOperation::kCreate;
  const char* group = "";
  const char* version = "v1";
  const char* kind = "Pod";
  const char* resource = "pods";
  const char* subresource = "";
  const char* space = "shop";
  const char* name = "web";
  const char* object = "{metadata: {name: web, labels: {app: web, tier: front}}}";
  const char* old = "";
};

// Whether the policy, which denies whatever it matches, denies.
bool Denies(const std::string& constraints, const Asked& asked, const std::string& binding_match = "",
            const std::string& more = "") {
  std::string binding = "  validationActions: [Deny]\n";
  if (!binding_match.empty()) binding += "  matchResources: " + binding_match + "\n";
  AdmissionPolicySet set = LoadSet(Policy(Require("false"), constraints) + Binding(binding) + more);
  Request request(asked.object, asked.old);
  request.a.operation = asked.operation;
  request.a.kind = {asked.group, asked.version, asked.kind};
  request.a.resource = {asked.group, asked.version, asked.resource};
  request.a.subresource = asked.subresource;
  request.a.namespace_name = asked.space;
  request.a.name = asked.name;
  return !Judge(set, request.a).results.empty();
}

std::string Rule(const std::string& fields) { return "{resourceRules: [{" + fields + "}]}"; }
const std::string kAll = "apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], ";
const Asked kPod;
const Asked kDeployment{.group = "apps", .kind = "Deployment", .resource = "deployments"};
const Asked kExec{.operation = AdmissionOperation::kConnect, .kind = "PodExecOptions", .subresource = "exec"};
const Asked kNamespace{.kind = "Namespace", .resource = "namespaces", .space = "web"};
const Asked kNode{.kind = "Node", .resource = "nodes", .space = ""};

TEST(VapMatch, Groups) {
  std::string rest = "apiVersions: [v1], operations: [CREATE], resources: ['*']";
  EXPECT_TRUE(Denies(Rule("apiGroups: [''], " + rest), kPod));
  EXPECT_FALSE(Denies(Rule("apiGroups: [''], " + rest), kDeployment));
  EXPECT_TRUE(Denies(Rule("apiGroups: [batch, apps], " + rest), kDeployment));
  EXPECT_FALSE(Denies(Rule("apiGroups: [batch, apps], " + rest), kPod));
  EXPECT_TRUE(Denies(Rule("apiGroups: ['*'], " + rest), kPod));
}

TEST(VapMatch, Versions) {
  std::string rest = "apiGroups: [apps], operations: [CREATE], resources: [deployments]";
  auto exact = [&](const char* version) {
    return "{matchPolicy: Exact, resourceRules: [{apiVersions: ['" + std::string(version) + "'], " + rest +
           "}]}";
  };
  EXPECT_TRUE(Denies(exact("v1"), kDeployment));
  EXPECT_FALSE(Denies(exact("v1beta1"), kDeployment));
  EXPECT_TRUE(Denies(exact("*"), kDeployment));
}

TEST(VapMatch, Operations) {
  std::string rest = "apiGroups: [''], apiVersions: [v1], resources: ['*', 'pods/exec']";
  EXPECT_TRUE(Denies(Rule("operations: [CREATE, DELETE], " + rest), kPod));
  EXPECT_FALSE(Denies(Rule("operations: [UPDATE, DELETE, CONNECT], " + rest), kPod));
  EXPECT_TRUE(Denies(Rule("operations: ['*'], " + rest), kExec));
  EXPECT_TRUE(Denies(Rule("operations: [CONNECT], " + rest), kExec));
  EXPECT_FALSE(Denies(Rule("operations: [CREATE], " + rest), kExec));
}

TEST(VapMatch, Resources) {
  struct Case {
    const char* resources;
    bool pod, exec;
  };
  for (const Case& c :
       {Case{"pods", true, false}, Case{"'*'", true, false}, Case{"'*/*'", true, true},
        Case{"pods/*", true, true}, Case{"pods/exec", false, true}, Case{"'*/exec'", false, true},
        Case{"pods/attach", false, false}, Case{"services", false, false}}) {
    EXPECT_EQ(Denies(Rule(kAll + "resources: [" + c.resources + "]"), kPod), c.pod) << c.resources;
    EXPECT_EQ(Denies(Rule(kAll + "resources: [" + c.resources + "]"), kExec), c.exec) << c.resources;
  }
}

TEST(VapMatch, ResourceNames) {
  std::string rule = kAll + "resources: [pods], resourceNames: [web, db]";
  EXPECT_TRUE(Denies(Rule(rule), kPod));
  EXPECT_FALSE(Denies(Rule(rule), {.name = "shop"}));
  EXPECT_FALSE(Denies(Rule(rule), {.name = ""}));
}

TEST(VapMatch, Scope) {
  std::string rest = kAll + "resources: ['*'], scope: ";
  EXPECT_TRUE(Denies(Rule(rest + "Namespaced"), kPod));
  EXPECT_FALSE(Denies(Rule(rest + "Namespaced"), kNode));
  EXPECT_FALSE(Denies(Rule(rest + "Namespaced"), kNamespace));
  EXPECT_FALSE(Denies(Rule(rest + "Cluster"), kPod));
  EXPECT_TRUE(Denies(Rule(rest + "Cluster"), kNode));
  EXPECT_TRUE(Denies(Rule(rest + "Cluster"), kNamespace));
  EXPECT_TRUE(Denies(Rule(rest + "'*'"), kPod));
  EXPECT_TRUE(Denies(Rule(rest + "'*'"), kNode));
}

TEST(VapMatch, ExcludedRules) {
  std::string all = "{resourceRules: [{" + kAll + "resources: ['*']}], excludeResourceRules: [{";
  EXPECT_FALSE(Denies(all + kAll + "resources: [pods]}]}", kPod));
  EXPECT_TRUE(Denies(all + kAll + "resources: [pods]}]}", kDeployment));
  EXPECT_TRUE(Denies(all + kAll + "resources: [pods], resourceNames: [db]}]}", kPod));
}

TEST(VapMatch, MatchPolicy) {
  auto rule = [](const char* group, const char* version, const char* policy,
                 const char* resource = "deployments") {
    return "{matchPolicy: " + std::string(policy) + ", resourceRules: [{apiGroups: [" + group +
           "], apiVersions: [" + version + "], operations: ['*'], resources: [" + resource + "]}]}";
  };
  Asked old{.group = "extensions", .version = "v1beta1", .kind = "Deployment", .resource = "deployments"};
  EXPECT_TRUE(Denies(rule("apps", "v1", "Equivalent"), old));
  EXPECT_FALSE(Denies(rule("apps", "v1", "Exact"), old));
  EXPECT_TRUE(Denies(rule("apps", "v1beta2", "Equivalent"), kDeployment));
  EXPECT_FALSE(Denies(rule("apps", "v1beta2", "Exact"), kDeployment));
  EXPECT_FALSE(Denies(rule("batch", "v1", "Equivalent"), kDeployment));
  EXPECT_FALSE(Denies(rule("apps", "v1", "Equivalent", "statefulsets"), old));
}

TEST(VapMatch, EquivalentIsTheDefault) {
  std::string rule =
      Rule("apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]");
  EXPECT_TRUE(
      Denies(rule, {.group = "apps", .version = "v1beta1", .kind = "Deployment", .resource = "deployments"}));
}

TEST(VapMatch, TheRequestSaysWhatWasMatchedAndWhatWasSent) {
  std::string rule =
      Rule("apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]");
  Request request("{metadata: {name: web}}");
  request.a.kind = {"extensions", "v1beta1", "Deployment"};
  request.a.resource = {"extensions", "v1beta1", "deployments"};
  EXPECT_EQ(
      Verdict(Policy("  validations: [{expression: 'false', messageExpression: \"request.kind.group + '/' + "
                     "request.resource.version + ' ' + request.requestKind.group + '/' + "
                     "request.requestResource.version\"}]\n",
                     rule) +
                  Binding(),
              request.a),
      "p/b deny: apps/v1 extensions/v1beta1\n");
}

TEST(VapMatch, AnotherShapeCannotBeJudged) {
  std::string rule =
      Rule("apiGroups: [networking.k8s.io], apiVersions: [v1], operations: ['*'], resources: [ingresses]");
  Request request("{metadata: {name: web}}");
  request.a.kind = {"networking.k8s.io", "v1beta1", "Ingress"};
  request.a.resource = {"networking.k8s.io", "v1beta1", "ingresses"};
  EXPECT_EQ(Verdict(Policy(Require("true"), rule) + Binding(), request.a),
            "p/b deny: failed to configure binding: failed to convert object version: only the API server "
            "can do it\n");
  EXPECT_EQ(Verdict(Policy(Require("true") + "  failurePolicy: Ignore\n", rule) + Binding(), request.a), "");
}

TEST(VapMatch, ObjectSelector) {
  auto with = [](const char* selector) {
    return "{resourceRules: [{" + kAll + "resources: [pods]}], objectSelector: " + selector + "}";
  };
  EXPECT_TRUE(Denies(with("{}"), kPod));
  EXPECT_TRUE(Denies(with("{matchLabels: {app: web}}"), kPod));
  EXPECT_FALSE(Denies(with("{matchLabels: {app: db}}"), kPod));
  EXPECT_FALSE(Denies(with("{matchLabels: {app: web, tier: back}}"), kPod));
  struct Case {
    const char* expression;
    bool denies;
  };
  for (const Case& c :
       {Case{"key: app, operator: In, values: [db, web]", true},
        Case{"key: app, operator: In, values: [db]", false},
        Case{"key: app, operator: NotIn, values: [db]", true},
        Case{"key: app, operator: NotIn, values: [db, web]", false},
        Case{"key: nothing, operator: NotIn, values: [db]", true}, Case{"key: app, operator: Exists", true},
        Case{"key: nothing, operator: Exists", false}, Case{"key: app, operator: DoesNotExist", false},
        Case{"key: nothing, operator: DoesNotExist", true}})
    EXPECT_EQ(Denies(with(("{matchExpressions: [{" + std::string(c.expression) + "}]}").c_str()), kPod),
              c.denies)
        << c.expression;
}

TEST(VapMatch, ObjectSelectorLooksAtBothObjects) {
  std::string match =
      "{resourceRules: [{" + kAll + "resources: [pods]}], objectSelector: {matchLabels: {app: web}}}";
  Asked update{.operation = AdmissionOperation::kUpdate, .object = "{metadata: {labels: {app: db}}}"};
  update.old = "{metadata: {labels: {app: web}}}";
  EXPECT_TRUE(Denies(match, update));
  update.old = "{metadata: {labels: {app: other}}}";
  EXPECT_FALSE(Denies(match, update));
}

constexpr const char* kSpaces =
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n"
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: lab, labels: {env: test}}\n";

TEST(VapMatch, NamespaceSelector) {
  std::string match =
      "{resourceRules: [{" + kAll + "resources: ['*']}], namespaceSelector: {matchLabels: {env: prod}}}";
  EXPECT_TRUE(Denies(match, kPod, "", kSpaces));
  EXPECT_FALSE(Denies(match, {.space = "lab"}, "", kSpaces));
  EXPECT_TRUE(Denies(match, kNode, "", kSpaces)) << "what is cluster-scoped is never exempt";
  // A namespace is judged by the labels that it is to have.
  Asked create{.kind = "Namespace", .resource = "namespaces", .space = "shop"};
  create.object = "{metadata: {name: shop, labels: {env: test}}}";
  EXPECT_FALSE(Denies(match, create, "", kSpaces));
  create.operation = AdmissionOperation::kDelete;
  EXPECT_TRUE(Denies(match, create, "", kSpaces)) << "when it is deleted, by those that it has";
}

TEST(VapMatch, NamespaceSelectorOfAnUnknownNamespaceIsAnError) {
  std::string match =
      "{resourceRules: [{" + kAll + "resources: ['*']}], namespaceSelector: {matchLabels: {env: prod}}}";
  Request request("{metadata: {name: web}}");
  request.a.namespace_name = "elsewhere";
  EXPECT_EQ(
      Verdict(Policy(Require("true"), match) + Binding() + kSpaces, request.a),
      "p/ deny: failed to configure policy: the namespace is not among those that were given, so its labels "
      "are not known\n");
  EXPECT_EQ(
      Verdict(Policy("  failurePolicy: Ignore\n" + Require("true"), match) + Binding() + kSpaces, request.a),
      "");
}

TEST(VapMatch, NamesOfNamespacesAreAlwaysKnown) {
  auto with = [](const char* expression) {
    return "{resourceRules: [{" + kAll +
           "resources: ['*']}], namespaceSelector: {matchExpressions: [{key: "
           "kubernetes.io/metadata.name, operator: " +
           expression + "}]}}";
  };
  EXPECT_TRUE(Denies(with("In, values: [shop]"), kPod));
  EXPECT_FALSE(Denies(with("In, values: [lab]"), kPod));
  EXPECT_FALSE(Denies(with("NotIn, values: [shop]"), kPod));
  EXPECT_TRUE(Denies(with("NotIn, values: [kube-system]"), kPod));
}

TEST(VapMatch, BindingsNarrow) {
  std::string all = Rule(kAll + "resources: ['*']");
  EXPECT_TRUE(Denies(all, kPod, "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}"));
  EXPECT_FALSE(Denies(all, kPod, "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}"));
  EXPECT_TRUE(Denies(all, kPod, Rule(kAll + "resources: [pods]")));
  EXPECT_FALSE(Denies(all, kPod, Rule(kAll + "resources: [services]")));
  EXPECT_FALSE(Denies(Rule(kAll + "resources: [services]"), kPod, Rule(kAll + "resources: [pods]")));
  EXPECT_FALSE(Denies(all, kPod, "{excludeResourceRules: [{" + kAll + "resources: [pods]}]}"));
  EXPECT_FALSE(Denies(all, kPod, "{objectSelector: {matchLabels: {app: db}}}"));
  EXPECT_TRUE(Denies(all, kPod, "{objectSelector: {matchLabels: {app: web}}}"));
}

TEST(VapMatch, PoliciesAreNotAboutPolicies) {
  std::string all = Rule(kAll + "resources: ['*']");
  EXPECT_FALSE(Denies(all, {.group = "admissionregistration.k8s.io",
                            .kind = "ValidatingAdmissionPolicy",
                            .resource = "validatingadmissionpolicies",
                            .space = ""}));
  EXPECT_FALSE(Denies(all, {.group = "authorization.k8s.io",
                            .kind = "SubjectAccessReview",
                            .resource = "subjectaccessreviews",
                            .space = ""}));
}

}  // namespace
}  // namespace guard

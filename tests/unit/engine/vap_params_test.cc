#include <gtest/gtest.h>

#include "tests/unit/engine/vap_policies.h"

namespace guard {
namespace {

using test::Binding, test::LoadErrors, test::Policy, test::Request, test::Require, test::Verdict;

constexpr const char* kPod = "{metadata: {name: web}, spec: {replicas: 3}}";
const std::string kPolicy = Policy(
    "  paramKind: {apiVersion: v1, kind: ConfigMap}\n  validations: [{expression: object.spec.replicas <= "
    "int(params.data.max), messageExpression: \"'at most ' + params.data.max\"}]\n");

std::string ConfigMap(const std::string& name, const std::string& space, const std::string& max,
                      const std::string& labels = "{}") {
  return "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: " + space +
         ", labels: " + labels + "}\ndata: {max: '" + max + "'}\n";
}

std::string Bound(const std::string& ref) {
  return Binding("  validationActions: [Deny]\n  paramRef: " + ref + "\n");
}

TEST(VapParams, ByName) {
  std::string maps = ConfigMap("limits", "rules", "2") + ConfigMap("limits", "other", "9");
  EXPECT_EQ(Verdict(kPolicy + Bound("{name: limits, namespace: rules}") + maps, Request(kPod).a),
            "p/b deny: at most 2\n");
  EXPECT_EQ(Verdict(kPolicy + Bound("{name: limits, namespace: other}") + maps, Request(kPod).a), "");
}

TEST(VapParams, OfTheRequestsNamespace) {
  std::string maps = ConfigMap("limits", "shop", "2") + ConfigMap("limits", "lab", "9");
  Request request(kPod);
  EXPECT_EQ(Verdict(kPolicy + Bound("{name: limits}") + maps, request.a), "p/b deny: at most 2\n");
  request.a.namespace_name = "lab";
  EXPECT_EQ(Verdict(kPolicy + Bound("{name: limits}") + maps, request.a), "");
  request.a.namespace_name = "";
  EXPECT_EQ(
      Verdict(kPolicy + Bound("{name: limits}") + maps, request.a),
      "p/b deny: failed to configure binding: cannot use namespaced paramRef in policy binding that matches "
      "cluster-scoped resources\n");
}

TEST(VapParams, BySelector) {
  std::string maps = ConfigMap("a", "rules", "2", "{env: prod}") +
                     ConfigMap("b", "rules", "1", "{env: prod}") +
                     ConfigMap("c", "rules", "0", "{env: test}");
  EXPECT_EQ(Verdict(kPolicy + Bound("{selector: {matchLabels: {env: prod}}, namespace: rules}") + maps,
                    Request(kPod).a),
            "p/b deny: at most 2\np/b deny: at most 1\n");
  EXPECT_EQ(Verdict(kPolicy + Bound("{selector: {}, namespace: rules}") + maps, Request(kPod).a),
            "p/b deny: at most 2\np/b deny: at most 1\np/b deny: at most 0\n");
}

TEST(VapParams, NoneFound) {
  std::string maps = ConfigMap("limits", "rules", "2");
  const std::string denied =
      "p/b deny: failed to configure binding: no params found for policy binding with `Deny` "
      "parameterNotFoundAction\n";
  auto with = [&](const std::string& action) {
    return Verdict(kPolicy + Bound("{name: other, namespace: rules" + action + "}") + maps, Request(kPod).a);
  };
  EXPECT_EQ(with(", parameterNotFoundAction: Deny"), denied);
  EXPECT_EQ(with(""), denied) << "the default";
  EXPECT_EQ(with(", parameterNotFoundAction: Allow"), "");
}

TEST(VapParams, WithoutAReferenceParamsAreNull) {
  std::string policy = Policy("  paramKind: {apiVersion: v1, kind: ConfigMap}\n" + Require("params == null"));
  EXPECT_EQ(Verdict(policy + Binding(), Request(kPod).a), "");
}

TEST(VapParams, WithoutAParamKindAReferenceMeansNothing) {
  EXPECT_EQ(Verdict(Policy(Require("false")) + Bound("{name: x}"), Request(kPod).a),
            "p/b deny: failed expression: false\n");
}

TEST(VapParams, MatchConditionsSeeThem) {
  std::string policy = Policy(
      "  paramKind: {apiVersion: v1, kind: ConfigMap}\n  matchConditions: [{name: a, expression: "
      "\"params.data.max "
      "!= '2'\"}]\n" +
      Require("false"));
  EXPECT_EQ(Verdict(policy + Bound("{name: limits, namespace: r}") + ConfigMap("limits", "r", "2"),
                    Request(kPod).a),
            "");
}

const std::string kCustom = Policy("  paramKind: {apiVersion: rules.example.com/v1, kind: ReplicaLimit}\n" +
                                   Require("object.spec.replicas <= params.maxReplicas"));

TEST(VapParams, CustomResources) {
  std::string of_namespace =
      "---\napiVersion: rules.example.com/v1\nkind: ReplicaLimit\nmetadata: {name: l, namespace: "
      "rules}\nmaxReplicas: 2\n";
  std::string of_cluster =
      "---\napiVersion: rules.example.com/v1\nkind: ReplicaLimit\nmetadata: {name: l}\nmaxReplicas: 2\n";
  const std::string denied = "p/b deny: failed expression: object.spec.replicas <= params.maxReplicas\n";
  EXPECT_EQ(Verdict(kCustom + Bound("{name: l, namespace: rules}") + of_namespace, Request(kPod).a), denied);
  EXPECT_EQ(Verdict(kCustom + Bound("{name: l}") + of_cluster, Request(kPod).a), denied);
  Request cluster(kPod);
  cluster.a.namespace_name = "";
  EXPECT_EQ(Verdict(kCustom + Bound("{name: l}") + of_cluster, cluster.a), denied);
}

TEST(VapParams, ADefinitionSaysTheScope) {
  std::string object =
      "---\napiVersion: rules.example.com/v1\nkind: ReplicaLimit\nmetadata: {name: l}\nmaxReplicas: 9\n";
  auto definition = [](const char* scope) {
    return "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: "
           "replicalimits.rules.example.com}\nspec: {group: rules.example.com, names: {kind: ReplicaLimit, "
           "plural: "
           "replicalimits}, scope: " +
           std::string(scope) + "}\n";
  };
  Request request(kPod);
  request.a.namespace_name = "shop";
  EXPECT_EQ(Verdict(kCustom + Bound("{name: l}") + object + definition("Cluster"), request.a), "");
  EXPECT_NE(Verdict(kCustom + Bound("{name: l}") + object + definition("Namespaced"), request.a), "");
  EXPECT_EQ(
      Verdict(kCustom + Bound("{name: l, namespace: x}") + object + definition("Cluster"), request.a),
      "p/b deny: failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped "
      "`paramKind`\n");
}

TEST(VapParams, WhatNobodyTakesIsAnError) {
  EXPECT_EQ(LoadErrors(Policy(Require("true")) + Binding() + ConfigMap("limits", "rules", "2")),
            "policy.yaml:17:7: no policy here takes a ConfigMap as its parameter\n");
}

}  // namespace
}  // namespace guard

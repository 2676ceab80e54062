#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/vap_policies.h"

namespace guard {
namespace {

using test::Binding, test::Judge, test::LoadSet, test::Policy, test::Request, test::Require, test::Verdict;
using testing::ElementsAre, testing::Pair;

constexpr const char* kWeb = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {replicas: 3}}";

std::string Spec(const std::string& spec) { return Policy(spec) + Binding(); }

TEST(VapJudge, AllowsAndDenies) {
  EXPECT_EQ(Verdict(Spec(Require("object.spec.replicas <= 3")), Request(kWeb).a), "");
  EXPECT_EQ(Verdict(Spec(Require("object.spec.replicas < 3")), Request(kWeb).a),
            "p/b deny: failed expression: object.spec.replicas < 3\n");
}

TEST(VapJudge, EveryFailedValidationIsTold) {
  EXPECT_EQ(
      Verdict(Spec("  validations:\n    - {expression: 'false', message: one}\n    - {expression: 'true'}\n"
                   "    - {expression: 'false', message: three}\n"),
              Request(kWeb).a),
      "p/b deny: one\np/b deny: three\n");
}

TEST(VapJudge, Objects) {
  EXPECT_EQ(Verdict(Spec(Require("oldObject == null && object != null")), Request(kWeb).a), "");
  Request update(kWeb, "{spec: {replicas: 5}}");
  EXPECT_EQ(Verdict(Spec(Require("oldObject.spec.replicas == 5")), update.a), "");
  update.a.object = nullptr;
  update.a.operation = AdmissionOperation::kDelete;
  std::string deletes =
      "{resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [pods]}]}";
  EXPECT_EQ(Verdict(Policy(Require("object == null && oldObject.spec.replicas == 1"), deletes) + Binding(),
                    update.a),
            "p/b deny: failed expression: object == null && oldObject.spec.replicas == 1\n");
}

TEST(VapJudge, Request) {
  Request request(kWeb);
  request.a.user.groups = request.Read("[devs, admins]");
  request.a.user.extra = request.Read("{scopes: [a, b]}");
  request.a.dry_run = true;
  request.a.options = request.Read("{kind: CreateOptions}");
  for (const char* holds :
       {"request.operation == 'CREATE'", "request.kind.kind == 'Pod' && request.kind.group == ''",
        "request.resource.resource == 'pods'", "request.name == 'web' && request.namespace == 'shop'",
        "request.userInfo.username == 'jane'", "'devs' in request.userInfo.groups",
        "request.userInfo.extra['scopes'] == ['a', 'b']", "request.dryRun", "!has(request.subResource)",
        "!has(request.userInfo.uid)", "request.options.kind == 'CreateOptions'"})
    EXPECT_EQ(Verdict(Spec(Require(holds)), request.a), "") << holds;
}

TEST(VapJudge, Reasons) {
  auto answer =
      Judge(LoadSet(Spec("  validations:\n    - {expression: 'false', reason: Forbidden}\n"
                         "    - {expression: 'false'}\n    - {expression: 'false', reason: Unauthorized}\n"
                         "    - {expression: 'false', reason: RequestEntityTooLarge}\n")),
            Request(kWeb).a);
  std::vector<std::pair<std::string_view, int>> reasons;
  for (const auto& result : answer.results) reasons.emplace_back(result.reason, result.code);
  EXPECT_THAT(reasons, ElementsAre(Pair("Forbidden", 403), Pair("Invalid", 422), Pair("Unauthorized", 401),
                                   Pair("RequestEntityTooLarge", 413)));
  EXPECT_EQ(answer.results[2].validation, 2);
}

TEST(VapJudge, MessageExpressions) {
  auto message = [](const std::string& expression, const std::string& message_field) {
    return Verdict(Spec("  validations: [{expression: ' 1 > 2 ', messageExpression: \"" + expression + "\"" +
                        message_field + "}]\n"),
                   Request(kWeb).a);
  };
  EXPECT_EQ(message("' too many: ' + string(object.spec.replicas) + ' '", ", message: m"),
            "p/b deny: too many: 3\n");
  EXPECT_EQ(message("object.spec.nothing.x + ''", ", message: m"), "p/b deny: m\n");
  EXPECT_EQ(message("object.spec.nothing.x + ''", ""), "p/b deny: failed expression: 1 > 2\n");
  EXPECT_EQ(message("'two\\\\nlines'", ", message: m"), "p/b deny: m\n");
  EXPECT_EQ(message("'  '", ", message: m"), "p/b deny: m\n");
}

TEST(VapJudge, LongMessagesAreDropped) {
  std::string body(5000, 'x');
  Request request("{metadata: {name: web}, spec: {text: " + body + "}}");
  std::string spec =
      "  validations: [{expression: 'false', message: m, messageExpression: \"object.spec.text + '";
  EXPECT_EQ(Verdict(Spec(spec + "'\"}]\n"), request.a), "p/b deny: " + body + "\n");
  EXPECT_EQ(Verdict(Spec(spec + std::string(121, 'y') + "'\"}]\n"), request.a), "p/b deny: m\n");
}

TEST(VapJudge, MessagesCannotPaintTheTerminal) {
  Request request("{metadata: {name: \"\\e[31mweb\"}}");
  EXPECT_EQ(
      Verdict(Spec("  validations: [{expression: 'false', messageExpression: object.metadata.name + ''}]\n"),
              request.a),
      "p/b deny: \\x1b[31mweb\n");
}

TEST(VapJudge, ErrorsFollowFailurePolicy) {
  EXPECT_EQ(Verdict(Spec(Require("object.spec.nothing > 1")), Request(kWeb).a),
            "p/b deny: expression 'object.spec.nothing > 1' resulted in error: no such key: nothing\n");
  EXPECT_EQ(Verdict(Spec("  failurePolicy: Ignore\n" + Require("object.spec.nothing > 1")), Request(kWeb).a),
            "");
  EXPECT_TRUE(Judge(LoadSet(Spec(Require("object.spec.nothing > 1"))), Request(kWeb).a).results.at(0).failed);
  // Other validations count all the same.
  EXPECT_EQ(Verdict(Spec("  failurePolicy: Ignore\n  validations: [{expression: object.spec.nothing > 1}, "
                         "{expression: 'false', message: nay}]\n"),
                    Request(kWeb).a),
            "p/b deny: nay\n");
}

TEST(VapJudge, MatchConditions) {
  auto with = [](const std::string& conditions, const std::string& failure = "Fail") {
    return Verdict(Spec("  failurePolicy: " + failure + "\n  matchConditions: [" + conditions + "]\n" +
                        Require("false")),
                   Request(kWeb).a);
  };
  const std::string denied = "p/b deny: failed expression: false\n";
  EXPECT_EQ(with("{name: a, expression: \"request.userInfo.username == 'jane'\"}"), denied);
  EXPECT_EQ(with("{name: a, expression: \"request.userInfo.username == 'joe'\"}"), "");
  EXPECT_EQ(with("{name: a, expression: 'true'}, {name: b, expression: 'false'}"), "");
  EXPECT_EQ(with("{name: a, expression: object.x == 1}"),
            "p/b deny: expression 'object.x == 1' resulted in error: no such key: x\n");
  EXPECT_EQ(with("{name: a, expression: object.x == 1}", "Ignore"), "");
  EXPECT_EQ(with("{name: a, expression: object.x == 1}, {name: b, expression: 'false'}"), "")
      << "one that is false settles it";
}

TEST(VapJudge, MatchConditionsSeeNoNamespace) {
  std::string space = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n";
  std::string policy = "  matchConditions: [{name: a, expression: namespaceObject == null}]\n" +
                       Require("namespaceObject.metadata.labels.env == 'test'");
  EXPECT_EQ(Verdict(Spec(policy) + space, Request(kWeb).a),
            "p/b deny: failed expression: namespaceObject.metadata.labels.env == 'test'\n");
}

TEST(VapJudge, NamespaceObject) {
  std::string space = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n";
  std::string policy = Spec(Require("namespaceObject.metadata.labels.env == 'prod'")) + space;
  Request request(kWeb);
  EXPECT_EQ(Verdict(policy, request.a), "");
  request.a.namespace_name = "lab";
  EXPECT_EQ(
      Verdict(policy, request.a),
      "p/b deny: failed to configure binding: the namespace 'lab' is not among those that were given\n");
  request.a.namespace_object = request.Read("{metadata: {labels: {env: prod}}}");
  EXPECT_EQ(Verdict(policy, request.a), "");
}

TEST(VapJudge, Variables) {
  auto with = [](const std::string& variables, const std::string& expression) {
    return Verdict(Spec("  variables: [" + variables + "]\n" + Require(expression)), Request(kWeb).a);
  };
  const std::string two =
      "{name: replicas, expression: object.spec.replicas}, {name: twice, expression: variables.replicas * 2}";
  EXPECT_EQ(with(two, "variables.twice == 6"), "");
  EXPECT_EQ(with(two, "has(variables.twice)"), "");
  EXPECT_EQ(with(two, "variables.?twice.orValue(0) == 6"), "");
  EXPECT_EQ(with("{name: bad, expression: object.spec.nothing.x}", "true || variables.bad == 1"), "")
      << "computed only when it is asked for";
  EXPECT_EQ(with("{name: bad, expression: object.spec.nothing.x}", "has(variables.bad)"), "");
  EXPECT_EQ(with("{name: bad, expression: object.spec.nothing.x}", "variables.bad == 1"),
            "p/b deny: expression 'variables.bad == 1' resulted in error: no such key: nothing\n");
}

TEST(VapJudge, VariablesInMessagesAndAnnotations) {
  auto answer =
      Judge(LoadSet(Spec("  variables: [{name: count, expression: string(object.spec.replicas)}]\n"
                         "  validations: [{expression: 'false', messageExpression: variables.count}]\n"
                         "  auditAnnotations: [{key: k, valueExpression: variables.count}]\n")),
            Request(kWeb).a);
  EXPECT_EQ(answer.results.at(0).message, "3");
  EXPECT_THAT(answer.audit_annotations, ElementsAre(Pair("p/k", "3")));
}

TEST(VapJudge, AuditAnnotations) {
  auto annotations = [](const std::string& expression) {
    return Judge(LoadSet(Spec("  auditAnnotations: [{key: k, valueExpression: \"" + expression + "\"}]\n")),
                 Request(kWeb).a);
  };
  EXPECT_THAT(annotations("' v '").audit_annotations, ElementsAre(Pair("p/k", "v")));
  EXPECT_THAT(annotations("null").audit_annotations, ElementsAre());
  EXPECT_THAT(annotations("' '").audit_annotations, ElementsAre());
  auto failed = annotations("string(object.spec.nothing)");
  EXPECT_THAT(failed.audit_annotations, ElementsAre());
  ASSERT_EQ(failed.results.size(), 1u);
  EXPECT_TRUE(failed.results[0].actions.deny) << "an error denies, whatever the binding's actions";
}

TEST(VapJudge, LongAnnotationsAreCut) {
  Request request("{metadata: {name: web}, spec: {text: " + std::string(11000, 'x') + "}}");
  auto answer = Judge(
      LoadSet(Spec("  auditAnnotations: [{key: k, valueExpression: object.spec.text + ''}]\n")), request.a);
  EXPECT_EQ(answer.audit_annotations.at(0).second.size(), 10240u);
}

TEST(VapJudge, Actions) {
  auto with = [](const char* actions) {
    return Verdict(Policy("  validations: [{expression: 'false', message: m}]\n") +
                       Binding("  validationActions: [" + std::string(actions) + "]\n"),
                   Request(kWeb).a);
  };
  EXPECT_EQ(with("Deny"), "p/b deny: m\n");
  EXPECT_EQ(with("Warn, Audit"), "p/b warn audit: m\n");
  EXPECT_EQ(with("Audit"), "p/b audit: m\n");
}

TEST(VapJudge, RulesCarryTheSeverityOfTheirBinding) {
  AdmissionPolicySet set =
      LoadSet(Policy(Require("false")) + Binding("  validationActions: [Deny]\n", "a") +
              Binding("  validationActions: [Warn]\n", "b") + Binding("  validationActions: [Audit]\n", "c"));
  std::vector<Severity> severities;
  auto answer = Judge(set, Request(kWeb).a);
  for (const auto& result : answer.results) severities.push_back(result.rule->severity);
  EXPECT_THAT(severities, ElementsAre(Severity::kHigh, Severity::kMedium, Severity::kInfo));
  EXPECT_EQ(set.rules().size(), 3u);
  EXPECT_EQ(set.rules()[0]->severity, Severity::kHigh);
}

TEST(VapJudge, CostOfACall) {
  // A thousand by a thousand is more than one expression may cost, and less than a policy may.
  std::string items = "[0";
  for (int i = 1; i < 1000; ++i) items += "," + std::to_string(i);
  Request request("{metadata: {name: web}, spec: {items: " + items + "]}}");
  std::string dear = "object.spec.items.all(a, object.spec.items.all(b, a + b >= 0))";
  EXPECT_EQ(
      Verdict(Spec("  validations: [{expression: \"" + dear + "\"}, {expression: 'false', message: m}]\n"),
              request.a),
      "p/b deny: expression '" + dear +
          "' resulted in error: the expression costs more than it may\np/b deny: m\n");
}

TEST(VapJudge, CostOfAPolicy) {
  std::string items = "[0";
  for (int i = 1; i < 400; ++i) items += "," + std::to_string(i);
  Request request("{metadata: {name: web}, spec: {items: " + items + "]}}");
  std::string validations = "  validations:\n    - {expression: 'false', message: first}\n";
  for (int i = 0; i < 15; ++i)
    validations += "    - {expression: \"object.spec.items.all(a, object.spec.items.all(b, a + b >= 0))\"}\n";
  EXPECT_EQ(Verdict(Spec(validations), request.a),
            "p/b deny: validation failed due to running out of cost budget, no further validation rules will "
            "be run\n");
}

TEST(VapJudge, TheSpanIsTheName) {
  Request request(kWeb);
  auto answer = Judge(LoadSet(Spec(Require("false"))), request.a);
  EXPECT_EQ(request.sources[0]->text(answer.results.at(0).span), "web");
}

TEST(VapJudge, OneJudgeForManyRequests) {
  AdmissionPolicySet set = LoadSet(Spec(Require("object.spec.replicas < 3 || request.name == ''")));
  AdmissionPolicyJudge judge(set);
  Request large(kWeb), small("{metadata: {name: web}, spec: {replicas: 1}}");
  for (int i = 0; i < 3; ++i) {
    AdmissionPolicyAnswer answer;
    judge.Judge(large.a, &answer);
    EXPECT_EQ(answer.results.size(), 1u);
    answer.Clear();
    judge.Judge(small.a, &answer);
    EXPECT_TRUE(answer.results.empty());
  }
}

}  // namespace
}  // namespace guard

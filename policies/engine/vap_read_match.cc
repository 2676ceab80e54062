// Reading MatchResources and label selectors, with the API server's own rules about what they may say.
//
// Tested by tests/unit/engine/vap_load_test.cc and the cases below tests/golden/engine/vap.
#include <algorithm>
#include <set>

#include "policies/engine/vap_match.h"

namespace guard {

namespace {

// The strings of a list that must be there and have something in it.
std::vector<const Node*> Texts(Fields& fields, std::string_view key, bool required, bool may_be_empty_text) {
  std::vector<const Node*> texts;
  const Node* list = required ? fields.Require(key) : fields.Find(key);
  if (list == nullptr) return texts;
  if (!list->is_list()) {
    fields.Fail(list->span, "'" + std::string(key) + "' must be a list");
    return texts;
  }
  if (required && list->size == 0) fields.Fail(list->span, "'" + std::string(key) + "' is empty");
  for (const Node& item : list->list()) {
    if (item.is_string() && (may_be_empty_text || !item.string().empty()))
      texts.push_back(&item);
    else
      fields.Fail(item.span, "an item of '" + std::string(key) + "' must be a string");
  }
  return texts;
}

std::vector<std::string> WildcardOr(Fields& fields, std::string_view key, bool may_be_empty_text) {
  std::vector<std::string> values;
  std::vector<const Node*> texts = Texts(fields, key, /*required=*/true, may_be_empty_text);
  for (const Node* text : texts) {
    if (text->string() == "*" && texts.size() > 1)
      fields.Fail(text->span, "'*' stands for all of '" + std::string(key) + "', so it stands alone");
    values.emplace_back(text->string());
  }
  return values;
}

void ReadOperations(Fields& fields, ResourceRule* rule) {
  for (const std::string& name : WildcardOr(fields, "operations", false)) {
    if (name == "*")
      rule->operations = 15;
    else if (auto operation = ParseAdmissionOperation(name))
      rule->operations |= static_cast<uint8_t>(1 << static_cast<int>(*operation));
  }
}

void CheckOperations(const Node& list, Fields& fields) {
  constexpr std::string_view kNames[] = {"CREATE", "UPDATE", "DELETE", "CONNECT", "*"};
  for (const Node& item : list.list())
    if (item.is_string() && std::ranges::find(kNames, item.string()) == std::end(kNames))
      fields.Fail(item.span, "no operation is called '" + std::string(item.string()) + "'",
                  "operations are CREATE, UPDATE, DELETE, CONNECT and *");
}

void ReadResources(Fields& fields, ResourceRule* rule) {
  std::vector<const Node*> texts = Texts(fields, "resources", /*required=*/true, false);
  std::set<std::string_view> all_of;  // resources whose subresources are all there: pods/*
  bool everything = false;
  for (const Node* text : texts) {
    std::string_view name = text->string();
    everything = everything || name == "*/*";
    if (name.ends_with("/*")) all_of.insert(name.substr(0, name.size() - 2));
  }
  for (const Node* text : texts) {
    std::string_view name = text->string(), subresource;
    size_t slash = name.find('/');
    if (slash != name.npos) subresource = name.substr(slash + 1), name = name.substr(0, slash);
    if (everything && texts.size() > 1 && text->string() != "*/*")
      fields.Fail(text->span, "'*/*' stands for all resources and subresources, so it stands alone");
    else if (subresource != "*" && slash != std::string_view::npos && all_of.contains(name))
      fields.Fail(text->span, "'" + std::string(name) + "/*' covers this already");
    else if (slash != std::string_view::npos && (subresource.empty() || name.empty()))
      fields.Fail(text->span, "write a subresource as pods/exec");
    rule->resources.push_back({std::string(name), std::string(subresource)});
  }
}

ResourceRule ReadRule(const Node& node, const Source& source, Errors* errors) {
  ResourceRule rule;
  Fields fields(node, source, "the rule", errors);
  if (!node.is_map()) return rule;
  rule.groups = WildcardOr(fields, "apiGroups", true);
  rule.versions = WildcardOr(fields, "apiVersions", false);
  ReadOperations(fields, &rule);
  if (const Node* operations = fields.Find("operations")) CheckOperations(*operations, fields);
  ReadResources(fields, &rule);
  std::set<std::string_view> names;
  for (const Node* name : Texts(fields, "resourceNames", /*required=*/false, false)) {
    if (!names.insert(name->string()).second) fields.Fail(name->span, "this name is there already");
    rule.names.emplace_back(name->string());
  }
  if (const Node* scope = fields.Find("scope")) {
    if (scope->string() == "Namespaced")
      rule.scope = ResourceRule::Scope::kNamespaced;
    else if (scope->string() == "Cluster")
      rule.scope = ResourceRule::Scope::kCluster;
    else if (scope->string() != "*")
      fields.Fail(scope->span, "scope must be Cluster, Namespaced or '*'");
  }
  fields.Finish();
  return rule;
}

void ReadExpression(const Node& node, const Source& source, Errors* errors, LabelSelector* selector) {
  using Operator = LabelRequirement::Operator;
  Fields fields(node, source, "the expression", errors);
  if (!node.is_map()) return;
  LabelRequirement requirement;
  requirement.key = fields.RequireText("key");
  const Node* op = fields.Require("operator");
  std::string_view name = op ? op->string() : "In";
  if (name == "In")
    requirement.op = Operator::kIn;
  else if (name == "NotIn")
    requirement.op = Operator::kNotIn;
  else if (name == "Exists")
    requirement.op = Operator::kExists;
  else if (name == "DoesNotExist")
    requirement.op = Operator::kDoesNotExist;
  else
    fields.Fail(op->span, "the operator must be In, NotIn, Exists or DoesNotExist");
  for (const Node* value : Texts(fields, "values", /*required=*/false, true))
    requirement.values.emplace_back(value->string());
  bool wants_values = requirement.op == Operator::kIn || requirement.op == Operator::kNotIn;
  if (op && wants_values && requirement.values.empty()) fields.Fail(op->span, "the operator wants 'values'");
  if (op && !wants_values && !requirement.values.empty())
    fields.Fail(op->span, "the operator takes no 'values'");
  fields.Finish();
  selector->requirements.push_back(std::move(requirement));
}

}  // namespace

LabelSelector ReadLabelSelector(const Node& node, const Source& source, std::string what, Errors* errors) {
  LabelSelector selector;
  selector.span = node.span;
  Fields fields(node, source, std::move(what), errors);
  if (!node.is_map()) return selector;
  if (const Node* labels = fields.Find("matchLabels")) {
    if (!labels->is_map()) fields.Fail(labels->span, "'matchLabels' must be a map");
    for (const Entry& label : labels->map()) {
      if (!label.value.is_string())
        fields.Fail(label.value.span, "a label's value must be a string", "put it in quotes");
      selector.requirements.push_back(
          {std::string(label.key()), LabelRequirement::Operator::kIn, {std::string(label.value.string())}});
    }
  }
  for (const Node& expression : fields.List("matchExpressions"))
    ReadExpression(expression, source, errors, &selector);
  fields.Finish();
  return selector;
}

MatchResources ReadMatchResources(const Node& node, const Source& source, std::string what, Errors* errors) {
  MatchResources match;
  Fields fields(node, source, std::move(what), errors);
  if (!node.is_map()) return match;
  for (const Node& rule : fields.List("resourceRules")) match.rules.push_back(ReadRule(rule, source, errors));
  for (const Node& rule : fields.List("excludeResourceRules"))
    match.excluded.push_back(ReadRule(rule, source, errors));
  if (const Node* selector = fields.Find("namespaceSelector"))
    match.namespaces = ReadLabelSelector(*selector, source, "the namespaceSelector", errors);
  if (const Node* selector = fields.Find("objectSelector"))
    match.objects = ReadLabelSelector(*selector, source, "the objectSelector", errors);
  if (const Node* policy = fields.Find("matchPolicy")) {
    match.equivalent = policy->string() != "Exact";
    if (match.equivalent && policy->string() != "Equivalent")
      fields.Fail(policy->span, "matchPolicy must be Exact or Equivalent");
  }
  fields.Finish();
  return match;
}

}  // namespace guard

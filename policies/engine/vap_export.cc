// What a guardrail says, in the fields of a ValidatingAdmissionPolicy.
//
// `when` and `each` become part of the validation's expression: a match condition that fails to evaluate
// could be absorbed, and sees no variables. Errors deny, as they do here.
//
// Tested by tests/unit/engine/vap_export_test.cc and tests/unit/packs/vap_export_test.cc.
#include "policies/engine/vap_export.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <vector>

#include "policies/engine/vap_attributes.h"
#include "policies/engine/vap_match.h"
#include "policies/engine/vap_rewrite.h"

namespace guard {

namespace {

// Pods and what makes them. A pod's spec stands in an object of each kind where `podSpec` says.
struct Workload {
  const char* group;
  const char* resources;  // separated by spaces
};
constexpr Workload kWorkloads[] = {
    {"", "pods pods/ephemeralcontainers replicationcontrollers"},
    {"apps", "deployments replicasets statefulsets daemonsets"},
    {"batch", "jobs cronjobs"},
};
constexpr const char* kPodSpec =
    "object.kind == 'Pod' ? object.spec :\n"
    "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec :\n"
    "object.spec.template.spec";
constexpr const char* kPodMetadata =
    "object.kind == 'Pod' ? object.metadata :\n"
    "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.?metadata.orValue({}) :\n"
    "object.spec.template.?metadata.orValue({})";
constexpr const char* kContainers =
    "variables.podSpec.?initContainers.orValue([]) +\n"
    "variables.podSpec.?containers.orValue([]) +\n"
    "variables.podSpec.?ephemeralContainers.orValue([])";
// Controllers must be able to remove finalizers from what runs already.
constexpr const char* kChanges = "request.operation == 'CREATE' || object.spec != oldObject.spec";

struct Row {
  std::string name, expression;
};
struct Validation {
  std::string expression, message;
};

// Whether the expression can be nothing but a boolean, also where nothing is known of the object's type.
bool IsBoolean(const cel::Program& program) {
  const cel::Expr& root = *program.ast().root;
  if (root.kind == cel::ExprKind::kSelect) return root.test_only;
  if (root.kind == cel::ExprKind::kComprehension)
    return root.macro == cel::MacroKind::kAll || root.macro == cel::MacroKind::kExists ||
           root.macro == cel::MacroKind::kExistsOne;
  constexpr std::string_view kBoolean[] = {"!_",       "_&&_",       "_||_",     "_==_",    "_!=_",
                                           "_<_",      "_<=_",       "_>_",      "_>=_",    "@in",
                                           "contains", "startsWith", "endsWith", "matches", "hasValue"};
  return root.kind == cel::ExprKind::kCall &&
         std::ranges::find(kBoolean, std::string_view(root.name)) != std::end(kBoolean);
}

class Exporter {
 public:
  explicit Exporter(const Guardrail& guardrail) : guardrail_(guardrail) {}

  Result<std::string> Run(std::string_view action) {
    if (guardrail_.subject != SubjectKind::kPod && guardrail_.subject != SubjectKind::kResource)
      return Refuse("only guardrails about pods and resources can be policies of Kubernetes");
    if (guardrail_.deprecated) return Refuse("the guardrail is deprecated");
    if (!guardrail_.kubernetes.Contains(kLatestKubernetes))
      return Refuse("the guardrail is for other versions of Kubernetes");
    for (const ResourceKind& kind : guardrail_.resources)
      if (IsExemptFromPolicies(kind.group, kind.kind))
        return Refuse("Kubernetes asks no policy about a " + kind.kind);
    bool by_origin = AsksItFor("from");
    if (Result<void> made = by_origin ? ByOrigin() : AtOnce(); !made) return Refuse(made.error().message);
    if (Result<void> made = Variables(); !made) return Refuse(made.error().message);
    return Yaml(action);
  }

 private:
  std::unexpected<Error> Refuse(const std::string& why) const {
    Error error;
    error.place.file = guardrail_.file;
    error.message = guardrail_.name + ": " + why;
    return Fail(std::move(error));
  }

  Result<std::string> Rewrite(const cel::Program& program,
                              const RewriteOptions& options = RewriteOptions()) const {
    return RewriteForKubernetes(guardrail_, program, options);
  }

  bool AsksItFor(std::string_view field) const {
    return guard::AsksItFor(guardrail_.require, field) ||
           guard::AsksItFor(guardrail_.message_expression, field);
  }

  Result<void> AtOnce() {
    if (!guardrail_.each) return AddPlain();
    cel::TypeKind kind = guardrail_.each.result_type()->kind;
    // Entries of a map have a key and a value; what is not asked for these is an item of a list.
    bool known = kind == cel::TypeKind::kList || kind == cel::TypeKind::kMap;
    if (!known && (AsksItFor("key") || AsksItFor("value")))
      return Fail("whether 'each' is a list or a map is not known");
    last_variables_.push_back({std::string(kExportedItems), TRY(Rewrite(guardrail_.each))});
    return AddItems(std::string(kExportedFailing), "variables." + std::string(kExportedItems),
                    {.of_entries = kind == cel::TypeKind::kMap});
  }

  // Containers know nothing of where they come from, so each list of them has a validation of its own.
  Result<void> ByOrigin() {
    if (guardrail_.each.text() != "pod.containers")
      return Fail("where a container comes from is known to this project only");
    for (std::string origin : {"initContainers", "containers", "ephemeralContainers"}) {
      std::string variable = std::string(kExportedFailing) + origin;
      variable[kExportedFailing.size()] = static_cast<char>(origin[0] - 'a' + 'A');
      TRY_VOID(AddItems(variable, "variables.podSpec.?" + origin + ".orValue([])", {.from = origin}));
    }
    return {};
  }

  Result<void> AddPlain() {
    std::string require = TRY(Rewrite(guardrail_.require)), message;
    if (!IsBoolean(guardrail_.require)) require = "true && (" + require + ")";
    if (guardrail_.message_expression)
      message = "string(" + TRY(Rewrite(guardrail_.message_expression)) + ")";
    return Add(std::move(require), std::move(message));
  }

  // The items (or a map's keys) for which the guardrail does not hold are a variable.
  Result<void> AddItems(const std::string& variable, const std::string& items,
                        const RewriteOptions& options) {
    last_variables_.push_back(
        {variable, items + ".filter(it,\n!(" + TRY(Rewrite(guardrail_.require, options)) + "))"});
    std::string failing = "variables." + variable, message;
    if (guardrail_.message_expression)
      message = failing + ".map(it, string(" + TRY(Rewrite(guardrail_.message_expression, options)) +
                ")).join('; ')";
    return Add("size(" + failing + ") == 0", std::move(message));
  }

  Result<void> Add(std::string expression, std::string message) {
    if (guardrail_.when)
      expression = "(" + TRY(Rewrite(guardrail_.when)) + ") ?\n(" + expression + ") : true";
    validations_.push_back({std::move(expression), std::move(message)});
    return {};
  }

  Result<void> Variables() {
    if (guardrail_.subject == SubjectKind::kPod)
      variables_ = {{std::string(kExportedSpec), kPodSpec},
                    {std::string(kExportedMetadata), kPodMetadata},
                    {std::string(kExportedContainers), kContainers}};
    for (const GuardrailVariable& variable : guardrail_.variables) {
      if (variable.of_item) continue;
      for (std::string_view own : {kExportedSpec, kExportedMetadata, kExportedContainers, kExportedItems})
        if (variable.name == own)
          return Fail("'" + variable.name + "' is a name of the exported policy's own");
      if (variable.name.starts_with(kExportedFailing))
        return Fail("'" + variable.name + "' is a name of the exported policy's own");
      variables_.push_back({variable.name, TRY(Rewrite(variable.program))});
    }
    variables_.insert(variables_.end(), last_variables_.begin(), last_variables_.end());
    // What nobody asks for is left out, from the last one on.
    for (size_t i = variables_.size(); i-- > 0;)
      if (!IsUsed(variables_[i].name)) variables_.erase(variables_.begin() + static_cast<ptrdiff_t>(i));
    return {};
  }

  bool IsUsed(const std::string& name) const {
    auto mentions = [&](const std::string& text) {
      for (std::string_view dot : {"variables.", "variables.?"})
        if (text.find(std::string(dot) + name) != text.npos) return true;
      return false;
    };
    return std::ranges::any_of(variables_, [&](const Row& row) { return mentions(row.expression); }) ||
           std::ranges::any_of(validations_, [&](const Validation& validation) {
             return mentions(validation.expression) || mentions(validation.message);
           });
  }

  static void Text(YAML::Emitter& out, const char* key, const std::string& text) {
    out << YAML::Key << key << YAML::Value;
    if (text.find('\n') != text.npos) out << YAML::Literal;
    out << text;
  }
  static void List(YAML::Emitter& out, const char* key, const std::vector<std::string>& items) {
    out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const std::string& item : items) out << YAML::DoubleQuoted << item;
    out << YAML::EndSeq;
  }
  void Head(YAML::Emitter& out, const char* kind) const {
    out << YAML::BeginMap << YAML::Key << "apiVersion" << YAML::Value << "admissionregistration.k8s.io/v1";
    out << YAML::Key << "kind" << YAML::Value << kind << YAML::Key << "metadata" << YAML::Value
        << YAML::BeginMap;
    Text(out, "name", guardrail_.name);
    out << YAML::Key << "labels" << YAML::Value << YAML::BeginMap;
    Text(out, "app.kubernetes.io/managed-by", "guardctl");
    Text(out, "guardctl.dev/pack", guardrail_.pack);
    Text(out, "guardctl.dev/severity", std::string(ToString(guardrail_.severity)));
    out << YAML::EndMap;
  }

  void Rule(YAML::Emitter& out, const std::string& group, const std::vector<std::string>& resources,
            const char* version = "v1") const {
    out << YAML::BeginMap;
    List(out, "apiGroups", {group});
    List(out, "apiVersions", {version});
    List(out, "operations", {"CREATE", "UPDATE"});
    List(out, "resources", resources);
    out << YAML::EndMap;
  }

  void Rules(YAML::Emitter& out) const {
    out << YAML::Key << "resourceRules" << YAML::Value << YAML::BeginSeq;
    if (guardrail_.subject == SubjectKind::kPod) {
      for (const Workload& workload : kWorkloads) {
        std::vector<std::string> resources;
        std::string_view rest = workload.resources;
        for (size_t end = 0; !rest.empty(); rest.remove_prefix(std::min(end + 1, rest.size()))) {
          end = std::min(rest.find(' '), rest.size());
          resources.emplace_back(rest.substr(0, end));
        }
        Rule(out, workload.group, resources);
      }
    } else if (guardrail_.resources.empty()) {
      Rule(out, "*", {"*"}, "*");
    } else {
      for (const ResourceKind& kind : guardrail_.resources)
        Rule(out, kind.group, {ResourceOfKind(kind.kind)}, "*");
    }
    out << YAML::EndSeq;
  }

  std::string Yaml(std::string_view action) const {
    YAML::Emitter out;
    Head(out, "ValidatingAdmissionPolicy");
    out << YAML::Key << "annotations" << YAML::Value << YAML::BeginMap;
    Text(out, "kubernetes.io/description", guardrail_.description);
    Text(out, "guardctl.dev/remediation", guardrail_.remediation);
    out << YAML::EndMap << YAML::EndMap;
    out << YAML::Key << "spec" << YAML::Value << YAML::BeginMap;
    Text(out, "failurePolicy", "Fail");
    out << YAML::Key << "matchConstraints" << YAML::Value << YAML::BeginMap;
    Rules(out);
    out << YAML::EndMap;
    if (guardrail_.subject == SubjectKind::kPod) {
      out << YAML::Key << "matchConditions" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
      Text(out, "name", "changes-the-pod");
      Text(out, "expression", kChanges);
      out << YAML::EndMap << YAML::EndSeq;
    }
    if (!variables_.empty()) {
      out << YAML::Key << "variables" << YAML::Value << YAML::BeginSeq;
      for (const Row& row : variables_) {
        out << YAML::BeginMap;
        Text(out, "name", row.name);
        Text(out, "expression", row.expression);
        out << YAML::EndMap;
      }
      out << YAML::EndSeq;
    }
    out << YAML::Key << "validations" << YAML::Value << YAML::BeginSeq;
    for (const Validation& validation : validations_) {
      out << YAML::BeginMap;
      Text(out, "expression", validation.expression);
      Text(out, "message", guardrail_.title);
      if (!validation.message.empty()) Text(out, "messageExpression", validation.message);
      Text(out, "reason", "Forbidden");
      out << YAML::EndMap;
    }
    out << YAML::EndSeq << YAML::EndMap << YAML::EndMap;

    YAML::Emitter binding;
    Head(binding, "ValidatingAdmissionPolicyBinding");
    binding << YAML::EndMap << YAML::Key << "spec" << YAML::Value << YAML::BeginMap;
    Text(binding, "policyName", guardrail_.name);
    List(binding, "validationActions", {std::string(action)});
    binding << YAML::EndMap << YAML::EndMap;
    return "---\n" + std::string(out.c_str()) + "\n---\n" + binding.c_str() + "\n";
  }

  const Guardrail& guardrail_;
  std::vector<Row> variables_, last_variables_;
  std::vector<Validation> validations_;
};

}  // namespace

Result<std::string> ExportPolicy(const Guardrail& guardrail, std::string_view action) {
  return Exporter(guardrail).Run(action);
}

}  // namespace guard

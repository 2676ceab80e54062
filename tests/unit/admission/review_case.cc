#include "tests/unit/admission/review_case.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "policies/cel/base64.h"
#include "policies/document/document.h"
#include "policies/document/value.h"

namespace guard::test {

namespace {

std::string Rendered(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += Render(error) + '\n';
  return text;
}

}  // namespace

std::string ConfigErrors(std::string_view config, const std::string& folder) {
  Source source(folder + "config.yaml", std::string(config));
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  if (documents.error) return Render(*documents.error);
  std::vector<Error> errors;
  RulesConfig read = ReadRulesConfig(documents.all.at(0).root, source, &errors);
  if (!errors.empty()) return Rendered(errors);
  auto rules = Rules::Load(read);
  return rules ? "" : Rendered(rules.error());
}

std::shared_ptr<const Rules> LoadRules(std::string_view config, const std::string& folder) {
  if (std::string errors = ConfigErrors(config, folder); !errors.empty()) throw std::runtime_error(errors);
  Source source(folder + "config.yaml", std::string(config));
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  std::vector<Error> errors;
  return *Rules::Load(ReadRulesConfig(documents.all.at(0).root, source, &errors));
}

std::string ToJson(std::string_view yaml) {
  Source source("review.yaml", std::string(yaml));
  Documents documents = ReadYaml(source, YamlSchema::kKubernetes);
  if (documents.error) throw std::runtime_error(Render(*documents.error));
  FlowLayout layout;
  layout.json = true, layout.tight = true;
  return FlowText(Value(documents.all.at(0).root), layout);
}

Answer Review(const std::shared_ptr<const Rules>& rules, Route route, std::string_view profile,
              std::string_view review_yaml) {
  Reviewer reviewer(rules);
  Answer answer;
  reviewer.Review(route, profile, ToJson(review_yaml), kNow, &answer);
  return answer;
}

std::string Show(const Answer& answer) {
  std::string text = "status " + std::to_string(answer.status) + '\n';
  if (answer.status == 200) {
    nlohmann::ordered_json review = nlohmann::ordered_json::parse(answer.body);
    nlohmann::ordered_json& response = review.at("response");
    if (response.contains("patch")) {
      std::string encoded = response["patch"];
      std::string patch(cel::DecodedSize(encoded.size()), '\0');
      size_t size = 0, bad = 0;
      if (!cel::DecodeBase64(encoded, patch.data(), &size, &bad)) return "the patch is no base64";
      patch.resize(size);
      response["patch"] = nlohmann::ordered_json::parse(patch);
    }
    std::string message;
    if (response.contains("status")) {
      message = response["status"]["message"];
      response["status"].erase("message");
    }
    // The digest changes with every word of every guardrail.
    if (response.contains("auditAnnotations") && response["auditAnnotations"].contains("policy-set"))
      response["auditAnnotations"]["policy-set"] =
          response["auditAnnotations"]["policy-set"] == answer.decision.policy_set ? "(that of the rules)"
                                                                                   : "WRONG";
    text += response.dump(2) + '\n';
    if (!message.empty()) text += "message:\n" + message + '\n';
  } else {
    text += answer.body;
  }
  const Decision& decision = answer.decision;
  text += "decision: " + std::string(ToString(decision.verdict)) + ' ' + decision.route + ' ' +
          decision.profile + ' ' + decision.operation + ' ' + decision.namespace_name + '/' + decision.name +
          " by " + decision.user + (decision.dry_run ? " (dry run)" : "") + '\n';
  for (const GuardrailCount& count : decision.guardrails)
    text += "  " + count.guardrail + ' ' + std::string(ToString(count.action)) + ' ' +
            std::to_string(count.findings) +
            (count.exempted ? " exempted " + std::to_string(count.exempted) : "") + '\n';
  for (const std::string& exemption : decision.exemptions) text += "  exemption " + exemption + '\n';
  if (!decision.error.empty()) text += "  error: " + decision.error + '\n';
  return text;
}

}  // namespace guard::test

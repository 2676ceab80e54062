// `guardctl admit`: the webhook's own decision about one request, without a webhook and a cluster.
// Tested by tests/e2e/admit.sh.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "auditor/commands/commands.h"
#include "auditor/read_file.h"
#include "policies/cel/base64.h"
#include "policies/cel/json_values.h"
#include "policies/document/value.h"
#include "policies/engine/vap_attributes.h"
#include "policies/subjects/kubernetes.h"
#include "policies/subjects/recognise.h"
#include "webhook/admission/reviewer.h"

namespace guard {

namespace {

constexpr size_t kLargestReview = size_t{8} << 20;

std::string ToJson(const Node& node) {
  FlowLayout layout;
  layout.json = true, layout.tight = true;
  return FlowText(Value(node), layout);
}

std::shared_ptr<const Rules> LoadConfig(const std::string& path) {
  Result<std::string> text = ReadWholeFile(path, kLargestReview);
  if (!text) {
    PrintError(text.error());
    return nullptr;
  }
  Source source(path, std::move(*text));
  Documents documents = ReadManifest(source);
  std::vector<Error> errors;
  if (documents.error) {
    errors.push_back(*documents.error);
  } else if (documents.all.size() != 1) {
    errors.push_back(source.ErrorAt({0, 0}, "a configuration is one document"));
  } else {
    RulesConfig config = ReadRulesConfig(documents.all[0].root, source, &errors);
    if (errors.empty()) {
      auto rules = Rules::Load(config);
      if (rules) return *rules;
      errors = std::move(rules.error());
    }
  }
  for (const Error& error : errors) PrintError(error);
  return nullptr;
}

// The review of somebody creating an object: what `kubectl create` would make the API server send.
std::string ReviewToCreate(const Source& source, Documents& documents) {
  std::vector<Subject> subjects;
  ProjectKubernetes(documents, documents.all[0], {}, &subjects);
  if (subjects.empty()) return {};
  subjects[0].source = &source;
  AdmissionAttributes attributes = AttributesToCreate(subjects[0], documents.arena);
  Node request = MakeRequestNode(attributes, attributes.kind, attributes.resource, documents.arena);
  std::string json =
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"guardctl",)";
  json += ToJson(request).substr(1);
  json.pop_back();
  json += R"(,"object":)" + ToJson(documents.all[0].root) + "}}";
  return json;
}

std::string DecodedPatch(const nlohmann::ordered_json& response) {
  std::string encoded = response.value("patch", "");
  std::string patch(cel::DecodedSize(encoded.size()), '\0');
  size_t size = 0, bad = 0;
  if (!cel::DecodeBase64(encoded, patch.data(), &size, &bad)) return {};
  patch.resize(size);
  return patch;
}

void PrintForPeople(const Answer& answer) {
  nlohmann::ordered_json response = nlohmann::ordered_json::parse(answer.body)["response"];
  if (response["allowed"] != true) {
    std::cout << "denied: " << response["status"]["message"].get<std::string>() << '\n';
    return;
  }
  std::cout << (answer.decision.verdict == Verdict::kSteer ? "allowed, with a patch" : "allowed") << '\n';
  if (response.contains("warnings"))
    for (const std::string warning : response["warnings"]) std::cout << "warning: " << warning << '\n';
  if (response.contains("auditAnnotations"))
    for (const auto& [key, value] : response["auditAnnotations"].items())
      std::cout << "audit: " << key << ": " << value.get<std::string>() << '\n';
  if (!response.contains("patch")) return;
  std::cout << "patch:\n";
  for (const auto& operation : nlohmann::ordered_json::parse(DecodedPatch(response)))
    std::cout << "  " << operation.dump() << '\n';
}

}  // namespace

int RunAdmit(const AdmitCommand& command) {
  std::shared_ptr<const Rules> rules = LoadConfig(command.config);
  if (!rules) return kExitBroken;
  std::string profile = command.profile;
  if (profile.empty()) {
    std::vector<std::string> profiles = rules->profiles();
    if (profiles.size() != 1) {
      std::string names;
      for (const std::string& name : profiles) names += (names.empty() ? "" : ", ") + name;
      std::cerr << "error: --profile is needed, as " << command.config << " has several: " << names << '\n';
      return kExitBroken;
    }
    profile = profiles[0];
  }
  Result<std::string> input = ReadStandardInput(kLargestReview);
  if (!input) {
    PrintError(input.error());
    return kExitBroken;
  }
  Source source("<stdin>", std::move(*input));
  Documents documents = ReadManifest(source);
  if (documents.error) {
    PrintError(*documents.error);
    return kExitBroken;
  }
  if (documents.all.size() != 1) {
    std::cerr << "error: <stdin>: one AdmissionReview, or one object, is expected\n";
    return kExitBroken;
  }
  const Node& root = documents.all[0].root;
  std::string body;
  if (root.FindString("kind") == "AdmissionReview")
    body = ToJson(root);
  else
    body = ReviewToCreate(source, documents);
  if (body.empty()) {
    std::cerr << "error: <stdin> is neither an AdmissionReview nor a Kubernetes object\n";
    return kExitBroken;
  }
  Reviewer reviewer(rules);
  Answer answer;
  reviewer.Review(command.steer ? Route::kSteer : Route::kValidate, profile, body,
                  std::chrono::system_clock::now(), &answer);
  if (answer.status != 200) {
    std::cerr << "error: " << answer.body;
    return kExitBroken;
  }
  if (command.format == "text")
    PrintForPeople(answer);
  else
    std::cout << answer.body << '\n';
  if (!answer.decision.error.empty()) return kExitBroken;
  return answer.decision.verdict == Verdict::kDeny ? kExitFindings : kExitFine;
}

}  // namespace guard

// Any text as Kubernetes' policies: it loads, or every error has a place; what loads judges any object, here
// the documents of the same text, twice with the same answer.
#include <cstdlib>
#include <string>

#include "policies/engine/vap.h"

namespace {

std::string Judged(guard::AdmissionPolicyJudge& judge, const guard::AdmissionAttributes& request) {
  guard::AdmissionPolicyAnswer answer;
  judge.Judge(request, &answer);
  std::string text;
  for (const auto& result : answer.results) {
    if (result.rule == nullptr || !result.actions.any() || result.message.size() > 40'000) std::abort();
    text += std::string(result.policy) + result.message + '\n';
  }
  for (const auto& [key, value] : answer.audit_annotations) text += key + value + '\n';
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 20'000) return 0;
  guard::PolicyFile file{"p.yaml", std::string(reinterpret_cast<const char*>(data), size), {}};
  guard::AdmissionPolicySet::Recognise(file.text);
  auto set = guard::AdmissionPolicySet::Load(std::span(&file, 1));
  if (!set) {
    if (set.error().empty()) std::abort();
    for (const guard::Error& error : set.error()) {
      if (error.place.file.empty()) std::abort();
      guard::Render(error);
    }
    return 0;
  }
  guard::Source source("o.yaml", file.text);
  guard::Documents documents = guard::ReadYaml(source, guard::YamlSchema::kKubernetes);
  guard::AdmissionPolicyJudge judge(*set);
  for (const guard::Document& document : documents.all) {
    if (document.index > 8) break;
    guard::Subject subject;
    subject.object = document.root;
    subject.api_version = document.root.FindString("apiVersion");
    subject.object_kind = document.root.FindString("kind");
    guard::Arena arena;
    guard::AdmissionAttributes request = guard::AttributesToCreate(subject, arena);
    // As what the policies are most likely about.
    request.kind = {"", "v1", "Pod"};
    request.resource = {"", "v1", "pods"};
    std::string before = Judged(judge, request);
    request.old_object = request.object;
    request.operation = guard::AdmissionOperation::kUpdate;
    Judged(judge, request);
    request.old_object = nullptr;
    request.operation = guard::AdmissionOperation::kCreate;
    if (Judged(judge, request) != before) std::abort();
  }
  return 0;
}

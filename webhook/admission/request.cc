// Tested by tests/unit/admission/request_test.cc, tests/fuzz/review_fuzz.cc.
#include "webhook/admission/request.h"

namespace guard {

namespace {

constexpr std::string_view kOperations[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};

// An absent or null field is empty; another kind of value is an error.
Result<std::string_view> Text(const Node& map, std::string_view key) {
  const Node* node = map.Find(key);
  if (node == nullptr || node->is_null()) return std::string_view();
  if (!node->is_string()) return Fail("request." + std::string(key) + " is no string");
  return node->string();
}

Result<const Node*> Map(const Node& map, std::string_view key) {
  const Node* node = map.Find(key);
  if (node == nullptr || node->is_null()) return nullptr;
  if (!node->is_map()) return Fail("request." + std::string(key) + " is no object");
  return node;
}

// The API server names the kind it sends. An object that calls itself something else would be judged as what
// it is not.
Result<void> CheckKind(const AdmissionRequest& request, const Node& object, std::string_view which) {
  std::string_view version = object.FindString("apiVersion");
  std::string_view kind = object.FindString("kind");
  size_t slash = version.find('/');
  std::string_view group = slash == version.npos ? std::string_view() : version.substr(0, slash);
  std::string_view number = slash == version.npos ? version : version.substr(slash + 1);
  if (kind == request.kind && group == request.group && number == request.version) return {};
  return Fail("request." + std::string(which) + " is of another kind than request.kind says");
}

}  // namespace

std::string_view ToString(Operation operation) { return kOperations[static_cast<size_t>(operation)]; }

std::string_view UidOf(const Node& review) {
  const Node* request = review.Find("request");
  return request ? request->FindString("uid") : std::string_view();
}

Result<AdmissionRequest> ReadRequest(const Node& review) {
  if (!review.is_map()) return Fail("the body is no JSON object");
  if (review.FindString("apiVersion") != "admission.k8s.io/v1" ||
      review.FindString("kind") != "AdmissionReview")
    return Fail("the body is no AdmissionReview of admission.k8s.io/v1");
  const Node* node = review.Find("request");
  if (node == nullptr || !node->is_map()) return Fail("the AdmissionReview has no request");
  AdmissionRequest request;
  request.node = node;
  request.uid = TRY(Text(*node, "uid"));
  if (request.uid.empty()) return Fail("request.uid is missing");
  if (const Node* kind = TRY(Map(*node, "kind"))) {
    request.group = TRY(Text(*kind, "group"));
    request.version = TRY(Text(*kind, "version"));
    request.kind = TRY(Text(*kind, "kind"));
  }
  if (request.kind.empty()) return Fail("request.kind is missing");
  if (const Node* resource = TRY(Map(*node, "resource"))) {
    request.resource_group = TRY(Text(*resource, "group"));
    request.resource_version = TRY(Text(*resource, "version"));
    request.resource = TRY(Text(*resource, "resource"));
  }
  if (request.resource.empty()) return Fail("request.resource is missing");
  request.subresource = TRY(Text(*node, "subResource"));
  request.namespace_name = TRY(Text(*node, "namespace"));
  request.name = TRY(Text(*node, "name"));
  std::string_view operation = TRY(Text(*node, "operation"));
  bool known = false;
  for (size_t i = 0; i < std::size(kOperations); ++i)
    if (operation == kOperations[i]) request.operation = static_cast<Operation>(i), known = true;
  if (!known) return Fail("request.operation is none of CREATE, UPDATE, DELETE and CONNECT");
  if (const Node* user = TRY(Map(*node, "userInfo"))) {
    request.user = TRY(Text(*user, "username"));
    request.groups = user->Find("groups");
    if (request.groups && request.groups->is_null()) request.groups = nullptr;
    if (request.groups && !request.groups->is_list()) return Fail("request.userInfo.groups is no list");
  }
  const Node* dry_run = node->Find("dryRun");
  if (dry_run && !dry_run->is_null()) {
    if (dry_run->kind != NodeKind::kBool) return Fail("request.dryRun is no boolean");
    request.dry_run = dry_run->boolean;
  }
  request.object = TRY(Map(*node, "object"));
  request.old_object = TRY(Map(*node, "oldObject"));
  bool needs_object = request.operation == Operation::kCreate || request.operation == Operation::kUpdate;
  if (needs_object && request.object == nullptr) return Fail("request.object is missing");
  if (request.operation == Operation::kDelete) request.object = nullptr;
  if (request.object) TRY_VOID(CheckKind(request, *request.object, "object"));
  if (request.operation == Operation::kUpdate && request.old_object)
    TRY_VOID(CheckKind(request, *request.old_object, "oldObject"));
  if (request.name.empty() && request.object)
    if (const Node* metadata = request.object->Find("metadata")) {
      request.name = metadata->FindString("name");
      if (request.name.empty()) request.name = metadata->FindString("generateName");
    }
  return request;
}

}  // namespace guard

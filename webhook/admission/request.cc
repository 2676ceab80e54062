// Tested by tests/unit/admission/reviewer_test.cc, tests/fuzz/review_fuzz.cc.
#include "webhook/admission/request.h"

namespace guard {

namespace {

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

// A GroupVersionKind or GroupVersionResource; empty when it is absent.
Result<ApiName> Name(const Node& request, std::string_view key, std::string_view last) {
  ApiName name;
  const Node* node = TRY(Map(request, key));
  if (node == nullptr) return name;
  name.group = TRY(Text(*node, "group"));
  name.version = TRY(Text(*node, "version"));
  name.name = TRY(Text(*node, last));
  return name;
}

// The API server names the kind it sends. An object that calls itself something else would be judged as what
// it is not.
Result<void> CheckKind(const AdmissionRequest& request, const Node& object, std::string_view which) {
  std::string_view version = object.FindString("apiVersion");
  std::string_view kind = object.FindString("kind");
  size_t slash = version.find('/');
  std::string_view group = slash == version.npos ? std::string_view() : version.substr(0, slash);
  std::string_view number = slash == version.npos ? version : version.substr(slash + 1);
  if (ApiName{group, number, kind} == request.kind) return {};
  return Fail("request." + std::string(which) + " is of another kind than request.kind says");
}

}  // namespace

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
  request.kind = TRY(Name(*node, "kind", "kind"));
  if (request.kind.name.empty()) return Fail("request.kind is missing");
  request.resource = TRY(Name(*node, "resource", "resource"));
  if (request.resource.name.empty()) return Fail("request.resource is missing");
  request.subresource = TRY(Text(*node, "subResource"));
  request.request_kind = TRY(Name(*node, "requestKind", "kind"));
  request.request_resource = TRY(Name(*node, "requestResource", "resource"));
  request.request_subresource = TRY(Text(*node, "requestSubResource"));
  request.namespace_name = TRY(Text(*node, "namespace"));
  request.name = TRY(Text(*node, "name"));
  std::optional<AdmissionOperation> operation = ParseAdmissionOperation(TRY(Text(*node, "operation")));
  if (!operation) return Fail("request.operation is none of CREATE, UPDATE, DELETE and CONNECT");
  request.operation = *operation;
  if (const Node* user = TRY(Map(*node, "userInfo"))) {
    request.user.name = TRY(Text(*user, "username"));
    request.user.uid = TRY(Text(*user, "uid"));
    request.user.groups = user->Find("groups");
    if (request.user.groups && request.user.groups->is_null()) request.user.groups = nullptr;
    if (request.user.groups && !request.user.groups->is_list())
      return Fail("request.userInfo.groups is no list");
    request.user.extra = TRY(Map(*user, "extra"));
  }
  const Node* dry_run = node->Find("dryRun");
  if (dry_run && !dry_run->is_null()) {
    if (dry_run->kind != NodeKind::kBool) return Fail("request.dryRun is no boolean");
    request.dry_run = dry_run->boolean;
  }
  request.object = TRY(Map(*node, "object"));
  request.old_object = TRY(Map(*node, "oldObject"));
  bool needs_object =
      request.operation == AdmissionOperation::kCreate || request.operation == AdmissionOperation::kUpdate;
  if (needs_object && request.object == nullptr) return Fail("request.object is missing");
  if (request.operation == AdmissionOperation::kDelete) request.object = nullptr;
  if (request.object) TRY_VOID(CheckKind(request, *request.object, "object"));
  if (request.operation == AdmissionOperation::kUpdate && request.old_object)
    TRY_VOID(CheckKind(request, *request.old_object, "oldObject"));
  request.options = TRY(Map(*node, "options"));
  request.shown_name = request.name;
  const Node* metadata = request.object ? request.object->Find("metadata") : nullptr;
  if (metadata && request.shown_name.empty()) request.shown_name = metadata->FindString("name");
  if (metadata && request.shown_name.empty()) request.shown_name = metadata->FindString("generateName");
  return request;
}

}  // namespace guard

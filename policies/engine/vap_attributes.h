// What an API server tells of one request, as Kubernetes' own policies see it: the webhook fills it from a
// review, the auditor makes it up for a manifest that somebody is going to create.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/base/arena.h"
#include "policies/engine/subject.h"

namespace guard {

enum class AdmissionOperation : uint8_t { kCreate, kUpdate, kDelete, kConnect };
std::string_view ToString(AdmissionOperation operation);  // "CREATE"
std::optional<AdmissionOperation> ParseAdmissionOperation(std::string_view name);

// A kind (apps, v1, Deployment) or a resource (apps, v1, deployments).
struct ApiName {
  std::string_view group, version, name;
  bool operator==(const ApiName&) const = default;
};

struct AdmissionUser {
  std::string_view name, uid;
  const Node* groups = nullptr;  // a list of strings
  const Node* extra = nullptr;   // a map of lists of strings
};

// Views; whoever fills it keeps what stands behind it.
struct AdmissionAttributes {
  AdmissionOperation operation = AdmissionOperation::kCreate;
  ApiName kind;      // of `object`
  ApiName resource;  // its group and version differ from the kind's for some subresources (pods/eviction)
  std::string_view subresource;
  // What the client sent, where the API server converted it for a rule; no name: the same as above.
  ApiName request_kind, request_resource;
  std::string_view request_subresource;
  std::string_view name;            // empty with generateName
  std::string_view namespace_name;  // empty for what is cluster-scoped; of a Namespace its own name
  AdmissionUser user;
  bool dry_run = false;
  // nullptr where the request has null, or nothing.
  const Node* object = nullptr;
  const Node* old_object = nullptr;
  const Node* options = nullptr;
  // The namespace's own object, where the caller knows it; otherwise it is looked up among those that the
  // policies were loaded with.
  const Node* namespace_object = nullptr;
};

// CEL's `request`: an AdmissionRequest without uid and objects. `kind` and `resource` are those that a rule
// matched. What is empty is left out, as the API server does. Strings are viewed, the maps live in `arena`.
Node MakeRequestNode(const AdmissionAttributes& attributes, const ApiName& kind, const ApiName& resource,
                     Arena& arena);

// What the API server would be asked for one object of a file: CREATE by the user "guardctl", without an old
// object; a namespaced object that names no namespace goes to "default". The made-up strings live in `arena`.
AdmissionAttributes AttributesToCreate(const Subject& resource, Arena& arena);

// The plural under which the API serves a kind, guessed as Kubernetes guesses it: Ingress -> ingresses.
std::string ResourceOfKind(std::string_view kind);
// Whether a kind of Kubernetes itself stands outside of namespaces. False for kinds that are not known.
bool IsClusterScoped(std::string_view group, std::string_view kind);

}  // namespace guard

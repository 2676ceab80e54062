// The request of an AdmissionReview v1 (admission.k8s.io/v1 AdmissionRequest), read as far as decisions need
// it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policies/base/error.h"
#include "policies/document/node.h"

namespace guard {

enum class Operation : uint8_t { kCreate, kUpdate, kDelete, kConnect };
std::string_view ToString(Operation operation);

// Views into the review; lives as long as its nodes.
struct AdmissionRequest {
  const Node* node = nullptr;  // the whole request
  std::string_view uid;
  std::string_view group, version, kind;  // of the object, as the webhook's rule matched it
  std::string_view resource_group, resource_version, resource, subresource;
  Operation operation = Operation::kCreate;
  std::string_view namespace_name;
  std::string_view name;  // the object's generateName while it has no name
  std::string_view user;
  const Node* groups = nullptr;      // a list of strings, or nullptr
  const Node* object = nullptr;      // nullptr for DELETE
  const Node* old_object = nullptr;  // nullptr for CREATE and CONNECT
  bool dry_run = false;
};

// What a review that cannot be read says about itself; empty where it says nothing.
std::string_view UidOf(const Node& review);

// Refuses what the API server never sends: another apiVersion or kind, a request without a uid, an unknown
// operation, a CREATE or UPDATE without an object, an object of another kind than the request names.
Result<AdmissionRequest> ReadRequest(const Node& review);

}  // namespace guard

// The request of an AdmissionReview v1 (admission.k8s.io/v1 AdmissionRequest), read as far as decisions need
// it.
#pragma once

#include <string_view>

#include "policies/base/error.h"
#include "policies/document/node.h"
#include "policies/engine/vap_attributes.h"

namespace guard {

// Views into the review; lives as long as its nodes.
struct AdmissionRequest : AdmissionAttributes {
  const Node* node = nullptr;  // the whole request
  std::string_view uid;
  std::string_view shown_name;  // the object's generateName while it has no name

  bool IsPod() const { return kind.name == "Pod" && kind.group.empty(); }
};

// What a review that cannot be read says about itself; empty where it says nothing.
std::string_view UidOf(const Node& review);

// Refuses what the API server never sends: another apiVersion or kind, a request without a uid, an unknown
// operation, a CREATE or UPDATE without an object, an object of another kind than the request names.
Result<AdmissionRequest> ReadRequest(const Node& review);

}  // namespace guard

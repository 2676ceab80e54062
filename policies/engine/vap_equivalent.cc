// What Kubernetes serves under more than one group or version, for matchPolicy: Equivalent.
//
// The API server converts an object to the version that a rule names before it is judged. Here nothing is
// converted: most versions of a resource have one shape for all that policies look at, and those that have
// not are told.
//
// Tested by tests/unit/engine/vap_match_test.cc.
#include <algorithm>

#include "policies/engine/vap_match.h"

namespace guard {

namespace {

// Both names of resources that moved; requests under either reach rules for the other.
struct Move {
  std::string_view resource, former, now;
};
constexpr Move kMoves[] = {
    {"daemonsets", "extensions", "apps"},
    {"deployments", "extensions", "apps"},
    {"replicasets", "extensions", "apps"},
    {"ingresses", "extensions", "networking.k8s.io"},
    {"networkpolicies", "extensions", "networking.k8s.io"},
    {"podsecuritypolicies", "extensions", "policy"},
    {"events", "", "events.k8s.io"},
};

struct Changed {
  std::string_view group, resource;
};
constexpr Changed kChanged[] = {
    {"apiextensions.k8s.io", "customresourcedefinitions"},
    {"autoscaling", "horizontalpodautoscalers"},
    {"discovery.k8s.io", "endpointslices"},
    {"", "events"},
    {"events.k8s.io", "events"},
    {"extensions", "ingresses"},
    {"networking.k8s.io", "ingresses"},
    {"flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"},
    {"flowcontrol.apiserver.k8s.io", "flowschemas"},
    {"node.k8s.io", "runtimeclasses"},
    {"resource.k8s.io", "deviceclasses"},
    {"resource.k8s.io", "resourceclaims"},
    {"resource.k8s.io", "resourceclaimtemplates"},
    {"resource.k8s.io", "resourceslices"},
};

}  // namespace

std::string_view OtherGroup(std::string_view group, std::string_view resource) {
  for (const Move& move : kMoves) {
    if (move.resource != resource) continue;
    if (move.now == group) return move.former;
    if (move.former == group) return move.now;
  }
  return group;
}

bool ShapeChanged(std::string_view group, std::string_view resource) {
  return std::ranges::any_of(
      kChanged, [&](const Changed& row) { return row.group == group && row.resource == resource; });
}

}  // namespace guard

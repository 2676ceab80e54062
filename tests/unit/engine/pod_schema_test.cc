#include "policies/engine/pod_schema.h"

#include <gtest/gtest.h>

#include <set>

namespace guard {
namespace {

using cel::Type;
using cel::TypeKind;

const Type* FieldOf(const Type* type, std::string_view path) {
  while (!path.empty() && type) {
    size_t dot = std::min(path.find('.'), path.size());
    if (type->kind == TypeKind::kList) type = type->params[0];
    auto field = type->fields.find(path.substr(0, dot));
    type = field == type->fields.end() ? nullptr : field->second;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return type;
}

TEST(PodSchema, KnowsTheFieldsOfAPod) {
  cel::TypePool pool;
  const Type* pod = PodType(pool);
  const char* cases[][2] = {
      {"hostUsers", "bool"},
      {"containers.from", "string"},
      {"initContainers.restartPolicy", "string"},
      {"ephemeralContainers.targetContainerName", "string"},
      {"containers.securityContext.capabilities.add", "list(string)"},
      {"containers.securityContext.runAsUser", "int"},
      {"containers.resources.limits", "map(string, dyn)"},
      {"containers.livenessProbe.httpGet.port", "dyn"},
      {"containers.lifecycle.stopSignal", "string"},
      {"containers.restartPolicyRules.exitCodes.values", "list(int)"},
      {"containers.env.valueFrom.fileKeyRef.volumeName", "string"},
      {"securityContext.seLinuxChangePolicy", "string"},
      {"metadata.annotations", "map(string, string)"},
      {"volumes.image.reference", "string"},
      {"volumes.ephemeral.volumeClaimTemplate.spec.storageClassName", "string"},
      {"volumes.projected.sources.podCertificate.signerName", "string"},
      {"volumes.csi.volumeAttributes", "map(string, string)"},
      {"resourceClaims.resourceClaimTemplateName", "string"},
      {"topologySpreadConstraints.labelSelector.matchExpressions.values", "list(string)"},
      {"affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.namespaces", "list(string)"},
      {"schedulingGroup.podGroupName", "string"},
  };
  for (const auto& [path, type] : cases) {
    const Type* field = FieldOf(pod, path);
    ASSERT_NE(field, nullptr) << path;
    EXPECT_EQ(ToString(*field), type) << path;
  }
}

// A field that no table line declares as a type would be a typo in the table.
TEST(PodSchema, IsClosedAllTheWayDown) {
  cel::TypePool pool;
  std::set<const Type*> seen;
  std::vector<const Type*> open = {PodType(pool)};
  while (!open.empty()) {
    const Type* type = open.back();
    open.pop_back();
    if (!seen.insert(type).second) continue;
    for (const Type* param : type->params) open.push_back(param);
    if (type->kind != TypeKind::kObject) continue;
    EXPECT_FALSE(type->open) << type->name;
    EXPECT_FALSE(type->fields.empty()) << type->name;
    for (const auto& [name, field] : type->fields) open.push_back(field);
  }
  EXPECT_GT(seen.size(), 100u);
}

}  // namespace
}  // namespace guard

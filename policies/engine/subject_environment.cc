// Tested by tests/unit/engine/load_test.cc.
#include "policies/engine/subject_environment.h"

#include "policies/engine/job_schema.h"
#include "policies/engine/lib_guard.h"
#include "policies/engine/pod_schema.h"
#include "policies/engine/service_schema.h"
#include "policies/engine/stage_schema.h"

namespace guard {

namespace {

const cel::Type* AnyType(cel::TypePool&) { return &cel::kDynType; }

struct KindRow {
  SubjectKind kind;
  const cel::Type* (*type)(cel::TypePool&);
};
constexpr KindRow kKinds[] = {
    {SubjectKind::kPod, PodType},
    {SubjectKind::kResource, AnyType},
    {SubjectKind::kRequest, AdmissionRequestType},
    {SubjectKind::kStage, StageType},
    {SubjectKind::kService, ServiceType},
    {SubjectKind::kJob, JobType},
};

}  // namespace

bool SubjectEnvironments::Has(SubjectKind kind) {
  for (const KindRow& row : kKinds)
    if (row.kind == kind) return true;
  return false;
}

std::vector<std::string_view> SubjectEnvironments::Names() {
  std::vector<std::string_view> names;
  for (const KindRow& row : kKinds) names.push_back(ToString(row.kind));
  return names;
}

const SubjectEnvironments::Kind& SubjectEnvironments::Get(SubjectKind kind) {
  Kind& known = kinds_[static_cast<size_t>(kind)];
  if (known.environment) return known;
  if (!base_) {
    base_ = std::make_unique<cel::Environment>(cel::Dialect::kKubernetes);
    RegisterGuard(*base_);
  }
  known.environment = std::make_unique<cel::Environment>(*base_, nullptr);
  known.subject_type = &cel::kDynType;
  for (const KindRow& row : kKinds)
    if (row.kind == kind) known.subject_type = row.type(known.environment->types());
  if (known.subject_type->kind == cel::TypeKind::kObject)
    known.shape = std::make_unique<Shape>(known.subject_type);
  known.subject_slot = known.environment->Declare(ToString(kind), known.subject_type);
  known.object_slot = known.environment->Declare("object", &cel::kDynType);
  return known;
}

}  // namespace guard

// Tested by the examples of the pack admission-requests.
#include "policies/subjects/admission_request.h"

#include "policies/subjects/projector.h"

namespace guard {

void ProjectRequest(Documents& documents, const Document& document, const Node& request,
                    std::vector<Subject>* subjects) {
  if (!request.is_map()) return;
  Projector projector(documents.arena);
  Subject subject;
  subject.kind = SubjectKind::kRequest;
  subject.value = *projector.WithoutNulls(&request);
  const Node* object = subject.value.Find("object");
  subject.object = object ? *object : projector.Map({}, request.span);
  subject.origins = projector.TakeOrigins();
  subject.document = &document;
  subject.source = documents.source;
  subject.real_value = &request;
  subject.real_object = &request;
  subject.api_version = "admission.k8s.io/v1";
  subject.object_kind = "AdmissionRequest";
  subject.name = request.FindString("name");
  subject.namespace_name = request.FindString("namespace");
  subject.span = request.span;
  subjects->push_back(subject);
}

}  // namespace guard

// The `request` of an AdmissionReview -> a `request` subject: who asks for what, which no manifest tells.
#pragma once

#include <vector>

#include "policies/document/document.h"
#include "policies/engine/subject.h"

namespace guard {

// `request` is a part of `document`, or its root. Entries that are null are left out of it, as in all
// subjects.
void ProjectRequest(Documents& documents, const Document& document, const Node& request,
                    std::vector<Subject>* subjects);

}  // namespace guard

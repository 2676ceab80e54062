// Tested by tests/golden/admission/reviews (update-*) and tests/e2e/webhook_bypasses.sh.
#include "webhook/admission/update.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "policies/cel/value.h"

namespace guard {

namespace {

bool SameNode(const Node* a, const Node* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return cel::Equal(cel::Value::Of(*a), cel::Value::Of(*b));
}

// Containers come, go or change their image. All else in a running pod that could matter cannot be changed.
bool ChangesContainers(const Node& before, const Node& after) {
  const Node *old_list = before.Find("containers"), *new_list = after.Find("containers");
  if (old_list == nullptr || new_list == nullptr) return old_list != new_list;
  std::span<const Node> olds = old_list->list(), news = new_list->list();
  if (olds.size() != news.size()) return true;
  for (size_t i = 0; i < olds.size(); ++i)
    for (std::string_view field : {"from", "name", "image"})
      if (olds[i].FindString(field) != news[i].FindString(field)) return true;
  return false;
}

std::vector<const Subject*> PodsOf(std::span<const Subject> subjects) {
  std::vector<const Subject*> pods;
  for (const Subject& subject : subjects)
    if (subject.kind == SubjectKind::kPod) pods.push_back(&subject);
  return pods;
}

}  // namespace

bool ChangesWhatRuns(const AdmissionRequest& request, std::span<const Subject> before,
                     std::span<const Subject> after) {
  if (request.old_object == nullptr) return true;
  std::vector<const Subject*> old_pods = PodsOf(before), new_pods = PodsOf(after);
  if (old_pods.size() != new_pods.size()) return true;
  for (size_t i = 0; i < new_pods.size(); ++i)
    if (request.IsPod() ? ChangesContainers(old_pods[i]->value, new_pods[i]->value)
                        : !SameNode(&old_pods[i]->value, &new_pods[i]->value))
      return true;
  return new_pods.empty() && !SameNode(request.old_object->Find("spec"), request.object->Find("spec"));
}

void KeepNewFindings(std::span<const Finding> before, std::vector<Finding>* findings) {
  using Key = std::tuple<const Guardrail*, std::string_view, std::string_view>;
  std::set<Key> known;
  for (const Finding& finding : before) known.emplace(finding.guardrail, finding.path, finding.message);
  std::erase_if(*findings, [&](const Finding& finding) {
    // Who asks is judged whatever the object was like.
    return finding.subject->kind != SubjectKind::kRequest &&
           known.contains({finding.guardrail, finding.path, finding.message});
  });
}

}  // namespace guard

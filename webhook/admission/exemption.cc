// Tested by tests/unit/admission/exemption_test.cc.
#include "webhook/admission/exemption.h"

#include <algorithm>

#include "policies/base/image_reference.h"

namespace guard {

namespace {

bool AnyMatches(std::string_view text, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns,
                             [&](const std::string& pattern) { return MatchesPattern(text, pattern); });
}

bool GroupsMatch(const AdmissionRequest& request, const std::vector<std::string>& patterns) {
  if (request.user.groups == nullptr) return false;
  return std::ranges::any_of(request.user.groups->list(), [&](const Node& group) {
    return group.is_string() && AnyMatches(group.string(), patterns);
  });
}

bool LabelsMatch(const AdmissionRequest& request, const Exemption& exemption) {
  const Node* object = request.object ? request.object : request.old_object;
  const Node* metadata = object ? object->Find("metadata") : nullptr;
  const Node* labels = metadata ? metadata->Find("labels") : nullptr;
  if (labels == nullptr) return false;
  return std::ranges::all_of(exemption.labels, [&](const auto& label) {
    const Node* value = labels->Find(label.first);
    return value && value->is_string() && value->string() == label.second;
  });
}

bool ImagesMatch(std::span<const Subject> subjects, const std::vector<std::string>& patterns) {
  bool any = false;
  for (const Subject& subject : subjects) {
    if (subject.kind != SubjectKind::kPod) continue;
    const Node* containers = subject.value.Find("containers");
    if (containers == nullptr) continue;
    for (const Node& container : containers->list()) {
      auto image = ParseImageReference(container.FindString("image"));
      if (!image || !AnyMatches(image->ToString(), patterns)) return false;
      any = true;
    }
  }
  return any;
}

}  // namespace

bool MatchesPattern(std::string_view text, std::string_view pattern) {
  size_t at = 0, next = 0, star = pattern.npos, resume = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++, resume = at;
    } else if (next < pattern.size() && pattern[next] == text[at]) {
      ++at, ++next;
    } else if (star != pattern.npos) {
      next = star + 1, at = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', next) == pattern.npos;
}

Coverage CoverageOf(const Exemption& exemption, const AdmissionRequest& request,
                    std::span<const Subject> subjects, std::chrono::system_clock::time_point now) {
  bool covers = (exemption.users.empty() || AnyMatches(request.user.name, exemption.users)) &&
                (exemption.groups.empty() || GroupsMatch(request, exemption.groups)) &&
                (exemption.namespaces.empty() || AnyMatches(request.namespace_name, exemption.namespaces)) &&
                (exemption.labels.empty() || LabelsMatch(request, exemption)) &&
                (exemption.images.empty() || ImagesMatch(subjects, exemption.images));
  if (!covers) return Coverage::kNone;
  return now < exemption.expires ? Coverage::kCovers : Coverage::kExpired;
}

}  // namespace guard

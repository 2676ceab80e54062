// Tested by tests/unit/admission/config_test.cc.
#include "webhook/admission/rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "policies/base/sha256.h"
#include "policies/engine/fields.h"

namespace guard {

namespace {

// The error of a row, with what was probably meant.
Error Unknown(const Error& unknown, std::string_view name, const std::vector<std::string_view>& known) {
  Error error = unknown;
  error.hint = DidYouMean(name, known);
  return error;
}

void AppendList(std::string* out, std::string_view what, const std::vector<std::string>& items) {
  if (items.empty()) return;
  out->append(" ").append(what).append("=");
  for (const std::string& item : items) out->append(&item == &items.front() ? "" : ",").append(item);
}

std::string ShownVersion(KubernetesVersion version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor);
}

// A path of the configuration: guardrails, or Kubernetes' own policies.
void ReadPolicies(const std::string& path, std::vector<PolicyFile>* guardrails,
                  std::vector<PolicyFile>* policies, Errors* errors) {
  bool kubernetes = AdmissionPolicySet::IsFor(path);
  auto files = kubernetes ? AdmissionPolicySet::ReadPath(path) : PolicySet::ReadFolder(path);
  if (!files) return errors->push_back(files.error());
  std::vector<PolicyFile>* to = kubernetes ? policies : guardrails;
  to->insert(to->end(), files->begin(), files->end());
}

}  // namespace

std::expected<std::shared_ptr<const Rules>, std::vector<Error>> Rules::Load(const RulesConfig& config) {
  std::vector<PolicyFile> guardrail_files = PolicySet::Embedded(), policy_files;
  std::vector<Error> errors;
  for (const std::string& path : config.policies)
    ReadPolicies(path, &guardrail_files, &policy_files, &errors);
  bool any_policies = !policy_files.empty();
  for (const std::string& path : config.namespaces) {
    auto read = AdmissionPolicySet::ReadPath(path);
    if (read)
      policy_files.insert(policy_files.end(), read->begin(), read->end());
    else
      errors.push_back(read.error());
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  auto set = PolicySet::Load(guardrail_files, {}, ReadExamples::kUntested);
  if (!set) return std::unexpected(std::move(set.error()));
  std::optional<AdmissionPolicySet> policies;
  if (any_policies) {
    auto loaded = AdmissionPolicySet::Load(policy_files);
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    policies = std::move(*loaded);
  }
  auto rules = std::make_shared<LoadedRules>(config, std::move(*set), std::move(policies));
  errors = rules->Choose();
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return rules;
}

std::vector<Error> LoadedRules::Choose() {
  std::vector<Error> errors;
  std::vector<std::string_view> pack_names, guardrail_names;
  for (const Pack& pack : set_.packs()) pack_names.push_back(pack.name);
  for (const auto& guardrail : set_.guardrails()) guardrail_names.push_back(guardrail->name);
  for (const Profile& profile : config_.profiles) {
    ProfileRules& rules = profiles_.emplace_back();
    rules.profile = &profile;
    for (const ActionRow& row : profile.packs) {
      const std::string name[] = {row.name};
      auto chosen = set_.Select(name);
      if (!chosen) {
        errors.push_back(Unknown(row.unknown, row.name, pack_names));
        continue;
      }
      for (const Guardrail* guardrail : *chosen) {
        auto [known, is_new] = rules.actions.emplace(guardrail, row.action);
        if (!is_new) known->second = std::max(known->second, row.action);
      }
    }
    for (const ActionRow& row : profile.guardrails) {
      if (const Guardrail* guardrail = set_.Find(row.name))
        rules.actions[guardrail] = row.action;
      else
        errors.push_back(Unknown(row.unknown, row.name, guardrail_names));
    }
    for (const auto& [guardrail, action] : rules.actions) {
      rules.guardrails.push_back(guardrail);
      rules.judges_requests |= guardrail->subject == SubjectKind::kRequest;
      if (action == Action::kSteer) rules.steering.push_back(guardrail);
    }
    auto by_name = [](const Guardrail* a, const Guardrail* b) { return a->name < b->name; };
    std::ranges::sort(rules.guardrails, by_name);
    std::ranges::sort(rules.steering, by_name);
    for (const Exemption& exemption : profile.exemptions)
      for (size_t i = 0; i < exemption.guardrails.size(); ++i) {
        const Guardrail* guardrail = set_.Find(exemption.guardrails[i]);
        if (guardrail == nullptr || !rules.actions.contains(guardrail))
          errors.push_back(
              Unknown(exemption.unknown_guardrails[i], exemption.guardrails[i], guardrail_names));
      }
  }
  digest_ = Sha256Hex(Describe());
  return errors;
}

std::string LoadedRules::Describe() const {
  std::string text;
  if (!config_.builder.image.empty()) text += "builder " + config_.builder.image + '\n';
  if (policies_) text.append("policies ").append(policies_->digest()) += '\n';
  for (const CustomPodKind& kind : config_.pod_kinds)
    text += "pods of " + kind.group + '/' + kind.kind + " at " + kind.pod_spec_path + '\n';
  for (const ProfileRules& rules : profiles_) {
    const Profile& profile = *rules.profile;
    text += "profile " + profile.name + ": kubernetes " + ShownVersion(profile.kubernetes) + ", templates ";
    text.append(ToString(profile.templates)) += '\n';
    for (const Guardrail* guardrail : rules.guardrails) {
      text.append("  ").append(ToString(rules.ActionOf(guardrail))) += ' ';
      text += guardrail->name + ' ' + guardrail->digest + '\n';
    }
    for (const Exemption& exemption : profile.exemptions) {
      text += "  exemption " + exemption.name + " of " + exemption.owner + " until " +
              exemption.expires_text + ':';
      AppendList(&text, "users", exemption.users);
      AppendList(&text, "groups", exemption.groups);
      AppendList(&text, "namespaces", exemption.namespaces);
      std::vector<std::string> labels;
      labels.reserve(exemption.labels.size());
      for (const auto& [key, value] : exemption.labels) labels.push_back(key + '=' + value);
      AppendList(&text, "labels", labels);
      AppendList(&text, "images", exemption.images);
      AppendList(&text, "guardrails", exemption.guardrails);
      text += " (" + exemption.reason + ")\n";
    }
  }
  return text;
}

std::vector<std::string> LoadedRules::profiles() const {
  std::vector<std::string> names;
  for (const Profile& profile : config_.profiles) names.push_back(profile.name);
  return names;
}

std::vector<std::string> LoadedRules::guardrails() const {
  std::set<std::string> names;
  for (const ProfileRules& rules : profiles_)
    for (const Guardrail* guardrail : rules.guardrails) names.insert(guardrail->name);
  if (policies_)
    for (const std::string& name : policies_->names()) names.insert(name);
  return {names.begin(), names.end()};
}

const ProfileRules* LoadedRules::Find(std::string_view profile) const {
  for (const ProfileRules& rules : profiles_)
    if (rules.profile->name == profile) return &rules;
  return nullptr;
}

}  // namespace guard

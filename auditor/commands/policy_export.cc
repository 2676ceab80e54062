// guardctl policy export: guardrails as Kubernetes' own policies, for clusters without the webhook.
// Tested by tests/e2e/vap.sh.
#include <algorithm>
#include <iostream>

#include "auditor/commands/commands.h"
#include "policies/engine/vap_export.h"

namespace guard {

namespace {

// The named guardrails, or those of the packs; nothing when a name is unknown, which is told.
std::optional<std::vector<const Guardrail*>> Choose(const PolicySet& set, const ExportCommand& command,
                                                    const std::vector<std::string>& packs) {
  std::vector<const Guardrail*> chosen;
  if (command.rules.empty()) {
    auto selected = set.Select(packs);
    if (selected) return std::move(*selected);
    PrintError(selected.error());
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  for (const auto& guardrail : set.guardrails()) names.push_back(guardrail->name);
  for (const std::string& name : command.rules) {
    if (const Guardrail* guardrail = set.Find(name)) {
      chosen.push_back(guardrail);
      continue;
    }
    std::cerr << "guardctl: no guardrail is called '" << name << "'\n";
    if (auto meant = Nearest(name, names); !meant.empty()) std::cerr << "did you mean " << meant << "?\n";
    return std::nullopt;
  }
  return chosen;
}

}  // namespace

int RunPolicyExport(const ExportCommand& command) {
  std::vector<std::string> packs = command.packs;
  if (command.rules.empty() && packs.empty()) {
    packs = PacksOf(command.policies);
    packs.emplace_back(kDefaultPacks);
  }
  auto set = LoadPolicies(command.policies, packs, ReadExamples::kUntested);
  if (!set) return kExitBroken;
  if (std::erase(packs, kDefaultPacks) != 0)
    for (std::string& pack : set->DefaultPacks()) packs.push_back(std::move(pack));
  auto chosen = Choose(*set, command, packs);
  if (!chosen) return kExitBroken;

  size_t exported = 0, refused = 0;
  for (const Guardrail* guardrail : *chosen) {
    // Of a whole pack only what is judged today is wanted.
    bool judged = !guardrail->deprecated && guardrail->kubernetes.Contains(kLatestKubernetes);
    if (command.rules.empty() && !judged) continue;
    auto policy = ExportPolicy(*guardrail, command.action);
    if (policy) {
      std::cout << *policy;
      ++exported;
    } else {
      std::cerr << "not exported: " << ToString(policy.error()) << '\n';
      ++refused;
    }
  }
  if (refused && !command.skip) return kExitBroken;
  return exported ? kExitFine : kExitNothing;
}

}  // namespace guard

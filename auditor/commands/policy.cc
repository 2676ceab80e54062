// guardctl policy: list, test and lint guardrails, the built-in ones or a folder's.
// Tested by tests/e2e/cli.sh.
#include <iostream>

#include "auditor/commands/commands.h"
#include "auditor/reports/json_text.h"
#include "policies/engine/lint.h"
#include "policies/subjects/examples.h"

namespace guard {

namespace {

// The built-in packs, or the folder's alone.
std::optional<PolicySet> LoadAll(const PolicyCommand& command) {
  if (command.folder.empty()) return LoadPolicies({}, {});
  auto files = PolicySet::ReadFolder(command.folder);
  if (!files) {
    PrintError(files.error());
    return std::nullopt;
  }
  auto set = PolicySet::Load(*files);
  if (!set) {
    for (const Error& error : set.error()) PrintError(error);
    return std::nullopt;
  }
  return std::move(*set);
}

int ListJson(const PolicySet& set) {
  std::string text;
  JsonText json(&text);
  json.Open('{').Key("packs").Open('[');
  for (const Pack& pack : set.packs()) {
    json.Open('{').Field("name", pack.name).Field("title", pack.title).Field("description", pack.description);
    json.Key("default").Bool(pack.enabled_by_default).Field("sha256", pack.digest);
    json.Key("includes").Open('[');
    for (const std::string& name : pack.includes) json.String(name);
    json.Close(']').Key("guardrails").Open('[');
    for (const std::string& name : pack.guardrails) {
      const Guardrail* rule = set.Find(name);
      if (!rule) continue;
      json.Open('{')
          .Field("name", name)
          .Field("title", rule->title)
          .Field("severity", ToString(rule->severity));
      json.Field("subject", ToString(rule->subject)).Key("fixable").Bool(!rule->fix.empty()).Close('}');
    }
    json.Close(']').Close('}');
  }
  json.Close(']').Close('}');
  std::cout << text << '\n';
  return kExitFine;
}

}  // namespace

int RunPolicyList(const PolicyCommand& command) {
  auto set = LoadAll(command);
  if (!set) return kExitBroken;
  if (command.json) return ListJson(*set);
  for (const Pack& pack : set->packs()) {
    std::cout << pack.name << (pack.enabled_by_default ? " (on by default)" : "") << ": " << pack.title
              << '\n';
    for (const std::string& name : pack.includes) std::cout << "  includes  " << name << '\n';
    for (const std::string& name : pack.guardrails) {
      const Guardrail* rule = set->Find(name);
      if (!rule) continue;
      std::string severity(ToString(rule->severity));
      std::cout << "  " << severity << std::string(10 - severity.size(), ' ') << name
                << std::string(name.size() < 44 ? 44 - name.size() : 1, ' ') << rule->title << '\n';
    }
    std::cout << '\n';
  }
  return kExitFine;
}

int RunPolicyTest(const PolicyCommand& command) {
  auto set = LoadAll(command);
  if (!set) return kExitBroken;
  size_t passed = 0, failed = 0;
  for (const auto& guardrail : set->guardrails()) {
    std::vector<Error> failures = RunExamples(*set, *guardrail);
    for (const Error& failure : failures) std::cout << Render(failure) << '\n';
    (failures.empty() ? passed : failed) += 1;
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed ? kExitFindings : passed ? kExitFine : kExitNothing;
}

int RunPolicyLint(const PolicyCommand& command) {
  auto set = LoadAll(command);
  if (!set) return kExitBroken;
  std::vector<Error> issues = LintPolicies(*set);
  for (const Error& issue : issues) std::cout << Render(issue) << '\n';
  std::cout << set->guardrails().size() << " guardrails, " << issues.size()
            << (issues.size() == 1 ? " issue\n" : " issues\n");
  return issues.empty() ? kExitFine : kExitFindings;
}

}  // namespace guard

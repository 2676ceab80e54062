// guardctl explain: a guardrail in full, as its author would tell it.
// Tested by tests/e2e/cli.sh.
#include <unistd.h>

#include <iostream>

#include "auditor/commands/commands.h"
#include "auditor/reports/terminal.h"

namespace guard {

namespace {

void Section(const Painter& paint, std::string_view title, const std::string& text, unsigned width) {
  if (text.empty()) return;
  std::cout << '\n' << paint(Style::kBold, title) << "\n  " << Wrap(text, 2, width) << '\n';
}

void Code(const Painter& paint, std::string_view title, const std::string& text) {
  if (text.empty()) return;
  std::cout << "  " << paint(Style::kDim, std::string(title) + ": ");
  std::string indent = "\n" + std::string(title.size() + 4, ' ');
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n')
      std::cout << text[i];
    else if (i + 1 < text.size())
      std::cout << indent;
  }
  std::cout << '\n';
}

std::string Versions(const VersionRange& range) {
  auto name = [](KubernetesVersion v) { return std::to_string(v.major) + "." + std::to_string(v.minor); };
  bool from = range.from > KubernetesVersion{1, 0}, before = range.before.major != UINT16_MAX;
  if (from && before) return "from " + name(range.from) + ", before " + name(range.before);
  if (from) return "from " + name(range.from);
  if (before) return "before " + name(range.before);
  return "all";
}

}  // namespace

int RunExplain(const ExplainCommand& command) {
  std::vector<std::string> folders = command.policies;
  auto admission = TakeAdmissionPolicies(&folders);
  auto set = LoadPolicies(folders, {}, ReadExamples::kUntested);
  if (!set || !admission) return kExitBroken;
  const Guardrail* rule = set->Find(command.rule);
  std::vector<std::string_view> names;
  for (const Guardrail* policy : admission->rules()) {
    names.push_back(policy->name);
    if (!rule && policy->name == command.rule) rule = policy;
  }
  if (!rule) {
    for (const auto& guardrail : set->guardrails()) names.push_back(guardrail->name);
    std::cerr << "guardctl: no guardrail is called '" << command.rule << "'\n";
    if (auto meant = Nearest(command.rule, names); !meant.empty())
      std::cerr << "did you mean " << meant << "?\n";
    std::cerr << "try: guardctl policy list\n";
    return kExitBroken;
  }
  Painter paint(UseColour(command.colour, STDOUT_FILENO));
  unsigned width = TerminalWidth(STDOUT_FILENO);
  std::cout << paint.Severe(rule->severity, std::string(ToString(rule->severity)) + "[" + rule->name + "]")
            << ' ' << paint(Style::kBold, rule->title) << '\n';
  std::cout << "pack " << rule->pack << ", judges every " << ToString(rule->subject)
            << ", Kubernetes versions: " << Versions(rule->kubernetes)
            << (rule->deprecated ? "; deprecated, no longer evaluated" : "") << '\n';
  Section(paint, "Why", rule->description, width);
  Section(paint, "What to do", rule->remediation, width);
  // Of a policy of Kubernetes' own only the file has them.
  if (rule->require) std::cout << '\n' << paint(Style::kBold, "What must hold") << '\n';
  for (const GuardrailVariable& variable : rule->variables)
    Code(paint, "with " + variable.name, variable.program.text());
  if (rule->when) Code(paint, "when", rule->when.text());
  if (rule->each) Code(paint, "for each", rule->each.text());
  if (rule->require) Code(paint, "require", rule->require.text());
  if (!rule->controls.empty()) std::cout << '\n' << paint(Style::kBold, "Controls") << '\n';
  for (const ControlMapping& control : rule->controls) {
    std::cout << "  " << control.catalogue << ':';
    for (const std::string& id : control.ids) std::cout << ' ' << id;
    std::cout << '\n';
  }
  if (!rule->fix.empty())
    Section(paint, "Fix", rule->fix_is_safe ? "safe, applied on request" : "available; review what it leaves",
            width);
  return kExitFine;
}

}  // namespace guard

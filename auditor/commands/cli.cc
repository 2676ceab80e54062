// The command line of guardctl, defined once: parsing, help and shell completion all come from here.
// Tested by tests/e2e/cli.sh.
#include <CLI/CLI.hpp>
#include <iostream>

#include "auditor/commands/commands.h"
#include "auditor/reports/report.h"

namespace guard {

namespace {

const std::vector<std::string> kSeverityNames = {"info", "low", "medium", "high", "critical"};
const std::vector<std::string> kColours = {"auto", "always", "never"};

void AddPolicies(CLI::App* app, std::vector<std::string>* policies) {
  app->add_option(
         "--policies", *policies,
         "Folder of guardrails, or file or folder of ValidatingAdmissionPolicies, to use besides the "
         "built-in packs")
      ->type_name("PATH")
      ->allow_extra_args(false);
}

void AddPacks(CLI::App* app, std::vector<std::string>* packs) {
  app->add_option("--packs", *packs,
                  "Packs to judge by, separated by commas: names from guardctl policy list, or default")
      ->delimiter(',')
      ->type_name("A,B");
}

void DefineAudit(CLI::App* app, AuditCommand* command) {
  app->add_option("PATH", command->paths, "Files, folders, globs, or - for standard input")
      ->required()
      ->type_name("");
  AddPacks(app, &command->packs);
  AddPolicies(app, &command->policies);
  app->add_option("--kubernetes-version", command->kubernetes_version, "Judge as this version does")
      ->type_name("1.N");
  app->add_option("--format", command->formats,
                  "Report as text, json, sarif, junit, gitlab, github, markdown or csv; FORMAT=FILE writes "
                  "to a file; may be repeated")
      ->type_name("FORMAT[=FILE]")
      ->allow_extra_args(false);
  app->add_option("--fail-on", command->fail_on, "Exit with 1 for findings of at least this severity")
      ->check(CLI::IsMember(kSeverityNames))
      ->type_name("SEVERITY")
      ->capture_default_str();
  app->add_option("--pod-kind", command->pod_kinds,
                  "A custom kind that makes pods: GROUP/KIND=path.to.podSpec; may be repeated")
      ->type_name("G/K=PATH")
      ->allow_extra_args(false);
  app->add_option("--jobs", command->jobs, "Files judged at once (default: one a core)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  app->add_option("--progress", command->progress, "Show a progress bar on a terminal: auto or never")
      ->check(CLI::IsMember(std::vector<std::string>{"auto", "never"}))
      ->type_name("WHEN");
  app->add_option("--color", command->colour, "Colours: auto, always or never")
      ->check(CLI::IsMember(kColours))
      ->type_name("WHEN");
  app->add_flag("--no-ignore", command->no_ignore, "Audit what .gitignore excludes too");
  app->add_flag("--render", command->render,
                "Run helm template and kubectl kustomize on charts and kustomizations");
}

void DefineExport(CLI::App* app, ExportCommand* command) {
  app->add_option("RULE", command->rules, "Guardrails (default: all of the packs)")->type_name("");
  app->add_option("--format", command->format, "vap: ValidatingAdmissionPolicy and binding")
      ->check(CLI::IsMember(std::vector<std::string>{"vap"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  AddPacks(app, &command->packs);
  AddPolicies(app, &command->policies);
  app->add_option("--action", command->action, "What the bindings do: Deny, Warn or Audit")
      ->check(CLI::IsMember(std::vector<std::string>{"Deny", "Warn", "Audit"}))
      ->type_name("ACTION")
      ->capture_default_str();
  app->add_flag("--skip", command->skip, "Leave out what cannot be exported, without failing");
}

// What completion needs, read off the definitions above.
CommandDefinition Describe(const CLI::App& app) {
  CommandDefinition definition;
  definition.name = app.get_name();
  definition.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty() && option->get_snames().empty()) continue;
    CommandDefinition::Option row;
    for (const std::string& name : option->get_lnames()) row.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) row.names.push_back("-" + name);
    row.help = option->get_description();
    row.takes_value = option->get_items_expected_max() > 0;
    row.takes_file = option->get_type_name() == "DIR" || option->get_type_name() == "PATH" ||
                     option->get_type_name() == "FILE";
    if (option->get_lnames() == std::vector<std::string>{"fail-on"}) row.values = kSeverityNames;
    if (option->get_lnames() == std::vector<std::string>{"color"}) row.values = kColours;
    if (option->get_lnames() == std::vector<std::string>{"progress"}) row.values = {"auto", "never"};
    if (option->get_lnames() == std::vector<std::string>{"dialect"}) row.values = {"kubernetes", "standard"};
    if (option->get_lnames() == std::vector<std::string>{"format"})
      row.values = app.get_name() == "admit" || app.get_name() == "verify-log"
                       ? std::vector<std::string>{"json", "text"}
                       : std::vector<std::string>(ReportFormats().begin(), ReportFormats().end());
    definition.options.push_back(std::move(row));
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; }))
    definition.commands.push_back(Describe(*child));
  return definition;
}

int UsageError(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  std::string message = error.what();
  // The names that could have been meant: of options, or of commands.
  std::vector<std::string> names;
  for (const CLI::Option* option : at->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (const CLI::App* child : at->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(child->get_name());
  // A command that is none is only "required" to CLI11; it is the first word that is no option.
  std::string word = message.substr(message.rfind(' ') + 1);
  if (dynamic_cast<const CLI::RequiredError*>(&error) && at->get_require_subcommand_min() > 0)
    for (int i = 1; i < argc; ++i)
      if (argv[i][0] != '-' && at->get_name() != argv[i]) {
        word = argv[i];
        message = "no command is called '" + word + "'";
        break;
      }
  word = word.substr(0, word.find('='));
  std::cerr << "guardctl: " << message << '\n';
  if (std::string_view meant = Nearest(word, names); !meant.empty())
    std::cerr << "did you mean " << meant << "?\n";
  std::string full = at->get_name();
  for (const CLI::App* parent = at->get_parent(); parent; parent = parent->get_parent())
    if (!parent->get_name().empty()) full = parent->get_name() + ' ' + full;
  std::cerr << "try: " << full << " --help\n";
  return kExitBroken;
}

}  // namespace

int RunGuardctl(int argc, char** argv, const std::string& version) {
  CLI::App app{"Audits what decides how images get built, and whether that can own the cluster.", "guardctl"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "guardctl " + version);
  app.footer(
      "Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or an input that could not be "
      "read,\n"
      "3 nothing auditable found.");

  AuditCommand audit;
  CLI::App* audit_app = app.add_subcommand("audit", "Judge manifests, with exact places and what to do");
  DefineAudit(audit_app, &audit);

  ExplainCommand explain;
  CLI::App* explain_app = app.add_subcommand("explain", "Tell all about one guardrail");
  explain_app->add_option("RULE", explain.rule, "The rule id, as reports print it")
      ->required()
      ->type_name("");
  AddPolicies(explain_app, &explain.policies);
  explain_app->add_option("--color", explain.colour, "Colours: auto, always or never")
      ->check(CLI::IsMember(kColours))
      ->type_name("WHEN");

  PolicyCommand policy;
  CLI::App* policy_app = app.add_subcommand("policy", "List, test and lint guardrails");
  policy_app->require_subcommand(1);
  auto add_policy = [&](const char* name, const char* help) {
    CLI::App* child = policy_app->add_subcommand(name, help);
    child->add_option("DIR", policy.folder, "A folder of packs or guardrails (default: the built-in packs)")
        ->type_name("");
    return child;
  };
  CLI::App* list_app = add_policy("list", "Packs and their guardrails");
  list_app->add_flag("--json", policy.json, "As JSON");
  CLI::App* test_app = add_policy("test", "Run every guardrail's examples");
  CLI::App* lint_app = add_policy("lint", "Check that every guardrail is complete");
  ExportCommand exporting;
  CLI::App* export_app = policy_app->add_subcommand("export", "Write guardrails as Kubernetes' own policies");
  DefineExport(export_app, &exporting);

  CelCommand cel;
  CLI::App* cel_app = app.add_subcommand("cel", "Evaluate a CEL expression");
  cel_app->add_option("EXPR", cel.expression, "The expression")->type_name("");
  cel_app
      ->add_option("--input", cel.input,
                   "YAML or JSON file whose top-level keys are the variables (also: object)")
      ->type_name("FILE");
  cel_app->add_option("--dialect", cel.dialect, "kubernetes (with guard.*) or standard")
      ->check(CLI::IsMember(std::vector<std::string>{"kubernetes", "standard"}))
      ->type_name("NAME")
      ->capture_default_str();
  cel_app->add_flag("--batch", cel.batch,
                    "Read one JSON object a line from standard input, answer one a line");
  cel_app->add_flag("--json", cel.json, "Print the value as typed JSON");
  cel_app->add_flag("--cost", cel.cost, "Print the evaluation's cost too");
  cel_app->add_flag("--tree", cel.tree, "Print the checked tree instead of evaluating it");

  AdmitCommand admit;
  CLI::App* admit_app = app.add_subcommand(
      "admit",
      "Decide about an AdmissionReview, or about an object that somebody creates, as the webhook would");
  admit_app->add_option("--config", admit.config, "The webhook's configuration")
      ->required()
      ->type_name("FILE");
  admit_app->add_option("--profile", admit.profile, "The profile to judge by (default: the only one)")
      ->type_name("NAME");
  admit_app->add_flag("--steer", admit.steer, "Ask what the mutating webhook would change");
  admit_app->add_option("--format", admit.format, "json (what the API server would get) or text")
      ->check(CLI::IsMember(std::vector<std::string>{"json", "text"}))
      ->type_name("FORMAT")
      ->capture_default_str();

  CLI::App* evidence_app = app.add_subcommand("evidence", "What can be shown later about what was decided");
  evidence_app->require_subcommand(1);
  VerifyLogCommand verify_log;
  CLI::App* verify_log_app =
      evidence_app->add_subcommand("verify-log", "Tell whether a decision log is as the webhook wrote it");
  verify_log_app
      ->add_option("PATH", verify_log.paths, "Log files (with their rotated ones), or folders of them")
      ->required()
      ->type_name("");
  verify_log_app
      ->add_option("--head", verify_log.head, "SHA-256 of a record, kept from earlier, that has to be there")
      ->type_name("SHA256");
  verify_log_app->add_option("--format", verify_log.format, "text or json")
      ->check(CLI::IsMember(std::vector<std::string>{"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();

  std::string shell;
  CLI::App* completion_app = app.add_subcommand("completion", "Print a completion script: bash, zsh or fish");
  completion_app->add_option("SHELL", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}))
      ->type_name("");
  CLI::App* version_app = app.add_subcommand("version", "Print the version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return UsageError(app, error, argc, argv);
  }
  if (audit_app->parsed()) return RunAudit(audit);
  if (explain_app->parsed()) return RunExplain(explain);
  if (list_app->parsed()) return RunPolicyList(policy);
  if (test_app->parsed()) return RunPolicyTest(policy);
  if (lint_app->parsed()) return RunPolicyLint(policy);
  if (export_app->parsed()) return RunPolicyExport(exporting);
  if (cel_app->parsed()) return RunCel(cel);
  if (admit_app->parsed()) return RunAdmit(admit);
  if (verify_log_app->parsed()) return RunVerifyLog(verify_log);
  if (completion_app->parsed()) {
    std::cout << CompletionScript(Describe(app), shell);
    return kExitFine;
  }
  if (version_app->parsed()) std::cout << "guardctl " << version << '\n';
  return kExitFine;
}

}  // namespace guard

// guardctl's commands: options as plain structs, one file a command. cli.cc fills the structs from the
// command line. Every Run function returns the exit code (design: 0 fine, 1 findings, 2 wrong usage or broken
// input, 3 nothing done).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policies/engine/policy_set.h"
#include "policies/engine/vap.h"

namespace guard {

inline constexpr int kExitFine = 0, kExitFindings = 1, kExitBroken = 2, kExitNothing = 3;

struct AuditCommand {
  std::vector<std::string> paths;
  std::vector<std::string> packs;     // empty: the default ones
  std::vector<std::string> policies;  // folders of guardrails besides the built-in ones; Kubernetes' policies
  std::string kubernetes_version;     // empty: the latest known
  std::vector<std::string> formats;   // FORMAT or FORMAT=FILE; empty: text
  std::string fail_on = "high";
  std::vector<std::string> pod_kinds;  // GROUP/KIND=PATH
  unsigned jobs = 0;                   // 0: one a core
  std::string progress = "auto";       // auto, never
  std::string colour = "auto";         // auto, always, never
  bool no_ignore = false;
  bool render = false;
};

struct ExplainCommand {
  std::string rule;
  std::vector<std::string> policies;
  std::string colour = "auto";
};

struct PolicyCommand {
  std::string folder;  // empty: the built-in packs
  bool json = false;
};

struct ExportCommand {
  std::vector<std::string> rules;  // empty: all of the packs
  std::vector<std::string> packs;  // empty: the default ones
  std::vector<std::string> policies;
  std::string format = "vap";
  std::string action = "Deny";  // Deny, Warn, Audit
  bool skip = false;            // leave out what cannot be exported without failing
};

struct CelCommand {
  std::string expression;
  std::string input;                   // YAML or JSON: its top-level keys are the variables
  std::string dialect = "kubernetes";  // standard, kubernetes
  bool batch = false;
  bool json = false;  // the typed JSON of --batch
  bool cost = false;
  bool tree = false;  // print the checked tree instead of evaluating
};

struct AdmitCommand {
  std::string config;
  std::string profile;          // empty: the only one there is
  std::string format = "json";  // json: the AdmissionReview that the webhook would answer; text
  bool steer = false;           // ask /steer instead of /validate
};

struct VerifyLogCommand {
  std::vector<std::string> paths;  // files and folders
  std::string head;                // SHA-256 of a record that has to be there; empty: none
  std::string format = "text";     // text, json
};

int RunAudit(const AuditCommand& command);
int RunExplain(const ExplainCommand& command);
int RunPolicyList(const PolicyCommand& command);
int RunPolicyTest(const PolicyCommand& command);
int RunPolicyLint(const PolicyCommand& command);
int RunPolicyExport(const ExportCommand& command);
int RunAdmit(const AdmitCommand& command);
int RunVerifyLog(const VerifyLogCommand& command);
int RunCel(const CelCommand& command);

// The whole program: parses the arguments and runs what they name.
int RunGuardctl(int argc, char** argv, const std::string& version);

// Shared by commands.
struct CommandDefinition {
  std::string name, help;
  struct Option {
    std::vector<std::string> names;  // "--format", "-f"
    std::string help;
    std::vector<std::string> values;  // the choices, where there are any
    bool takes_value = false, takes_file = false;
  };
  std::vector<Option> options;
  std::vector<CommandDefinition> commands;
};
// The completion script of a shell ("bash", "zsh", "fish") for a command line, or empty for another shell.
std::string CompletionScript(const CommandDefinition& program, const std::string& shell);

// The built-in packs and those of `folders`, compiled as far as `wanted` packs need; prints every error to
// stderr.
std::optional<PolicySet> LoadPolicies(const std::vector<std::string>& folders,
                                      const std::vector<std::string>& wanted,
                                      ReadExamples examples = ReadExamples::kAll);
// Kubernetes' own policies among `paths`, which keep only the folders of guardrails; an empty set when there
// are none. Prints every error to stderr.
std::optional<AdmissionPolicySet> TakeAdmissionPolicies(std::vector<std::string>* paths);
// The names of the packs that `folders` hold.
std::vector<std::string> PacksOf(const std::vector<std::string>& folders);
void PrintError(const Error& error);
bool UseColour(const std::string& choice, int fd);
unsigned TerminalWidth(int fd);

}  // namespace guard

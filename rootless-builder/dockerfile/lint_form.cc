// Tested by tests/unit/dockerfile/lint_test.cc.
#include <algorithm>
#include <array>

#include "rootless-builder/dockerfile/lint_checks.h"

namespace guard::builder {

namespace {

constexpr std::string_view kSecretWords[] = {"apikey", "auth",     "credential", "credentials", "key",
                                             "passwd", "password", "pword",      "secret",      "token"};
constexpr std::string_view kHarmlessWords[] = {"public", "file", "version"};

bool IsLower(const std::string& text) { return LowerCase(text) == text; }
bool IsUpper(const std::string& text) { return UpperCase(text) == text; }

// A name is judged by its parts between underscores.
bool LooksSecret(std::string_view name) {
  std::string lower = LowerCase(name);
  bool secret = false;
  for (size_t at = 0; at <= lower.size();) {
    size_t end = std::min(lower.find('_', at), lower.size());
    std::string_view part = std::string_view(lower).substr(at, end - at);
    if (std::find(std::begin(kHarmlessWords), std::end(kHarmlessWords), part) != std::end(kHarmlessWords))
      return false;
    secret =
        secret || std::find(std::begin(kSecretWords), std::end(kSecretWords), part) != std::end(kSecretWords);
    at = end + 1;
  }
  return secret;
}

class FormLinter {
 public:
  FormLinter(const Dockerfile& dockerfile, const LintOptions& options, LintSink& sink)
      : dockerfile_(dockerfile), options_(options), sink_(sink) {}

  void Run() {
    Casing();
    for (const DockerfileInstruction& line : dockerfile_.tree.instructions) {
      if (line.empty_continuation)
        sink_.Report("NoEmptyContinuation", *line.empty_continuation, "Empty continuation line");
      if (line.name == "FROM") AsCasing(line);
      Description(line);
    }
    for (const Instruction& instruction : dockerfile_.meta_args) Secrets(instruction);
    for (size_t i = 0; i < dockerfile_.stages.size(); ++i) {
      Names(i);
      Repeated(dockerfile_.stages[i]);
      for (const Instruction& instruction : dockerfile_.stages[i].instructions) Each(instruction);
    }
  }

 private:
  void Casing() {
    size_t lower = 0, upper = 0;
    for (const DockerfileInstruction& line : dockerfile_.tree.instructions) {
      lower += IsLower(line.keyword.text);
      upper += IsUpper(line.keyword.text);
    }
    bool want_lower = lower > upper;
    for (const DockerfileInstruction& line : dockerfile_.tree.instructions) {
      if (want_lower ? IsLower(line.keyword.text) : IsUpper(line.keyword.text)) continue;
      sink_.Report("ConsistentInstructionCasing", line.keyword.span,
                   "Command '" + line.keyword.text + "' should match the case of the command majority (" +
                       (want_lower ? "lowercase" : "uppercase") + ")");
    }
  }

  void AsCasing(const DockerfileInstruction& line) {
    if (line.words.size() != 3) return;
    const std::string &from = line.keyword.text, &as = line.words[1].text;
    if ((IsLower(from) && !IsLower(as)) || (IsUpper(from) && !IsUpper(as)))
      sink_.Report("FromAsCasing", line.words[1].span,
                   "'" + as + "' and '" + from + "' keywords' casing do not match");
  }

  // "# name what it is" above a stage or an argument.
  void Description(const DockerfileInstruction& line) {
    if (!sink_.RunsExperimental("InvalidDefinitionDescription") || line.comments.empty()) return;
    std::vector<std::string> names;
    if (line.name == "FROM" && line.words.size() == 3) names.push_back(LowerCase(line.words[2].text));
    if (line.name == "ARG")
      for (const Word& word : line.words) names.push_back(word.text.substr(0, word.text.find('=')));
    if (names.empty()) return;
    const Word& comment = line.comments.back();
    std::string first = comment.text.substr(0, comment.text.find(' '));
    if (std::find(names.begin(), names.end(), first) != names.end()) return;
    sink_.Report("InvalidDefinitionDescription", comment.span,
                 "Comment for " + std::string(line.name == "FROM" ? "build stage" : "build argument") +
                     " should follow the format: `# " + (names.size() > 1 ? "<arg_key>" : names[0]) +
                     " <description>`");
  }

  void Names(size_t number) {
    const Stage& stage = dockerfile_.stages[number];
    if (!stage.from.name) return;
    const Word& name = *stage.from.name;
    if (name.text != stage.name)
      sink_.Report("StageNameCasing", name.span, "Stage name '" + name.text + "' should be lowercase");
    if (stage.name == "scratch" || stage.name == "context")
      sink_.Report("ReservedStageName", name.span,
                   "Stage name should not use the same name as reserved stage \"" + stage.name + "\"");
    if (!names_.insert(stage.name).second)
      sink_.Report("DuplicateStageName", name.span,
                   "Duplicate stage name \"" + stage.name + "\", stage names should be unique");
  }

  // The earlier one is what is ignored, so that is what is pointed to.
  void Repeated(const Stage& stage) {
    std::array<const Instruction*, 3> before{};
    for (const Instruction& instruction : stage.instructions) {
      size_t kind = instruction.As<Cmd>() ? 0 : instruction.As<Entrypoint>() ? 1 : 2;
      if (kind == 2 && !instruction.As<HealthcheckInstruction>()) continue;
      if (before[kind]) {
        sink_.Report(
            "MultipleInstructionsDisallowed", before[kind]->span,
            "Multiple " + instruction.keyword +
                " instructions should not be used in the same stage because only the last one will be used");
      }
      before[kind] = &instruction;
    }
  }

  void OldForm(const Instruction& instruction, const std::vector<KeyValue>& pairs) {
    if (pairs.empty() || !pairs[0].old_form) return;
    const std::string& name = instruction.keyword;
    sink_.Report(
        "LegacyKeyValueFormat", instruction.span,
        "\"" + name + " key=value\" should be used instead of legacy \"" + name + " key value\" format");
  }

  void Secret(const Instruction& instruction, const Word& name) {
    if (LooksSecret(name.text))
      sink_.Report("SecretsUsedInArgOrEnv", name.span,
                   "Do not use ARG or ENV instructions for sensitive data (" + instruction.keyword + " \"" +
                       name.text + "\")");
  }
  void Secrets(const Instruction& instruction) {
    if (const Arg* arg = instruction.As<Arg>())
      for (const ArgItem& item : arg->items) Secret(instruction, item.name);
    if (const Env* env = instruction.As<Env>())
      for (const KeyValue& pair : env->variables) Secret(instruction, pair.name);
  }

  void Port(const Word& word) {
    if (word.text.find('$') != std::string::npos) return;
    size_t slash = word.text.rfind('/');
    if (slash != std::string::npos && !IsLower(word.text.substr(slash)))
      sink_.Report("ExposeProtoCasing", word.span,
                   "Defined protocol '" + word.text + "' in EXPOSE instruction should be lowercase");
    if (word.text.find(':') != std::string::npos)
      sink_.Report("ExposeInvalidFormat", word.span,
                   "EXPOSE instruction should not define an IP address or host-port mapping, found '" +
                       word.text + "'");
  }

  void Ignored(const Instruction& instruction, const CopySources& copy) {
    if (options_.ignore == nullptr || !sink_.RunsExperimental("CopyIgnoredFile")) return;
    for (const Word& path : copy.paths) {
      if (path.text.find('$') != std::string::npos || path.text.find("://") != std::string::npos) continue;
      std::string_view clean = path.text;
      while (clean.starts_with('/') || clean.starts_with("./")) clean.remove_prefix(clean[0] == '/' ? 1 : 2);
      while (clean.ends_with('/')) clean.remove_suffix(1);
      if (clean.empty() || clean == "." || !options_.ignore->Ignored(clean)) continue;
      std::string verb = instruction.As<Add>() ? "Add" : "Copy";
      sink_.Report("CopyIgnoredFile", path.span,
                   "Attempting to " + verb + " file \"" + path.text + "\" that is excluded by .dockerignore");
    }
  }

  void Each(const Instruction& instruction) {
    Secrets(instruction);
    if (instruction.As<Maintainer>())
      sink_.Report("MaintainerDeprecated", instruction.span,
                   "Maintainer instruction is deprecated in favor of using label");
    if (const Env* env = instruction.As<Env>()) OldForm(instruction, env->variables);
    if (const Label* label = instruction.As<Label>()) OldForm(instruction, label->labels);
    if (const Expose* expose = instruction.As<Expose>())
      for (const Word& word : expose->ports) Port(word);
    if (const Copy* copy = instruction.As<Copy>(); copy && !copy->from) Ignored(instruction, *copy);
    if (const Add* add = instruction.As<Add>()) Ignored(instruction, *add);
  }

  const Dockerfile& dockerfile_;
  const LintOptions& options_;
  LintSink& sink_;
  std::set<std::string> names_;
};

}  // namespace

void LintForm(const Dockerfile& dockerfile, const LintOptions& options, LintSink& sink) {
  FormLinter(dockerfile, options, sink).Run();
}

}  // namespace guard::builder

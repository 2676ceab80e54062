// Tested by tests/unit/dockerfile/golden_test.cc.
#include "rootless-builder/dockerfile/dump.h"

namespace guard::builder {

namespace {

std::string Quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\x";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class Printer {
 public:
  std::string Take() { return std::move(out_); }

  void Directives(const Dockerfile& dockerfile) {
    for (const DockerfileDirective& directive : dockerfile.tree.directives)
      out_ += "directive " + directive.name + " = " + Quoted(directive.value) + "\n";
  }

  void Head(const Stage& stage, size_t number) {
    out_ += "stage " + std::to_string(number);
    if (!stage.name.empty()) out_ += " " + stage.name;
    out_ += " (line " + std::to_string(stage.first_line) + ")\n";
    Field("from", stage.from.base);
    if (stage.from.platform) Field("platform", *stage.from.platform);
  }

  void Print(const Instruction& instruction) {
    out_ += "  " + instruction.keyword + " (line " + std::to_string(instruction.first_line);
    if (instruction.last_line != instruction.first_line) out_ += "-" + std::to_string(instruction.last_line);
    out_ += ")\n";
    std::visit([this](const auto& body) { Fields(body); }, instruction.body);
  }

 private:
  void Field(std::string_view name, std::string_view text) {
    out_ += "    " + std::string(name) + " " + Quoted(text) + "\n";
  }
  void Field(std::string_view name, const Word& word) { Field(name, std::string_view(word.text)); }
  void Field(std::string_view name, const std::optional<Word>& word) {
    if (word) Field(name, *word);
  }
  void Field(std::string_view name, const std::vector<Word>& words) {
    for (const Word& word : words) Field(name, word);
  }
  void Plain(std::string_view name, const std::string& value) {
    out_ += "    " + std::string(name) + " " + value + "\n";
  }
  void Switch(std::string_view name, bool on) {
    if (on) Plain(name, "yes");
  }
  void Switch(std::string_view name, std::optional<bool> on) {
    if (on) Plain(name, *on ? "yes" : "no");
  }
  void Duration(std::string_view name, int64_t nanoseconds) {
    if (nanoseconds != 0) Plain(name, std::to_string(nanoseconds) + "ns");
  }
  void Field(const std::vector<Heredoc>& heredocs) {
    for (const Heredoc& heredoc : heredocs) {
      Plain(heredoc.expand ? "heredoc" : "heredoc (not expanded)",
            Quoted(heredoc.name) + " " + Quoted(heredoc.Content()));
    }
  }
  void Field(const CommandLine& command) {
    Field(command.shell_form ? "shell" : "exec", command.words);
    Field(command.heredocs);
  }
  void Field(const std::vector<KeyValue>& pairs) {
    for (const KeyValue& pair : pairs)
      Plain(pair.old_form ? "set (old form)" : "set",
            Quoted(pair.name.text) + " = " + Quoted(pair.value.text));
  }
  void Field(const CopySources& copy) {
    Field("source", copy.paths);
    Field(copy.heredocs);
    Field("destination", copy.destination);
    Field("chown", copy.chown);
    Field("chmod", copy.chmod);
    Switch("link", copy.link);
    Switch("parents", copy.parents);
    Field("exclude", copy.exclude);
  }

  void Fields(const Run& run) {
    for (const RawMount& mount : run.mounts) {
      std::string fields;
      for (const MountField& field : mount.fields) {
        if (!fields.empty()) fields += ' ';
        fields += field.key;
        if (field.value) fields += "=" + Quoted(*field.value);
      }
      Plain("mount", fields);
    }
    if (run.network != NetworkFlag::kDefault)
      Plain("network", run.network == NetworkFlag::kNone ? "none" : "host");
    if (run.security != RunSecurity::kSandbox) Plain("security", "insecure");
    Field(run.command);
    if (run.command.heredocs.empty()) return;
    RunScript script = ResolveScript(run.command);
    for (const std::string& argument : script.arguments)
      Field(script.shell_form ? "runs text" : "runs", argument);
    if (script.file_name) Field("file", script.file_content);
  }
  void Fields(const Copy& copy) {
    Field("from", copy.from);
    Field(copy);
  }
  void Fields(const Add& add) {
    Field(add);
    Field("checksum", add.checksum);
    Switch("keep-git-dir", add.keep_git_dir);
    Switch("unpack", add.unpack);
  }
  void Fields(const Env& env) { Field(env.variables); }
  void Fields(const Label& label) { Field(label.labels); }
  void Fields(const Arg& arg) {
    for (const ArgItem& item : arg.items)
      Plain("declare", Quoted(item.name.text) + (item.value ? " = " + Quoted(item.value->text) : ""));
  }
  void Fields(const Cmd& cmd) { Field(cmd.command); }
  void Fields(const Entrypoint& entrypoint) { Field(entrypoint.command); }
  void Fields(const Expose& expose) { Field("port", expose.ports); }
  void Fields(const Volume& volume) { Field("path", volume.paths); }
  void Fields(const User& user) { Field("user", user.user); }
  void Fields(const Workdir& workdir) { Field("path", workdir.path); }
  void Fields(const Shell& shell) {
    for (const std::string& argument : shell.arguments) Field("argument", argument);
  }
  void Fields(const HealthcheckInstruction& check) {
    Switch("none", check.none);
    Duration("interval", check.interval);
    Duration("timeout", check.timeout);
    Duration("start-period", check.start_period);
    Duration("start-interval", check.start_interval);
    if (check.retries != 0) Plain("retries", std::to_string(check.retries));
    Field(check.command);
  }
  void Fields(const Stopsignal& signal) { Field("signal", signal.signal); }
  void Fields(const Maintainer& maintainer) { Field("name", maintainer.name); }
  void Fields(const Onbuild& onbuild) { Field("trigger", onbuild.trigger); }

  std::string out_;
};

}  // namespace

Result<std::string> DumpAst(const Source& source) {
  return DumpSExpressions(TRY(ParseDockerfileTree(source)));
}

std::string Print(const Dockerfile& dockerfile) {
  Printer printer;
  printer.Directives(dockerfile);
  for (const Instruction& instruction : dockerfile.meta_args) printer.Print(instruction);
  for (size_t i = 0; i < dockerfile.stages.size(); ++i) {
    printer.Head(dockerfile.stages[i], i);
    for (const Instruction& instruction : dockerfile.stages[i].instructions) printer.Print(instruction);
  }
  return printer.Take();
}

}  // namespace guard::builder

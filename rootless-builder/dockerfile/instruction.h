// Dockerfiles as the builder knows them: stages of typed instructions.
//
// "Unexpanded" marks what may still hold variables, quotes and escapes: Expand (expand.h) gives its value,
// and what could not be checked before is checked then (mount.h, chmod.h, ports.h). Everything else is final.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policies/document/dockerfile.h"

namespace guard::builder {

using Word = DockerfileWord;
using Heredoc = DockerfileHeredoc;

// RUN, CMD and ENTRYPOINT. Never expanded by the builder: the shell of the image does that.
struct CommandLine {
  bool shell_form = true;         // one word: a text for the shell (SHELL, or /bin/sh -c)
  std::vector<Word> words;        // exec form: the arguments as they are; may be empty
  std::vector<Heredoc> heredocs;  // of RUN
  std::vector<std::string> Arguments() const;
};

// What a RUN runs, once heredocs are resolved as BuildKit resolves them.
struct RunScript {
  bool shell_form = true;
  std::vector<std::string> arguments;  // shell form: exactly one
  // A lone heredoc that begins with "#!" is a file of mode 0755 that is run (arguments name it):
  // /dev/pipes/NAME.
  std::optional<std::string> file_name;
  std::string file_content;
};
RunScript ResolveScript(const CommandLine& command);

// One --mount=a=b,c. Values are unexpanded; keys are checked. ResolveMount (mount.h) makes a Mount of it.
struct MountField {
  std::string key;  // lower case, aliases resolved: type from source target readonly readwrite
                    // required id sharing mode uid gid size env
  std::optional<std::string> value;  // unexpanded; empty for a bare "ro"
};
struct RawMount {
  Word word;  // the flag's value, as written
  std::vector<MountField> fields;
  std::string from;  // a stage, an image or a context; never holds variables
};

enum class NetworkFlag : uint8_t { kDefault, kNone, kHost };
enum class RunSecurity : uint8_t { kSandbox, kInsecure };

struct Run {
  CommandLine command;
  std::vector<RawMount> mounts;
  NetworkFlag network = NetworkFlag::kDefault;
  RunSecurity security = RunSecurity::kSandbox;
};

// What COPY and ADD have in common.
struct CopySources {
  std::vector<Word> paths;        // unexpanded, without heredocs
  std::vector<Heredoc> heredocs;  // Content() is unexpanded where `expand` is set (HeredocRules)
  Word destination;               // unexpanded
  std::optional<Word> chown;      // unexpanded
  std::optional<Word> chmod;      // unexpanded
  bool link = false;
  bool parents = false;
  std::vector<Word> exclude;  // unexpanded
};
struct Copy : CopySources {
  std::optional<Word> from;  // a stage's name or number, an image, or a context; never holds variables
};
struct Add : CopySources {
  std::optional<Word> checksum;      // unexpanded
  std::optional<bool> keep_git_dir;  // empty: not said
  std::optional<bool> unpack;        // empty: local archives are unpacked, remote ones are not
};

struct KeyValue {
  Word name;   // unexpanded
  Word value;  // unexpanded
  bool old_form = false;
};
struct Env {
  std::vector<KeyValue> variables;
};
struct Label {
  std::vector<KeyValue> labels;
};
struct ArgItem {
  Word name;                  // unexpanded
  std::optional<Word> value;  // unexpanded
};
struct Arg {
  std::vector<ArgItem> items;
};
struct Cmd {
  CommandLine command;
};
struct Entrypoint {
  CommandLine command;
};
struct Expose {
  std::vector<Word> ports;
};  // unexpanded, and each may give several words (ports.h)
struct Volume {
  std::vector<Word> paths;
};  // unexpanded
struct User {
  Word user;
};  // unexpanded
struct Workdir {
  Word path;
};  // unexpanded
struct Shell {
  std::vector<std::string> arguments;
};
struct HealthcheckInstruction {
  bool none = false;  // HEALTHCHECK NONE: the rest says nothing
  CommandLine command;
  int64_t interval = 0, timeout = 0, start_period = 0, start_interval = 0;  // nanoseconds; 0: the default
  int retries = 0;                                                          // 0: the default
};
struct Stopsignal {
  Word signal;
};  // unexpanded
struct Maintainer {
  std::string name;
};
// The trigger as the image's configuration keeps it, heredocs included; ParseInstruction reads it again.
struct Onbuild {
  std::string trigger;
};

struct From {
  Word base;  // unexpanded (only meta ARGs are known there): an image, a stage or "scratch"
  std::optional<Word> platform;  // unexpanded
  std::optional<Word> name;      // as written
};

using Body = std::variant<Run, Copy, Add, Env, Arg, Label, Cmd, Entrypoint, Expose, Volume, User, Workdir,
                          Shell, HealthcheckInstruction, Stopsignal, Maintainer, Onbuild>;

struct Instruction {
  std::string keyword;  // upper case
  std::string text;     // the line, joined and trimmed, without heredoc bodies: for history and progress
  Span span;
  uint32_t first_line = 0, last_line = 0;
  Body body;

  template <class T>
  const T* As() const {
    return std::get_if<T>(&body);
  }
};

struct Stage {
  From from;
  std::string name;  // lower case; empty where none was given
  std::string text;  // the FROM line
  Span span;
  uint32_t first_line = 0;
  std::vector<Instruction> instructions;  // after the FROM
};

struct Warning {
  std::string id;  // BuildKit's: "StageNameCasing"
  std::string message;
  Span span;
  uint32_t line = 0;
};

struct Dockerfile {
  std::unique_ptr<Source> source;
  DockerfileTree tree;  // the low-level form: directives, comments, casing
  char escape = '\\';
  std::string syntax;                  // the directive's value; empty where there is none
  std::vector<Instruction> meta_args;  // Arg only: those before the first FROM
  std::vector<Stage> stages;           // at least one

  // An error that points to a place in this Dockerfile.
  Error ErrorAt(Span span, std::string message, std::string hint = {}) const {
    return source->ErrorAt(span, std::move(message), std::move(hint));
  }
  // The stage with this name (letter case does not count) or number among the first `before`, or null. As in
  // BuildKit the last of several with one name is meant.
  const Stage* FindStage(std::string_view name, size_t before) const;
};

}  // namespace guard::builder

// Completion scripts made of the command definitions, so that they never fall behind.
// Tested by tests/e2e/cli.sh.
#include "auditor/commands/commands.h"

namespace guard {

namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Calls f(path, command) for a command and all below it; path: "policy test".
template <class F>
void Each(const CommandDefinition& command, const std::string& path, const F& f) {
  f(path, command);
  for (const CommandDefinition& child : command.commands)
    Each(child, path.empty() ? child.name : path + ' ' + child.name, f);
}

std::string Bash(const CommandDefinition& program) {
  std::string script =
      "# bash completion for " + program.name + "\n_" + program.name +
      "() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path='' word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"$path $word\" in\n";
  Each(program, "", [&](const std::string& path, const CommandDefinition&) {
    if (!path.empty())
      script += "      " + Quoted((path.find(' ') == std::string::npos ? " " : "") + path) +
                ") path=" + Quoted(path) + " ;;\n";
  });
  script += "    esac\n  done\n  COMPREPLY=()\n  case \"$path:$prev\" in\n";
  Each(program, "", [&](const std::string& path, const CommandDefinition& command) {
    for (const auto& option : command.options)
      for (const std::string& name : option.names)
        if (!option.values.empty())
          script += "    " + Quoted(path + ":" + name) + ") COMPREPLY=($(compgen -W " +
                    Quoted(Joined(option.values)) + " -- \"$cur\")); return ;;\n";
        else if (option.takes_file)
          script +=
              "    " + Quoted(path + ":" + name) + ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n";
  });
  script += "  esac\n  case \"$path\" in\n";
  Each(program, "", [&](const std::string& path, const CommandDefinition& command) {
    std::vector<std::string> words;
    for (const CommandDefinition& child : command.commands) words.push_back(child.name);
    for (const auto& option : command.options)
      words.insert(words.end(), option.names.begin(), option.names.end());
    script +=
        "    " + Quoted(path) + ") COMPREPLY=($(compgen -W " + Quoted(Joined(words)) + " -- \"$cur\")) ;;\n";
  });
  return script +
         "  esac\n  [[ $cur != -* && -n $path ]] && COMPREPLY+=($(compgen -f -- \"$cur\"))\n}\ncomplete -o "
         "filenames -F _" +
         program.name + " " + program.name + "\n";
}

std::string Zsh(const CommandDefinition& program) {
  // zsh runs bash's completion functions; describing the options twice would let them drift apart.
  return "#compdef " + program.name + "\nautoload -U +X bashcompinit && bashcompinit\n" + Bash(program);
}

std::string Fish(const CommandDefinition& program) {
  std::string script = "# fish completion for " + program.name + "\n";
  Each(program, "", [&](const std::string& path, const CommandDefinition& command) {
    std::string condition;
    if (path.empty()) {
      condition = "__fish_use_subcommand";
    } else {
      std::string last = path.substr(path.rfind(' ') + 1);
      condition = "__fish_seen_subcommand_from " + last;
    }
    for (const CommandDefinition& child : command.commands)
      script += "complete -c " + program.name + " -f -n " + Quoted(condition) + " -a " + child.name + " -d " +
                Quoted(child.help) + "\n";
    for (const auto& option : command.options) {
      script += "complete -c " + program.name + " -n " + Quoted(condition);
      for (const std::string& name : option.names)
        script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.values.empty())
        script += " -x -a " + Quoted(Joined(option.values));
      else if (option.takes_value)
        script += " -r";
      script += " -d " + Quoted(option.help) + "\n";
    }
  });
  return script;
}

}  // namespace

std::string CompletionScript(const CommandDefinition& program, const std::string& shell) {
  if (shell == "bash") return Bash(program);
  if (shell == "zsh") return Zsh(program);
  if (shell == "fish") return Fish(program);
  return {};
}

}  // namespace guard

// Tested by tests/unit/dockerfile/parse_test.cc.
#include "rootless-builder/dockerfile/instruction.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace guard::builder {

std::vector<std::string> CommandLine::Arguments() const {
  std::vector<std::string> arguments;
  arguments.reserve(words.size());
  for (const Word& word : words) arguments.push_back(word.text);
  return arguments;
}

// A text that is one heredoc and nothing else is what the heredoc holds. Any other text with heredocs is left
// to the shell, with the bodies behind it as a shell reads them.
RunScript ResolveScript(const CommandLine& command) {
  RunScript script;
  script.shell_form = command.shell_form;
  script.arguments = command.Arguments();
  if (command.heredocs.empty() || !command.shell_form || script.arguments.size() != 1) return script;
  const Heredoc& first = command.heredocs.front();
  if (ParseHeredocWord(script.arguments[0])) {
    std::string content = first.Content();
    if (content.starts_with("#!")) {
      script.shell_form = false;
      script.file_name = first.name;
      script.arguments = {"/dev/pipes/" + first.name};
      script.file_content = std::move(content);
    } else {
      script.arguments = {std::move(content)};
    }
    return script;
  }
  std::string& text = script.arguments[0];
  for (const Heredoc& heredoc : command.heredocs) text += "\n" + heredoc.body + heredoc.name;
  return script;
}

const Stage* Dockerfile::FindStage(std::string_view name, size_t before) const {
  before = std::min(before, stages.size());
  for (size_t i = before; i-- > 0;) {
    const std::string& own = stages[i].name;
    if (!own.empty() && own.size() == name.size() && strncasecmp(own.data(), name.data(), own.size()) == 0)
      return &stages[i];
  }
  size_t number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number >= before) return nullptr;
  return &stages[number];
}

}  // namespace guard::builder

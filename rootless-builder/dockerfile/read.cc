// The table of instructions, and those that are simple. Tested by tests/unit/dockerfile/parse_test.cc.
#include "rootless-builder/dockerfile/read.h"

#include <algorithm>

#include "policies/document/dockerfile_chars.h"
#include "rootless-builder/dockerfile/flags.h"
#include "rootless-builder/dockerfile/ports.h"

namespace guard::builder {

namespace {

Result<void> NoFlags(const Line& line) {
  TRY_VOID(Flags::Read(line.source, line.tree, {}));
  return {};
}

// The whole text behind the keyword.
Result<Word> ReadText(const Line& line) {
  TRY_VOID(NoFlags(line));
  if (line.tree.words.empty()) return line.Refuse(line.end(), line.tree.name + " needs an argument");
  return line.tree.words[0];
}

Result<std::vector<KeyValue>> ReadPairs(const Line& line) {
  TRY_VOID(NoFlags(line));
  if (line.tree.pairs.empty()) {
    return line.Refuse(line.end(), line.tree.name + " needs at least one name and value",
                       "write " + line.tree.name + " name=value");
  }
  std::vector<KeyValue> pairs;
  for (const DockerfilePair& pair : line.tree.pairs) {
    if (pair.name.text.empty()) return line.Refuse(pair.value.span, "there is no name before the '='");
    pairs.push_back({pair.name, pair.value, !pair.equals_sign});
  }
  return pairs;
}

Result<Body> ReadEnv(const Line& line) { return Env{TRY(ReadPairs(line))}; }
Result<Body> ReadLabel(const Line& line) { return Label{TRY(ReadPairs(line))}; }

Result<Body> ReadArg(const Line& line) {
  TRY_VOID(NoFlags(line));
  if (line.tree.words.empty())
    return line.Refuse(line.end(), "ARG needs a name", "write ARG name or ARG name=default");
  Arg arg;
  for (const Word& word : line.tree.words) {
    size_t equals = word.text.find('=');
    ArgItem item;
    item.name = word;
    if (equals != std::string::npos) {
      item.value = FlagValue(word, equals + 1);
      item.name.text.resize(equals);
      if (word.span.size() == word.text.size())
        item.name.span.end = word.span.begin + static_cast<uint32_t>(equals);
    }
    if (item.name.text.empty()) return line.Refuse(word.span, "there is no name before the '='");
    arg.items.push_back(std::move(item));
  }
  return arg;
}

Result<Body> ReadExpose(const Line& line) {
  TRY_VOID(NoFlags(line));
  if (line.tree.words.empty()) return line.Refuse(line.end(), "EXPOSE needs at least one port");
  for (const Word& word : line.tree.words) {
    if (!IsFinal(word.text)) continue;
    if (auto ports = ParsePorts(word.text); !ports)
      return line.Refuse(word.span, ports.error().message, ports.error().hint);
  }
  return Expose{line.tree.words};
}

Result<Body> ReadVolume(const Line& line) {
  TRY_VOID(NoFlags(line));
  if (line.tree.words.empty()) return line.Refuse(line.end(), "VOLUME needs at least one path");
  Volume volume;
  for (Word word : line.tree.words) {
    word.text = std::string(TrimSpace(word.text));
    if (word.text.empty()) return line.Refuse(word.span, "a volume's path is empty");
    volume.paths.push_back(std::move(word));
  }
  return volume;
}

Result<Body> ReadShell(const Line& line) {
  TRY_VOID(NoFlags(line));
  if (line.tree.form != DockerfileForm::kJson) {
    return line.Refuse(line.tree.words.empty() ? line.end() : line.tree.words[0].span,
                       "SHELL takes its arguments in JSON form only", "write SHELL [\"/bin/bash\", \"-c\"]");
  }
  if (line.tree.words.empty())
    return line.Refuse(line.tree.arguments.span, "SHELL needs at least one argument");
  Shell shell;
  for (const Word& word : line.tree.words) shell.arguments.push_back(word.text);
  return shell;
}

Result<Body> ReadOnbuild(const Line& line) {
  TRY_VOID(NoFlags(line));
  if (!line.tree.nested) return line.Refuse(line.end(), "ONBUILD needs an instruction");
  const DockerfileInstruction& nested = *line.tree.nested;
  if (nested.name == "ONBUILD" || nested.name == "FROM" || nested.name == "MAINTAINER")
    return line.Refuse(nested.keyword.span, nested.name + " cannot be the instruction of an ONBUILD");
  TRY_VOID(ReadBody({line.source, nested, line.heredocs}));
  Onbuild onbuild{line.tree.arguments.text};
  for (const Heredoc& heredoc : line.heredocs) onbuild.trigger += "\n" + heredoc.body + heredoc.name;
  return onbuild;
}

Result<Body> ReadCmd(const Line& line) {
  TRY_VOID(NoFlags(line));
  return Cmd{TRY(ReadCommandLine(line))};
}
Result<Body> ReadEntrypoint(const Line& line) {
  TRY_VOID(NoFlags(line));
  return Entrypoint{TRY(ReadCommandLine(line))};
}
Result<Body> ReadUser(const Line& line) { return User{TRY(ReadText(line))}; }
Result<Body> ReadWorkdir(const Line& line) { return Workdir{TRY(ReadText(line))}; }
Result<Body> ReadStopsignal(const Line& line) { return Stopsignal{TRY(ReadText(line))}; }
Result<Body> ReadMaintainer(const Line& line) { return Maintainer{TRY(ReadText(line)).text}; }

template <auto Read>
Result<Body> As(const Line& line) {
  return TRY(Read(line));
}

struct Reader {
  std::string_view name;
  Result<Body> (*read)(const Line&);
};

constexpr Reader kReaders[] = {
    {"ADD", As<ReadAdd>},
    {"ARG", ReadArg},
    {"CMD", ReadCmd},
    {"COPY", As<ReadCopy>},
    {"ENTRYPOINT", ReadEntrypoint},
    {"ENV", ReadEnv},
    {"EXPOSE", ReadExpose},
    {"HEALTHCHECK", As<ReadHealthcheck>},
    {"LABEL", ReadLabel},
    {"MAINTAINER", ReadMaintainer},
    {"ONBUILD", ReadOnbuild},
    {"RUN", As<ReadRun>},
    {"SHELL", ReadShell},
    {"STOPSIGNAL", ReadStopsignal},
    {"USER", ReadUser},
    {"VOLUME", ReadVolume},
    {"WORKDIR", ReadWorkdir},
};

bool IsStageName(std::string_view name) {
  auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

bool IsFinal(std::string_view text) { return text.find_first_of("$'\"\\`") == std::string_view::npos; }

std::string Shown(std::string_view text) { return "\"" + std::string(text.substr(0, 80)) + "\""; }

Result<Body> ReadBody(const Line& line) {
  const std::string& name = line.tree.name;
  const Reader* reader =
      std::find_if(std::begin(kReaders), std::end(kReaders), [&](const Reader& r) { return r.name == name; });
  if (reader != std::end(kReaders)) return reader->read(line);
  std::vector<std::string_view> names = {"FROM"};
  for (const Reader& r : kReaders) names.push_back(r.name);
  std::string_view nearest = Nearest(name, names);
  return line.Refuse(line.tree.keyword.span, "unknown instruction " + line.tree.keyword.text.substr(0, 80),
                     nearest.empty() ? "a line that goes on must end with the escape character"
                                     : "did you mean " + std::string(nearest) + "?");
}

Result<From> ReadFrom(const Line& line, std::string& name) {
  Flags flags = TRY(Flags::Read(line.source, line.tree, {{"platform", FlagKind::kString}}));
  const std::vector<Word>& words = line.tree.words;
  constexpr std::string_view kHint = "write FROM image or FROM image AS name";
  if (words.empty()) return line.Refuse(line.end(), "FROM needs an image", std::string(kHint));
  From from;
  from.base = words[0];
  from.platform = flags.String("platform");
  if (words.size() == 1) return from;
  std::string as = words[1].text;
  for (char& c : as)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (as != "as" || words.size() != 3)
    return line.Refuse(words[1].span, "FROM takes an image, and AS with a name", std::string(kHint));
  from.name = words[2];
  name = words[2].text;
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (!IsStageName(name)) {
    return line.Refuse(words[2].span, Shown(words[2].text) + " is no name for a stage",
                       "begin with a letter; letters, digits, '-', '_' and '.' may follow");
  }
  return from;
}

}  // namespace guard::builder

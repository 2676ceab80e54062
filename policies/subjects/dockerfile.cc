// Tested by tests/unit/subjects/golden_test.cc and the examples of the pack dockerfile.
#include "policies/subjects/dockerfile.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include "policies/document/dockerfile.h"
#include "policies/document/dockerfile_words.h"
#include "policies/subjects/values.h"

namespace guard {

namespace {

constexpr std::array<std::string_view, 18> kInstructions = {
    "ADD",   "ARG",        "CMD",     "COPY", "ENTRYPOINT", "ENV",        "EXPOSE", "FROM",   "HEALTHCHECK",
    "LABEL", "MAINTAINER", "ONBUILD", "RUN",  "SHELL",      "STOPSIGNAL", "USER",   "VOLUME", "WORKDIR"};

// Nobody has written more; whoever has means harm.
constexpr size_t kMostStages = 1000;
constexpr size_t kMostVariables = 1000;  // of a stage
constexpr size_t kMostExpanded = size_t{16} << 20;

using Variables = std::map<std::string, std::string, std::less<>>;

// Whether $name or ${name} is in it, without a default.
bool NamesVariable(std::string_view text) {
  auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (size_t at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
    const bool braces = text.substr(at + 1).starts_with('{');
    size_t end = at + 1 + braces;
    while (end < text.size() && is_name(text[end])) ++end;
    if (!braces || end == text.size() || text[end] == '}') return true;
  }
  return false;
}

bool SameWord(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

class DockerfileReader {
 public:
  DockerfileReader(const Source& source, const DockerfileTree& tree, Values values)
      : source_(source), tree_(tree), values_(values) {}

  Node Read() {
    std::vector<std::pair<std::string_view, Node>> root;
    for (const DockerfileDirective& directive : tree_.directives)
      if (directive.name == "syntax")
        root.emplace_back("syntax", values_.Text(directive.value, directive.span));
    for (const DockerfileInstruction& instruction : tree_.instructions) {
      if (std::ranges::find(kInstructions, instruction.name) == kInstructions.end())
        Tell(instruction.keyword.span,
             "'" + instruction.keyword.text + "' is no instruction of a Dockerfile");
      else if (instruction.name == "FROM")
        BeginStage(instruction);
      else if (stages_.empty())
        BeforeStages(instruction);
      else
        Add(instruction);
    }
    if (stages_.empty()) Tell({0, 0}, "no FROM in it, so it builds nothing");
    std::vector<Node> stages;
    for (size_t i = 0; i < stages_.size(); ++i) stages.push_back(Finish(i));
    root.emplace_back("stages", values_.List(stages, {0, 0}));
    return values_.Map(root, {0, static_cast<uint32_t>(source_.text().size())});
  }

  std::optional<Error> error;  // the first one

 private:
  struct Stage {
    Span span;  // of FROM
    std::optional<DockerfileWord> name, platform, user;
    DockerfileWord from;            // expanded
    std::optional<size_t> earlier;  // the stage that FROM names
    std::string base;
    Variables variables;  // known in it
    std::vector<Node> instructions;
  };

  // A variable that is not known stays as written: ${BASE} without a default is no image's name, and shows.
  std::string Expand(const DockerfileWord& word, size_t from, const Variables& variables) {
    const VariableLookup lookup = [&](std::string_view name) -> std::optional<std::string_view> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional<std::string_view>(found->second);
    };
    const std::string_view text = std::string_view(word.text).substr(from);
    if (expanded_ > kMostExpanded) return std::string(text);
    auto expanded = ProcessWord(text, lookup, {.escape = tree_.escape, .keep_unset = true});
    // A default is known, too: ${TAG:-1.2}.
    if (expanded && !NamesVariable(expanded->text))
      expanded = ProcessWord(text, lookup, {.escape = tree_.escape});
    if (!expanded) {
      Tell(word.span, std::move(expanded.error().message));
      return std::string(text);
    }
    expanded_ += expanded->text.size();
    if (expanded_ > kMostExpanded) Tell(word.span, "the variables of this file expand to more than 16 MiB");
    return std::move(expanded->text);
  }

  void Know(std::string_view name, std::string value, Span span, Variables* variables) {
    if (variables->size() >= kMostVariables) return Tell(span, "a stage with more than 1,000 variables");
    variables->insert_or_assign(std::string(name), std::move(value));
  }

  void Tell(Span span, std::string message) {
    if (!error) error = source_.ErrorAt(span, std::move(message));
  }

  void BeforeStages(const DockerfileInstruction& instruction) {
    if (instruction.name != "ARG")
      return Tell(instruction.keyword.span, instruction.name + " stands before the first FROM; only ARG may");
    for (const DockerfileWord& word : instruction.words)
      if (const size_t sign = word.text.find('='); sign != word.text.npos)
        Know(word.text.substr(0, sign), Expand(word, sign + 1, before_), word.span, &before_);
  }

  std::optional<size_t> Earlier(std::string_view name) const {
    for (size_t i = stages_.size(); i-- > 0;)
      if (stages_[i].name && SameWord(stages_[i].name->text, name)) return i;
    return std::nullopt;
  }

  void BeginStage(const DockerfileInstruction& from) {
    Stage stage;
    stage.span = from.span;
    if (from.words.empty())
      Tell(from.span, "FROM names no image");
    else
      stage.from = from.words[0];
    stage.from.text = Expand(stage.from, 0, before_);
    if (from.words.size() == 3 && SameWord(from.words[1].text, "as"))
      stage.name = from.words[2];
    else if (from.words.size() > 1)
      Tell(from.words[1].span, "FROM takes an image, or an image AS a name");
    for (const DockerfileWord& flag : from.flags)
      if (flag.text.starts_with("--platform="))
        stage.platform = DockerfileWord{Expand(flag, 11, before_), flag.span};
    stage.earlier = Earlier(stage.from.text);
    if (stage.earlier) {
      const Stage& below = stages_[*stage.earlier];
      stage.base = below.base, stage.user = below.user, stage.variables = below.variables;
    } else {
      stage.base = stage.from.text;
    }
    if (stages_.size() >= kMostStages) return Tell(from.span, "more than 1,000 stages");
    stages_.push_back(std::move(stage));
  }

  void Add(const DockerfileInstruction& instruction) {
    Stage& stage = stages_.back();
    if (instruction.name == "USER" && !instruction.words.empty())
      stage.user =
          DockerfileWord{Expand(instruction.words[0], 0, stage.variables), instruction.words[0].span};
    for (const DockerfilePair& pair : instruction.pairs)
      if (instruction.name == "ENV")
        Know(pair.name.text, Expand(pair.value, 0, stage.variables), pair.value.span, &stage.variables);
    if (instruction.name == "ARG") AddArguments(instruction, &stage.variables);
    stage.instructions.push_back(Instruction(instruction, false, stage.variables));
  }

  // ARG NAME without a default has the one of before the first FROM.
  void AddArguments(const DockerfileInstruction& arg, Variables* variables) {
    for (const DockerfileWord& word : arg.words) {
      const size_t sign = word.text.find('=');
      const std::string name = word.text.substr(0, sign);
      if (variables->contains(name)) continue;  // ENV wins
      if (sign != word.text.npos)
        Know(name, Expand(word, sign + 1, *variables), word.span, variables);
      else if (const auto known = before_.find(name); known != before_.end())
        Know(name, known->second, word.span, variables);
    }
  }

  Node Pair(const DockerfileWord& name, const std::optional<DockerfileWord>& value, Span span) {
    std::vector<std::pair<std::string_view, Node>> pair = {{"name", values_.Text(name.text, name.span)}};
    if (value) pair.emplace_back("value", values_.Text(value->text, value->span));
    return values_.Map(pair, span);
  }

  // "name=value" in one word.
  Node SplitPair(const DockerfileWord& word, size_t from) {
    const size_t sign = word.text.find('=');
    const DockerfileWord name{word.text.substr(from, sign == word.text.npos ? sign : sign - from), word.span};
    if (sign == word.text.npos) return Pair(name, std::nullopt, word.span);
    return Pair(name, DockerfileWord{word.text.substr(sign + 1), word.span}, word.span);
  }

  Node Instruction(const DockerfileInstruction& instruction, bool onbuild, const Variables& variables) {
    if (instruction.name == "ONBUILD" && instruction.nested && !onbuild)
      return Instruction(*instruction.nested, true, variables);
    const Span span = instruction.span;
    std::vector<std::pair<std::string_view, Node>> fields = {
        {"name", values_.Text(instruction.name, instruction.keyword.span)},
        {"text", values_.Text(instruction.text, span)}};
    std::vector<Node> flags, words, pairs;
    for (const DockerfileWord& flag : instruction.flags) flags.push_back(SplitPair(flag, 2));
    for (const DockerfileWord& word : instruction.words) words.push_back(values_.Text(word.text, word.span));
    for (const DockerfilePair& pair : instruction.pairs)
      pairs.push_back(Pair(pair.name, pair.value, {pair.name.span.begin, pair.value.span.end}));
    if (instruction.name == "ARG")
      for (const DockerfileWord& word : instruction.words) pairs.push_back(SplitPair(word, 0));
    const Span flags_span = instruction.flags.empty() ? span
                                                      : Span{instruction.flags.front().span.begin,
                                                             instruction.flags.back().span.end};
    fields.emplace_back("flags", values_.List(flags, flags_span));
    fields.emplace_back("words", values_.List(words, instruction.arguments.span));
    fields.emplace_back("pairs", values_.List(pairs, instruction.arguments.span));
    if (instruction.name == "COPY" || instruction.name == "ADD") AddPaths(instruction, variables, &fields);
    if (instruction.name == "RUN" || instruction.name == "CMD" || instruction.name == "ENTRYPOINT" ||
        instruction.name == "HEALTHCHECK")
      fields.emplace_back("command", values_.Text(Command(instruction), instruction.arguments.span));
    if (onbuild) fields.emplace_back("onbuild", values_.Truth(true, span));
    return values_.Map(fields, span);
  }

  void AddPaths(const DockerfileInstruction& copy, const Variables& variables,
                std::vector<std::pair<std::string_view, Node>>* fields) {
    if (copy.words.empty()) return;
    std::vector<Node> sources;
    auto path = [&](const DockerfileWord& word) {
      return values_.Text(Expand(word, 0, variables), word.span);
    };
    for (size_t i = 0; i + 1 < copy.words.size(); ++i)
      if (!copy.words[i].text.starts_with("<<")) sources.push_back(path(copy.words[i]));
    const Span span =
        sources.empty() ? copy.arguments.span : Span{sources.front().span.begin, sources.back().span.end};
    fields->emplace_back("sources", values_.List(sources, span));
    fields->emplace_back("destination", path(copy.words.back()));
  }

  static std::string Command(const DockerfileInstruction& instruction) {
    std::string command;
    for (const DockerfileWord& word : instruction.words)
      command.append(command.empty() ? "" : " ").append(word.text);
    for (const DockerfileHeredoc& heredoc : instruction.heredocs)
      command.append("\n").append(heredoc.Content());
    return command;
  }

  Node Finish(size_t index) {
    const Stage& stage = stages_[index];
    std::vector<std::pair<std::string_view, Node>> fields;
    if (stage.name) fields.emplace_back("name", values_.Text(stage.name->text, stage.name->span));
    fields.emplace_back("index", values_.Number(index, stage.span));
    fields.emplace_back("target", values_.Truth(index + 1 == stages_.size(), stage.span));
    if (stage.earlier) {
      fields.emplace_back("stage", values_.Text(stage.from.text, stage.from.span));
    } else {
      fields.emplace_back("image", values_.Text(stage.from.text, stage.from.span));
    }
    fields.emplace_back("base", values_.Text(stage.base, stage.from.span));
    if (stage.platform)
      fields.emplace_back("platform", values_.Text(stage.platform->text, stage.platform->span));
    if (stage.user) fields.emplace_back("user", values_.Text(stage.user->text, stage.user->span));
    fields.emplace_back("stages", values_.List(known_, stage.span));
    known_.push_back(values_.Text(std::to_string(index), stage.span));
    if (stage.name) known_.push_back(values_.Text(stage.name->text, stage.name->span));
    fields.emplace_back("instructions", values_.List(stage.instructions, stage.span));
    return values_.Map(fields, stage.span);
  }

  const Source& source_;
  const DockerfileTree& tree_;
  Values values_;
  Variables before_;  // ARGs before the first FROM
  std::vector<Stage> stages_;
  std::vector<Node> known_;  // names and indexes of the stages that are finished
  size_t expanded_ = 0;      // bytes
};

Node ReadTree(const Source& source, Arena& arena, std::optional<Span> at, std::optional<Error>* error) {
  Result<DockerfileTree> tree = ParseDockerfileTree(source);
  if (!tree) {
    *error = std::move(tree.error());
    return {};
  }
  DockerfileReader reader(source, *tree, Values(arena, at));
  Node root = reader.Read();
  *error = std::move(reader.error);
  return root;
}

void Project(const Node& root, const Node* real_root, const Document& document, const Source* source,
             std::string_view below, std::vector<Subject>* subjects) {
  const Node* stages = root.Find("stages");
  if (stages == nullptr) return;
  for (size_t i = 0; i < stages->list().size(); ++i) {
    const Node& stage = stages->list()[i];
    Subject subject;
    subject.kind = SubjectKind::kStage;
    subject.value = stage, subject.object = root;
    subject.document = &document, subject.source = source;
    subject.object_kind = "Stage";
    const Node* name = stage.Find("name");
    const Node* from = stage.Find("base");
    subject.name = name ? name->string() : from->string();
    subject.path = std::string(below) + "stages[" + std::to_string(i) + ']';
    subject.object_path = below;
    subject.span = name ? name->span : from->span;
    subject.real_value = &stage, subject.real_object = real_root;
    subjects->push_back(std::move(subject));
  }
}

}  // namespace

Documents ReadDockerfile(const Source& source) {
  Documents documents(source);
  Document document;
  document.root = ReadTree(source, documents.arena, std::nullopt, &documents.error);
  const Node* stages = document.root.Find("stages");
  if (stages && stages->size != 0) documents.all.push_back(document);
  return documents;
}

void ProjectDockerfile(const Documents& documents, const Document& document, std::vector<Subject>* subjects) {
  Project(document.root, &document.root, document, documents.source, "", subjects);
}

void ProjectDockerfileExample(Documents& documents, const Document& document, const Node& example,
                              std::vector<Subject>* subjects) {
  const Source text(documents.source->name(), std::string(example.FindString("dockerfile")));
  std::optional<Error> error;
  const Node root = ReadTree(text, documents.arena, example.span, &error);
  if (!error) Project(root, &example, document, documents.source, "", subjects);
}

}  // namespace guard

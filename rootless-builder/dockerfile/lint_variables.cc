// Stages and variables are followed as far as the text alone tells. Tested by
// tests/unit/dockerfile/lint_test.cc.
#include <algorithm>
#include <map>

#include "policies/base/image_reference.h"
#include "rootless-builder/dockerfile/expand.h"
#include "rootless-builder/dockerfile/lint_checks.h"

namespace guard::builder {

namespace {

constexpr std::string_view kPlatformArgs[] = {
    "BUILDPLATFORM", "BUILDOS",         "BUILDOSVERSION", "BUILDARCH",     "BUILDVARIANT", "TARGETPLATFORM",
    "TARGETOS",      "TARGETOSVERSION", "TARGETARCH",     "TARGETVARIANT", "TARGETSTAGE"};

constexpr size_t kMostFollowed = 200'000;  // names of variables, in all stages
constexpr size_t kLongestFollowed = 4096;  // of a value; doubling one in each line ends here

bool IsPlatformArg(std::string_view name) {
  return std::find(std::begin(kPlatformArgs), std::end(kPlatformArgs), name) != std::end(kPlatformArgs);
}

// Variables by name; an unknown value is empty, but set.
using Values = std::map<std::string, std::string, std::less<>>;

struct StageFacts {
  Values env;              // what ENV set, here and in the stages below
  bool knows_all = false;  // scratch lies at the bottom, so nothing else is set
  bool gave_up = false;    // too much to follow: nothing is told about variables
  bool workdir_set = false;
  bool shell_set = false;
};

class VariableLinter {
 public:
  VariableLinter(const Dockerfile& dockerfile, const LintOptions& options, LintSink& sink)
      : dockerfile_(dockerfile), options_(options), sink_(sink) {}

  void Run() {
    for (const Instruction& instruction : dockerfile_.meta_args)
      for (const ArgItem& item : instruction.As<Arg>()->items)
        globals_[item.name.text] =
            item.value ? Expand(*item.value, globals_).value_or("").substr(0, kLongestFollowed) : "";
    from_values_ = globals_;
    for (std::string_view name : kPlatformArgs) from_values_.emplace(name, "");
    for (const std::string& name : options_.build_args) from_values_.emplace(name, "");
    for (size_t i = 0; i < dockerfile_.stages.size(); ++i)
      facts_.push_back(OneStage(dockerfile_.stages[i], i));
  }

 private:
  std::optional<std::string> Expand(const Word& word, const Values& values,
                                    std::vector<std::string>* unset = nullptr,
                                    std::vector<std::string>* used = nullptr) const {
    Expander expander{.source = *dockerfile_.source,
                      .escape = dockerfile_.escape,
                      .lookup = [&](std::string_view name) -> std::optional<std::string_view> {
                        auto found = values.find(name);
                        if (found == values.end()) return std::nullopt;
                        return found->second;
                      },
                      .unset = unset,
                      .used = used};
    Result<std::string> text = expander.Expand(word);
    if (!text) return std::nullopt;  // the plan tells of it
    return std::move(*text);
  }

  // Comparing names costs; a file with very many mistakes gets no more suggestions at some point.
  std::string DidYouMean(std::string_view name, const Values& values, std::string_view before) {
    if (values.size() > comparisons_left_) return "";
    comparisons_left_ -= values.size();
    std::vector<std::string_view> candidates;
    for (const auto& [candidate, value] : values) candidates.push_back(candidate);
    std::string_view nearest = Nearest(name, candidates);
    return nearest.empty() ? "" : " (did you mean " + std::string(before) + std::string(nearest) + "?)";
  }

  void From(const Stage& stage) {
    std::vector<std::string> unset, used;
    std::optional<std::string> base = Expand(stage.from.base, globals_, nullptr, &used);
    Expand(stage.from.base, from_values_, &unset);
    if (stage.from.platform) Expand(*stage.from.platform, from_values_, &unset);
    for (const std::string& name : unset)
      sink_.Report("UndefinedArgInFrom", stage.span,
                   "FROM argument '" + name + "' is not declared" + DidYouMean(name, from_values_, ""));
    if (!used.empty() && base && !ParseImageReference(*base)) {
      sink_.Report(
          "InvalidDefaultArgInFrom", stage.from.base.span,
          "Default value for ARG " + stage.from.base.text + " results in empty or invalid base image name");
    }
    if (stage.from.platform) Platform(stage, *stage.from.platform);
  }

  void Platform(const Stage& stage, const Word& platform) {
    const std::string& text = platform.text;
    if (text == "$TARGETPLATFORM" || text == "${TARGETPLATFORM}") {
      sink_.Report(
          "RedundantTargetPlatform", platform.span,
          "Setting platform to predefined " + text + " in FROM is redundant as this is the default behavior");
      return;
    }
    if (text.find('$') != std::string::npos) return;
    // A stage that is named after its platform means it.
    size_t slash = text.find('/');
    std::string_view os = std::string_view(text).substr(0, slash);
    std::string_view architecture =
        slash == std::string::npos ? os : std::string_view(text).substr(slash + 1);
    architecture = architecture.substr(0, architecture.find('/'));
    if (stage.name.find(os) != std::string::npos || stage.name.find(architecture) != std::string::npos)
      return;
    sink_.Report("FromPlatformFlagConstDisallowed", platform.span,
                 "FROM --platform flag should not use constant value \"" + text + "\"");
  }

  // Variables are not followed where that would be quadratic.
  StageFacts Copied(const StageFacts& below) const {
    if (below.env.size() * dockerfile_.stages.size() <= kMostFollowed) return below;
    StageFacts facts;
    facts.gave_up = true;
    facts.workdir_set = below.workdir_set;
    facts.shell_set = below.shell_set;
    return facts;
  }

  StageFacts Inherited(const Stage& stage, size_t number) const {
    std::string base = Expand(stage.from.base, globals_).value_or("");
    if (const Stage* below = dockerfile_.FindStage(base, number); below && !below->name.empty())
      return Copied(facts_[static_cast<size_t>(below - dockerfile_.stages.data())]);
    StageFacts facts;
    facts.knows_all = base == "scratch";
    facts.env.emplace("PATH", "");  // every image has one
    return facts;
  }

  StageFacts OneStage(const Stage& stage, size_t number) {
    From(stage);
    StageFacts facts = Inherited(stage, number);
    Values values = facts.env;
    for (const Instruction& instruction : stage.instructions) Each(instruction, facts, values);
    return facts;
  }

  void Undefined(const std::vector<std::string>& unset, Span span, const StageFacts& facts,
                 const Values& values) {
    if (facts.gave_up) return;
    for (const std::string& name : unset) {
      std::string suggestion = DidYouMean(name, values, "$");
      bool surely = facts.knows_all || !suggestion.empty() || globals_.contains(name) || IsPlatformArg(name);
      if (surely)
        sink_.Report("UndefinedVar", span, "Usage of undefined variable '$" + name + "'" + suggestion);
    }
  }

  // Everything in an instruction that is expanded.
  static std::vector<Word> Words(const Instruction& instruction) {
    std::vector<Word> words;
    auto add = [&](const std::optional<Word>& word) {
      if (word) words.push_back(*word);
    };
    auto add_all = [&](const std::vector<Word>& more) {
      words.insert(words.end(), more.begin(), more.end());
    };
    auto add_pairs = [&](const std::vector<KeyValue>& pairs) {
      for (const KeyValue& pair : pairs) add(pair.name), add(pair.value);
    };
    auto add_copy = [&](const CopySources& copy) {
      add_all(copy.paths), add(copy.destination), add(copy.chown), add(copy.chmod), add_all(copy.exclude);
    };
    if (const Copy* copy = instruction.As<Copy>()) add_copy(*copy);
    if (const Add* more = instruction.As<Add>()) add_copy(*more), add(more->checksum);
    if (const Env* env = instruction.As<Env>()) add_pairs(env->variables);
    if (const Label* label = instruction.As<Label>()) add_pairs(label->labels);
    if (const Expose* expose = instruction.As<Expose>()) add_all(expose->ports);
    if (const Volume* volume = instruction.As<Volume>()) add_all(volume->paths);
    if (const User* user = instruction.As<User>()) add(user->user);
    if (const Workdir* workdir = instruction.As<Workdir>()) add(workdir->path);
    if (const Stopsignal* signal = instruction.As<Stopsignal>()) add(signal->signal);
    if (const auto* run = instruction.As<builder::Run>())
      for (const RawMount& mount : run->mounts)
        for (const MountField& field : mount.fields)
          if (field.value) words.push_back({*field.value, mount.word.span});
    return words;
  }

  void Each(const Instruction& instruction, StageFacts& facts, Values& values) {
    if (const Arg* arg = instruction.As<Arg>()) return Declare(*arg, facts, values);
    for (const Word& word : Words(instruction)) {
      std::vector<std::string> unset;
      Expand(word, values, &unset);
      Undefined(unset, word.span, facts, values);
    }
    if (const Env* env = instruction.As<Env>()) {
      Values set;  // an instruction sees what was before it
      for (const KeyValue& pair : env->variables)
        set[pair.name.text] = Expand(pair.value, values).value_or("");
      for (const auto& [name, value] : set)
        values[name] = facts.env[name] = value.substr(0, kLongestFollowed);
    }
    if (instruction.As<Shell>()) facts.shell_set = true;
    if (const Workdir* workdir = instruction.As<Workdir>()) Path(workdir->path, facts, values);
    bool shell_form = (instruction.As<Cmd>() && instruction.As<Cmd>()->command.shell_form) ||
                      (instruction.As<Entrypoint>() && instruction.As<Entrypoint>()->command.shell_form);
    if (shell_form && !facts.shell_set)
      sink_.Report("JSONArgsRecommended", instruction.span,
                   "JSON arguments recommended for " + instruction.keyword +
                       " to prevent unintended behavior related to OS signals");
  }

  void Declare(const Arg& arg, const StageFacts& facts, Values& values) {
    for (const ArgItem& item : arg.items) {
      std::vector<std::string> unset;
      std::string value = item.value ? Expand(*item.value, values, &unset).value_or("") : "";
      if (item.value) Undefined(unset, item.value->span, facts, values);
      auto global = globals_.find(item.name.text);
      if (!item.value && global != globals_.end()) value = global->second;
      values[item.name.text] = value.substr(0, kLongestFollowed);
    }
  }

  void Path(const Word& path, StageFacts& facts, const Values& values) {
    std::string expanded = Expand(path, values).value_or("/");
    if (expanded.starts_with('/')) {
      facts.workdir_set = true;
    } else if (!facts.workdir_set && path.text.find('$') == std::string::npos) {
      sink_.Report(
          "WorkdirRelativePath", path.span,
          "Relative workdir \"" + expanded + "\" can have unexpected results if the base image changes");
    }
  }

  const Dockerfile& dockerfile_;
  const LintOptions& options_;
  LintSink& sink_;
  Values globals_, from_values_;
  size_t comparisons_left_ = 50'000;
  std::vector<StageFacts> facts_;
};

}  // namespace

void LintVariables(const Dockerfile& dockerfile, const LintOptions& options, LintSink& sink) {
  VariableLinter(dockerfile, options, sink).Run();
}

}  // namespace guard::builder
